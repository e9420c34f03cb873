package chaos

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"holdfast/fixtures"
)

// fakeEnv is a deployment whose nodes are a few fields each: enough for a fault to act on and a
// probe to see. One lock guards all of it.
type fakeEnv struct {
	mu       sync.Mutex
	topology fixtures.Topology
	nodes    []fixtures.Node
	parts    map[string]*fakeNode

	toxics  map[string]map[string]fixtures.Toxic // by link and id
	turn    int                                  // of the jitter
	answer  []string                             // whom the name leads to; none is the rule
	marker  string
	written time.Time // of the marker, through writer
	was     string
	writer  string
	keys    []string

	acts    []string // everything that changed something
	drop    int      // the act of this number does nothing; 1 is the first
	crash   int      // at this act whoever acts is killed
	late    bool     // after it took effect
	crashed bool
	onCrash func()
}

var errCrashed = errors.New("the process that asked is dead")

// act makes a change, unless something is twisted.
func (e *fakeEnv) act(n *fakeNode, name string, do func()) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.crashed {
		return errCrashed
	}
	e.acts = append(e.acts, name+" "+n.name)
	n.acts = append(n.acts, name)
	number := len(e.acts)
	if number == e.crash && !e.late {
		e.die()
		return errCrashed
	}
	switch twist := n.twist[name]; {
	case number == e.drop:
	case twist != nil:
		twist(n)
	default:
		do()
	}
	if number == e.crash {
		e.die()
		return errCrashed
	}
	return nil
}

func (e *fakeEnv) die() {
	e.crashed = true
	e.onCrash()
}

// count is how many changes were made so far.
func (e *fakeEnv) count() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.acts)
}

// roomy is a topology in which every kind of fault has a target and a control.
func roomy() fixtures.Topology {
	t := fixtures.DefaultTopology()
	t.Keycloak.Nodes, t.Database.Replicas, t.Sessions = 3, 2, fixtures.Infinispan
	t.Links = []string{fixtures.LinkKeycloakDatabase, fixtures.LinkBalancerKeycloak}
	return t
}

func twoSites() fixtures.Topology {
	t := roomy()
	t.Sites, t.Keycloak.Nodes, t.Sessions, t.Links = 2, 1, fixtures.Persistent, nil
	return t
}

func newFakeEnv(t fixtures.Topology) *fakeEnv {
	e := &fakeEnv{topology: t, parts: map[string]*fakeNode{}, toxics: map[string]map[string]fixtures.Toxic{},
		marker: "as it was", keys: []string{"key-1"}}
	for i, x := range t.NodeNames() {
		n := &fakeNode{env: e, name: x.Name, role: x.Role, site: x.Site, boot: 5 * time.Second,
			addr:   netip.AddrFrom4([4]byte{198, 18, 0, byte(10 + i)}),
			limits: fixtures.Limits{MemoryMiB: 1024}, cuts: map[string]*fakeCut{},
			state: fixtures.State{Running: true, PID: 100 + i, StartedAt: time.Now()}}
		e.parts[n.name] = n
		var seen fixtures.Node = n
		switch x.Role {
		case fixtures.Keycloak:
			seen = &fakeKeycloak{n}
		case fixtures.Database:
			n.db = &database{primary: x.Name == "pg-1", upstream: "pg-1", timeline: 1, taken: -1}
			seen = &fakeDatabase{n}
		case fixtures.Balancer:
			seen = &fakeBalancer{fakeNode: n, drained: map[string]bool{}}
		case fixtures.DNS:
			seen = &fakeDNS{n}
		}
		n.outer = seen
		e.nodes = append(e.nodes, seen)
	}
	return e
}

func (e *fakeEnv) node(name string) *fakeNode { return e.parts[name] }

func (e *fakeEnv) Run() string                   { return "r1" }
func (e *fakeEnv) Topology() fixtures.Topology   { return e.topology }
func (e *fakeEnv) Nodes() []fixtures.Node        { return e.nodes }
func (e *fakeEnv) FrontDoor() fixtures.FrontDoor { return fixtures.FrontDoor{} }
func (e *fakeEnv) Facts() map[string]string      { return nil }
func (e *fakeEnv) Down(context.Context) error    { return nil }

func (e *fakeEnv) Sample(context.Context) []fixtures.Sample {
	e.mu.Lock()
	defer e.mu.Unlock()
	var out []fixtures.Sample
	members := map[string]float64{}
	for _, n := range e.parts {
		if n.role == fixtures.Cache && n.alive() {
			members[n.site]++
		}
	}
	for _, n := range e.parts {
		if n.role == fixtures.Cache && n.alive() {
			out = append(out, fixtures.Sample{Node: n.name, Metric: "cache_members", Value: members[n.site]})
		}
		if n.state.Running {
			out = append(out, fixtures.Sample{Node: n.name, Metric: "memory_bytes", Value: n.memory() * (1 << 20)})
		}
	}
	return out
}

// broken lists what is not as it was at the beginning, but for who is the primary.
func (e *fakeEnv) broken() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	var out []string
	bad := func(n *fakeNode, is bool, what string) {
		if is {
			out = append(out, n.name+" "+what)
		}
	}
	primary := e.primary()
	for _, n := range e.parts {
		bad(n, !n.state.Running, "does not run")
		bad(n, n.state.Paused, "is frozen")
		bad(n, len(n.cuts) > 0, "is cut off")
		bad(n, n.limits != fixtures.Limits{MemoryMiB: 1024}, "is limited")
		bad(n, n.offset != 0, "has another time")
		bad(n, n.lie != nil, "lies")
		if b, ok := n.outer.(*fakeBalancer); ok {
			bad(n, len(b.drained) > 0, "spares a server")
		}
		if n.db != nil {
			bad(n, n.db.paused, "does not replay")
			bad(n, n.db.taken >= 0, "has no connections left")
			bad(n, n.db.full, "has a full disk")
			bad(n, n.db.primary && n.name != primary, "is a second primary")
			bad(n, !n.db.primary && n.upstream() == nil, "does not stream")
		}
	}
	for link, toxics := range e.toxics {
		if len(toxics) > 0 {
			out = append(out, link+" is disturbed")
		}
	}
	if e.marker != "as it was" {
		out = append(out, "the realm says "+e.marker)
	}
	if home := primary == "" || e.parts[primary].site == fixtures.SiteOne; home && e.answer != nil {
		out = append(out, "the name leads to "+strings.Join(e.answer, ", "))
	}
	slices.Sort(out)
	return out
}

// primary is the first running server that is one.
func (e *fakeEnv) primary() string {
	for _, x := range e.topology.NodeNames() {
		if n := e.parts[x.Name]; n.db != nil && n.db.primary && n.state.Running {
			return n.name
		}
	}
	return ""
}

// fakeBalancer spreads over every Keycloak node.
type fakeBalancer struct {
	*fakeNode
	drained map[string]bool
}

func (b *fakeBalancer) Drain(_ context.Context, s string) error {
	return b.env.act(b.fakeNode, "drain "+s, func() { b.drained[s] = true })
}

func (b *fakeBalancer) Enable(_ context.Context, s string) error {
	return b.env.act(b.fakeNode, "enable "+s, func() { delete(b.drained, s) })
}

func (b *fakeBalancer) Servers(context.Context) (map[string]fixtures.ServerState, error) {
	b.env.mu.Lock()
	defer b.env.mu.Unlock()
	if !b.alive() {
		return nil, errors.New("connection refused")
	}
	out := map[string]fixtures.ServerState{}
	for _, k := range b.env.parts {
		if k.role != fixtures.Keycloak {
			continue
		}
		s := fixtures.ServerState{Up: true, Status: "UP"}
		if b.drained[k.name] {
			s = fixtures.ServerState{Status: "DRAIN", Drained: true}
		}
		if !k.reach().OK { // as HAProxy says it, drained or not
			s.Up, s.Status = false, "DOWN"
		}
		out[k.name] = s
	}
	return out, nil
}

// fakeDNS answers with running balancers: of the first site, of those it was told, or of all.
type fakeDNS struct{ *fakeNode }

func (d *fakeDNS) Answer(_ context.Context, balancers []string) error {
	return d.env.act(d.fakeNode, "answer", func() { d.env.answer = balancers })
}

func (d *fakeDNS) Lookup(context.Context) ([]netip.Addr, error) {
	d.env.mu.Lock()
	defer d.env.mu.Unlock()
	var out []netip.Addr
	for _, n := range d.env.parts {
		told := slices.Contains(d.env.answer, n.name) || d.env.answer == nil && n.site == fixtures.SiteOne
		if n.role == fixtures.Balancer && n.alive() && told {
			out = append(out, n.addr)
		}
	}
	return out, nil
}

// fakeKeycloak has health endpoints that can lie.
type fakeKeycloak struct{ *fakeNode }

func (k *fakeKeycloak) Lie(_ context.Context, up bool) error {
	return k.env.act(k.fakeNode, "lie", func() { k.lie = &up })
}

func (k *fakeKeycloak) Confess(context.Context) error {
	return k.env.act(k.fakeNode, "confess", func() { k.lie = nil })
}

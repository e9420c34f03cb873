package chaos

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"time"

	"holdfast/fixtures"
)

// fakeEnv is a deployment whose nodes are a few fields each: enough for a fault to act on and a
// probe to see.
type fakeEnv struct {
	nodes []fixtures.Node
}

func newFakeEnv(keycloaks int) *fakeEnv {
	e := &fakeEnv{}
	var kcs []*fakeNode
	for i := range keycloaks {
		kcs = append(kcs, &fakeNode{name: fmt.Sprintf("kc-%d", i+1), role: fixtures.Keycloak,
			state: fixtures.State{Running: true, PID: 100 + i}, boot: 5 * time.Second})
	}
	for i := range 2 {
		e.nodes = append(e.nodes, &fakeBalancer{
			fakeNode: fakeNode{name: fmt.Sprintf("lb-%d", i+1), role: fixtures.Balancer,
				state: fixtures.State{Running: true, PID: 200 + i}},
			kcs: kcs, drained: map[string]bool{}})
	}
	for _, k := range kcs {
		e.nodes = append(e.nodes, k)
	}
	return e
}

func (e *fakeEnv) node(name string) *fakeNode {
	n, err := fixtures.Find(e, name)
	if err != nil {
		panic(err)
	}
	if b, ok := n.(*fakeBalancer); ok {
		return &b.fakeNode
	}
	return n.(*fakeNode)
}

func (e *fakeEnv) Run() string                              { return "r1" }
func (e *fakeEnv) Topology() fixtures.Topology              { return fixtures.DefaultTopology() }
func (e *fakeEnv) Nodes() []fixtures.Node                   { return e.nodes }
func (e *fakeEnv) FrontDoor() fixtures.FrontDoor            { return fixtures.FrontDoor{} }
func (e *fakeEnv) Sample(context.Context) []fixtures.Sample { return nil }
func (e *fakeEnv) Facts() map[string]string                 { return nil }
func (e *fakeEnv) Down(context.Context) error               { return nil }

type fakeNode struct {
	mu      sync.Mutex
	name    string
	role    fixtures.Role
	state   fixtures.State
	boot    time.Duration
	readyAt time.Time
	foreign bool
	acts    []string
	// twist replaces an act by another behaviour: a mutant.
	twist map[string]func(*fakeNode)
}

func (n *fakeNode) Name() string        { return n.name }
func (n *fakeNode) Role() fixtures.Role { return n.role }
func (n *fakeNode) Site() string        { return "a" }
func (n *fakeNode) Addr() netip.Addr    { return netip.Addr{} }

func (n *fakeNode) Owned(context.Context) error {
	if n.foreign {
		return errors.New(n.name + " does not carry the run's label")
	}
	return nil
}

func (n *fakeNode) State(context.Context) (fixtures.State, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.state, nil
}

func (n *fakeNode) Reach(context.Context) fixtures.Reach {
	n.mu.Lock()
	defer n.mu.Unlock()
	switch {
	case !n.state.Running:
		return fixtures.Reach{Detail: "connection refused"}
	case n.state.Paused:
		return fixtures.Reach{Connected: true, Detail: "no answer within 2s"}
	case time.Now().Before(n.readyAt):
		return fixtures.Reach{Connected: true, Answered: true, Detail: "503"}
	}
	return fixtures.Reach{Connected: true, Answered: true, OK: true, Detail: "200"}
}

func (n *fakeNode) Ready(ctx context.Context) error {
	if r := n.Reach(ctx); !r.OK {
		return errors.New(r.Detail)
	}
	return nil
}

func (n *fakeNode) act(name string, do func()) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.acts = append(n.acts, name)
	if t := n.twist[name]; t != nil {
		t(n)
		return nil
	}
	do()
	return nil
}

func (n *fakeNode) end(code int) func() {
	return func() { n.state = fixtures.State{ExitCode: code, StartedAt: n.state.StartedAt} }
}

func (n *fakeNode) Kill(context.Context) error { return n.act("kill", n.end(137)) }

func (n *fakeNode) Stop(context.Context, time.Duration) error { return n.act("stop", n.end(143)) }

func (n *fakeNode) Start(context.Context) error {
	return n.act("start", func() {
		if n.state.Running {
			return
		}
		now := time.Now()
		n.state = fixtures.State{Running: true, PID: int(now.UnixNano()), StartedAt: now}
		n.readyAt = now.Add(n.boot)
	})
}

func (n *fakeNode) Pause(context.Context) error {
	return n.act("pause", func() { n.state.Paused = true })
}

func (n *fakeNode) Unpause(context.Context) error {
	return n.act("unpause", func() { n.state.Paused = false })
}

type fakeBalancer struct {
	fakeNode
	kcs     []*fakeNode
	drained map[string]bool
}

func (b *fakeBalancer) Drain(_ context.Context, s string) error {
	return b.act("drain "+s, func() { b.drained[s] = true })
}

func (b *fakeBalancer) Enable(_ context.Context, s string) error {
	return b.act("enable "+s, func() { delete(b.drained, s) })
}

func (b *fakeBalancer) Servers(ctx context.Context) (map[string]fixtures.ServerState, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := map[string]fixtures.ServerState{}
	for _, k := range b.kcs {
		s := fixtures.ServerState{Up: true, Status: "UP"}
		if b.drained[k.name] {
			s = fixtures.ServerState{Status: "DRAIN", Drained: true}
		}
		if k.Ready(ctx) != nil { // as HAProxy says it, drained or not
			s.Up, s.Status = false, "DOWN"
		}
		out[k.name] = s
	}
	return out, nil
}

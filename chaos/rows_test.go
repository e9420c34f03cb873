package chaos

import (
	"context"
	"testing"

	"holdfast/fixtures"
)

// row is what the tests have to know of one kind to break it in every way.
type row struct {
	name     string // of the sub-test; the kind when empty
	kind     string
	settings string
	topology func() fixtures.Topology // roomy when nil
	targets  []string
	control  string
	// wrong is the node that is hit instead in the mutant that hits the wrong one; anywhere says why
	// there is no wrong one, wrongly gives settings that miss where the node does not matter.
	wrong, wrongly, anywhere string
	// half are settings that do some of what is asked for; none when there is no less.
	half []string
	// twists do something else than the act on the first target; none when nothing is like it.
	twists map[string]func(*fakeNode)
	// lasts says why an undo that does nothing harms nobody; empty when it does.
	lasts string
	// arrange prepares the deployment.
	arrange func(*fakeEnv)
}

// behind is a process that goes on behind a dead health endpoint.
func behind(n *fakeNode) { n.readyAt = n.state.StartedAt.Add(1000 * 3600e9) }

func killed(n *fakeNode) { n.end(137)() }

// rows has at least one for each kind.
var rows = []row{
	{kind: "kill", targets: []string{"kc-2", "kc-3"}, control: "kc-1", wrong: "kc-1", twists: map[string]func(*fakeNode){"kill": behind}},
	{name: "kill a primary", kind: "kill", targets: []string{"pg-1"}, control: "pg-2", wrong: "pg-2"},
	{name: "kill a replica", kind: "kill", targets: []string{"pg-2"}, control: "pg-1", wrong: "pg-3"},
	{name: "kill a quorum", kind: "kill", targets: []string{"ispn-1", "ispn-2"}, control: "ispn-3", wrong: "ispn-3"},
	{name: "kill all databases", kind: "kill", targets: []string{"pg-1", "pg-2", "pg-3"}, wrong: "kc-1"},
	{name: "kill a balancer", kind: "kill", targets: []string{"lb-1"}, control: "lb-2", wrong: "lb-2"},
	{name: "kill a site", kind: "kill", topology: twoSites, targets: []string{"kc-1", "pg-1", "pg-2", "lb-1", "lb-2"}, control: "kc-2", wrong: "kc-2"},
	{kind: "stop", targets: []string{"kc-2", "kc-3"}, control: "kc-1", wrong: "kc-1", twists: map[string]func(*fakeNode){"stop": behind}},
	{kind: "pause", targets: []string{"kc-2", "kc-3"}, control: "kc-1", wrong: "kc-1", twists: map[string]func(*fakeNode){"pause": killed}},
	{name: "pause a primary", kind: "pause", targets: []string{"pg-1"}, control: "pg-2", wrong: "pg-2"},
	{kind: "drain", targets: []string{"kc-2"}, control: "kc-1", wrong: "kc-1"},
	{kind: "restart", settings: `{"one_by_one":true}`, targets: []string{"kc-2", "kc-3"}, control: "kc-1", wrong: "kc-1", lasts: "it starts again by itself"},
	{name: "restart a primary", kind: "restart", targets: []string{"pg-1"}, control: "pg-2", wrong: "pg-2", lasts: "it starts again by itself"},
	{kind: "crash-loop", settings: `{"every":6000000000}`, targets: []string{"kc-2"}, control: "kc-1", wrong: "kc-1", lasts: "the loop ends with the stay, and its last start stands"},
	{kind: "db-failover", targets: []string{"pg-1"}, wrong: "pg-2", twists: map[string]func(*fakeNode){"kill": behind}},
	{name: "db-failover stop", kind: "db-failover", settings: `{"how":"stop"}`, targets: []string{"pg-1"}, wrong: "pg-2"},
	{name: "db-failover pause", kind: "db-failover", settings: `{"how":"pause"}`, targets: []string{"pg-1"}, wrong: "pg-2", twists: map[string]func(*fakeNode){"pause": killed}},
	{name: "db-failover partition", kind: "db-failover", settings: `{"how":"partition"}`, targets: []string{"pg-1"}, wrong: "pg-2"},
	{kind: "db-switchover", targets: []string{"pg-1"}, wrong: "pg-2", lasts: "the new primary stays"},
	{kind: "db-promote", targets: []string{"pg-2"}, wrong: "pg-3"},
	{kind: "replay-pause", targets: []string{"pg-2"}, control: "pg-3", wrong: "pg-3"},
	{kind: "db-connections", settings: `{"leave":3}`, targets: []string{"pg-1"}, control: "pg-2", wrong: "pg-2", half: []string{`{"leave":30}`}},
	{kind: "disk-full", targets: []string{"pg-1"}, control: "pg-2", wrong: "pg-2"},
	{kind: "cache-restart", targets: []string{"ispn-1", "ispn-2", "ispn-3"}, wrong: "kc-1"},
	{kind: "partition", settings: `{"to":"database"}`, targets: []string{"kc-2"}, control: "kc-1", wrong: "kc-1", half: []string{`{"to":"pg-1"}`}},
	{name: "partition of the cluster", kind: "partition", settings: `{"to":"keycloak","mode":"reject","way":"in"}`, targets: []string{"kc-2"}, control: "kc-1", wrong: "kc-1", half: []string{`{"to":"kc-3"}`}},
	{name: "partition from clients", kind: "partition", settings: `{"to":"clients"}`, targets: []string{"lb-1"}, control: "lb-2", wrong: "lb-2"},
	{name: "partition of a primary", kind: "partition", settings: `{"to":"everyone"}`, targets: []string{"pg-1"}, control: "pg-2", wrong: "pg-2", half: []string{`{"to":"keycloak"}`}},
	{kind: "loss", settings: `{"to":"database","ratio":0.1}`, targets: []string{"kc-2"}, control: "kc-1", wrong: "kc-1", half: []string{`{"to":"database","ratio":0.99}`}},
	{kind: "latency", settings: `{"link":"keycloak-database","latency":100000000,"jitter":10000000}`, targets: []string{"toxi-1"},
		wrongly: `{"link":"balancer-keycloak","latency":100000000}`,
		half:    []string{`{"link":"keycloak-database","latency":50000000}`, `{"link":"keycloak-database","latency":200000000}`}},
	{kind: "bandwidth", settings: `{"link":"keycloak-database","rate":65536}`, targets: []string{"toxi-1"},
		wrongly: `{"link":"balancer-keycloak","rate":65536}`, half: []string{`{"link":"keycloak-database","rate":655360}`, `{"link":"keycloak-database","rate":4096}`}},
	{kind: "reset", settings: `{"link":"keycloak-database"}`, targets: []string{"toxi-1"}, wrongly: `{"link":"balancer-keycloak"}`},
	{kind: "half-open", settings: `{"link":"keycloak-database"}`, targets: []string{"toxi-1"}, wrongly: `{"link":"balancer-keycloak"}`},
	{kind: "cpu", settings: `{"cores":0.1}`, targets: []string{"kc-2"}, control: "kc-1", wrong: "kc-1", half: []string{`{"cores":0.3}`, `{"cores":2}`}},
	{kind: "memory", settings: `{"mib":256}`, targets: []string{"kc-2"}, control: "kc-1", wrong: "kc-1", half: []string{`{"mib":512}`}},
	{name: "memory to death", kind: "memory", settings: `{"mib":64}`, targets: []string{"kc-2"}, control: "kc-1", wrong: "kc-1", half: []string{`{"mib":512}`}},
	{kind: "clock", settings: `{"offset":-60000000000}`, targets: []string{"kc-2"}, control: "kc-1", wrong: "kc-1", half: []string{`{"offset":-30000000000}`}},
	{kind: "dns-record", settings: `{"to":["lb-2"]}`, targets: []string{"dns-1"}, wrongly: `{"to":["lb-1"]}`, half: []string{`{"to":["lb-1","lb-2"]}`}},
	{kind: "lie", targets: []string{"kc-2"}, control: "kc-1", wrong: "kc-1", twists: map[string]func(*fakeNode){"lie": killed}},
	{name: "lie up", kind: "lie", settings: `{"up":true}`, targets: []string{"kc-2"}, control: "kc-1", wrong: "kc-1"},
	{kind: "site-failover", topology: twoSites, targets: []string{"kc-1", "pg-1", "pg-2", "lb-1", "lb-2"}, wrong: "kc-2"},
	{name: "site-failover partition", kind: "site-failover", settings: `{"how":"partition"}`, topology: twoSites, targets: []string{"kc-1", "pg-1", "pg-2", "lb-1", "lb-2"}, wrong: "kc-2"},
	{kind: "site-failback", topology: twoSites, targets: []string{"kc-1", "pg-1", "pg-2", "lb-1", "lb-2"}, wrong: "kc-2", lasts: "the old site stays", arrange: away},
	{kind: "realm-change", targets: []string{"kc-2"}, anywhere: "a change is every node's, whichever takes it"},
	{kind: "key-rotation", targets: []string{"kc-2"}, anywhere: "a key is every node's, whichever takes it", lasts: "a key that signed stays"},
}

// away has the second site serve, as after a site failover.
func away(e *fakeEnv) {
	p := e.parts["pg-3"].db
	p.primary, p.upstream, p.timeline = true, "", 2
	for _, name := range []string{"pg-1", "pg-2"} {
		*e.parts[name].db = database{upstream: "pg-3", timeline: 2, taken: -1}
	}
	e.answer = []string{"lb-3", "lb-4"}
}

func (r row) title() string {
	if r.name != "" {
		return r.name
	}
	return r.kind
}

func (r row) env() *fakeEnv {
	topology := r.topology
	if topology == nil {
		topology = roomy
	}
	e := newFakeEnv(topology())
	if r.arrange != nil {
		r.arrange(e)
	}
	return e
}

func (r row) fault(t *testing.T) Fault {
	t.Helper()
	return faultOf(t, r.kind, r.settings)
}

func faultOf(t *testing.T, kind, settings string) Fault {
	t.Helper()
	f, err := New(kind, []byte(settings))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestEveryKindHasARow(t *testing.T) {
	for _, kind := range Kinds() {
		found := false
		for _, r := range rows {
			found = found || r.kind == kind
		}
		if !found {
			t.Errorf("no row for %s: how it is broken and mended must be in the table of rows_test.go", kind)
		}
	}
}

func TestEveryRowMakesSense(t *testing.T) {
	for _, r := range rows {
		e := r.env()
		if err := e.topology.Validate(); err != nil {
			t.Errorf("%s: %v", r.title(), err)
		}
		if c, ok := r.fault(t).(Checked); ok {
			if err := c.Check(e.topology, r.targets); err != nil {
				t.Errorf("%s: %v", r.title(), err)
			}
		}
		if r.wrong == "" && r.wrongly == "" && r.anywhere == "" {
			t.Errorf("%s: no mutant on the wrong target", r.title())
		}
		if broken := e.broken(); len(broken) > 0 {
			t.Errorf("%s: broken before anything was done: %v", r.title(), broken)
		}
		_, err := fixtures.Find(e, r.targets[0])
		if err != nil {
			t.Error(err)
		}
	}
}

// settle waits until what was started serves.
func settle(ctx context.Context) { _ = pause(ctx, 60e9) }

package chaos_test

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"holdfast/chaos"
	"holdfast/fixtures"
	"holdfast/fixtures/sim"
)

// onTwin is how one kind is tried on the twin.
type onTwin struct {
	kind, settings string
	topology       func(*fixtures.Topology) // of a deployment; nil is one that most kinds share
	targets        []string
	control        string
	stay           time.Duration // 500 ms when zero
	first          *onTwin       // made before it on the same deployment
	busy           bool          // the node has to have work to do
}

// shared is a deployment with all that most kinds need.
func shared(t *fixtures.Topology) {
	t.Keycloak.Nodes, t.Database.Replicas = 3, 2
	t.Links = []string{fixtures.LinkKeycloakDatabase, fixtures.LinkBalancerKeycloak}
}

func withCaches(t *fixtures.Topology) { t.Sessions = fixtures.Infinispan }

func withPatroni(t *fixtures.Topology) {
	t.Database.Replicas, t.Database.Manager, t.Database.Endpoint = 2, fixtures.ManagerPatroni, fixtures.EndpointProxy
}

func withTwoSites(t *fixtures.Topology) { t.Sites, t.Database.Replicas = 2, 2 }

var siteOne = []string{"kc-1", "kc-2", "pg-1", "pg-2", "lb-1", "lb-2"}

var failover = onTwin{kind: "site-failover", topology: withTwoSites, targets: siteOne}

var twins = []onTwin{
	{kind: "kill", targets: []string{"kc-2"}, control: "kc-1"},
	{kind: "stop", targets: []string{"kc-2"}, control: "kc-1"},
	{kind: "pause", targets: []string{"kc-2"}, control: "kc-1"},
	{kind: "drain", settings: `{"wait":1000000000}`, targets: []string{"kc-2"}, control: "kc-1"},
	{kind: "restart", settings: `{"one_by_one":true}`, targets: []string{"kc-1", "kc-2"}, control: "kc-3"},
	{kind: "crash-loop", settings: `{"every":1000000000}`, targets: []string{"kc-2"}, control: "kc-1", stay: 2500 * time.Millisecond},
	{kind: "db-failover", settings: `{"promote_after":100000000}`, targets: []string{"pg-1"}},
	{kind: "db-failover", settings: `{"how":"pause","promote_after":100000000}`, topology: shared, targets: []string{"pg-1"}},
	{kind: "db-failover", settings: `{"how":"partition","promote_after":100000000}`, topology: shared, targets: []string{"pg-1"}},
	{kind: "db-failover", topology: withPatroni, targets: []string{"pg-1"}, stay: 3 * time.Second},
	{kind: "db-failover", settings: `{"how":"partition"}`, topology: withPatroni, targets: []string{"pg-1"}, stay: 3 * time.Second},
	{kind: "db-switchover", topology: shared, targets: []string{"pg-1"}},
	{kind: "db-switchover", topology: withPatroni, targets: []string{"pg-1"}},
	{kind: "db-promote", topology: shared, targets: []string{"pg-2"}},
	{kind: "replay-pause", topology: shared, targets: []string{"pg-2"}, control: "pg-3"},
	{kind: "db-connections", settings: `{"leave":3}`, topology: shared, targets: []string{"pg-1"}, control: "pg-2"},
	{kind: "disk-full", topology: shared, targets: []string{"pg-1"}, control: "pg-2"},
	{kind: "cache-restart", topology: withCaches, targets: []string{"ispn-1", "ispn-2", "ispn-3"}},
	{kind: "kill", topology: withCaches, targets: []string{"ispn-1", "ispn-2"}, control: "ispn-3"},
	{kind: "partition", settings: `{"to":"database"}`, targets: []string{"kc-2"}, control: "kc-1"},
	{kind: "partition", settings: `{"to":"keycloak","mode":"reject"}`, targets: []string{"kc-2"}, control: "kc-1"},
	{kind: "partition", settings: `{"to":"clients"}`, targets: []string{"lb-1"}, control: "lb-2"},
	{kind: "loss", settings: `{"to":"keycloak","ratio":0.3}`, targets: []string{"kc-2"}, control: "kc-1"},
	{kind: "latency", settings: `{"link":"keycloak-database","latency":100000000,"jitter":10000000}`, targets: []string{"toxi-1"}},
	{kind: "latency", settings: `{"link":"balancer-keycloak","latency":50000000}`, targets: []string{"toxi-1"}},
	{kind: "bandwidth", settings: `{"link":"keycloak-database","rate":65536}`, targets: []string{"toxi-1"}},
	{kind: "bandwidth", settings: `{"link":"balancer-keycloak","rate":65536}`, targets: []string{"toxi-1"}},
	{kind: "reset", settings: `{"link":"balancer-keycloak"}`, targets: []string{"toxi-1"}},
	{kind: "half-open", settings: `{"link":"keycloak-database"}`, targets: []string{"toxi-1"}},
	{kind: "cpu", settings: `{"cores":0.05}`, targets: []string{"kc-2"}, control: "kc-1", busy: true},
	{kind: "memory", settings: `{"mib":128}`, targets: []string{"kc-2"}, control: "kc-1"},
	{kind: "clock", settings: `{"offset":-60000000000}`, targets: []string{"kc-2"}, control: "kc-1"},
	{kind: "dns-record", settings: `{"to":["lb-2"]}`, targets: []string{"dns-1"}},
	{kind: "lie", targets: []string{"kc-2"}, control: "kc-1"},
	{kind: "lie", settings: `{"up":true}`, targets: []string{"kc-2"}, control: "kc-1"},
	failover,
	{kind: "site-failover", settings: `{"how":"partition"}`, topology: withTwoSites, targets: siteOne},
	{kind: "site-failback", topology: withTwoSites, targets: siteOne, first: &failover},
	{kind: "realm-change", targets: []string{"kc-2"}},
	{kind: "key-rotation", targets: []string{"kc-2"}},
}

func TestEveryKindIsTriedOnTheTwin(t *testing.T) {
	for _, kind := range chaos.Kinds() {
		if !slices.ContainsFunc(twins, func(x onTwin) bool { return x.kind == kind }) {
			t.Errorf("no row for %s: a kind has to work on the twin", kind)
		}
	}
}

// TestEveryKindWorksOnTheTwin makes each kind on a twin of its own whose second takes 20 ms: its
// effect must be proven, its steps seen, and everything healed.
func TestEveryKindWorksOnTheTwin(t *testing.T) {
	if testing.Short() || raced {
		t.Skip("measures delays and rates on real sockets: without the race detector")
	}
	for i, x := range twins {
		t.Run(fmt.Sprintf("%d-%s", i, x.kind), func(t *testing.T) {
			env := x.up(t)
			if x.first != nil {
				x.first.make(t, env)
			}
			x.make(t, env)
		})
	}
}

func (x onTwin) up(t *testing.T) fixtures.Environment {
	t.Helper()
	topology := fixtures.DefaultTopology()
	topology.Keycloak.Users = 5
	topology.DNS.TTL = 0
	change := x.topology
	if change == nil {
		change = shared
	}
	change(&topology)
	if n, ok := x.fault(t).(chaos.Needing); ok {
		n.Needs(&topology)
	}
	if c, ok := x.fault(t).(chaos.Checked); ok {
		if err := c.Check(topology, x.targets); err != nil {
			t.Fatal(err)
		}
	}
	env, err := sim.New(sim.Options{TimeScale: 50}).Up(t.Context(), topology, fixtures.UpOptions{Run: strings.ReplaceAll(t.Name(), "/", "-")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := env.Down(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return env
}

// work asks the target again and again until the test ends.
func (x onTwin) work(t *testing.T, env fixtures.Environment) {
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			_, _ = env.(fixtures.Administered).Issuer(ctx, x.targets[0])
		}
	}()
	t.Cleanup(func() { cancel(); <-done })
}

func (x onTwin) fault(t *testing.T) chaos.Fault {
	t.Helper()
	f, err := chaos.New(x.kind, []byte(x.settings))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func (x onTwin) make(t *testing.T, env fixtures.Environment) {
	t.Helper()
	j, err := chaos.CreateJournal(filepath.Join(t.TempDir(), chaos.JournalFile), env.Run(), "sim")
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	start := time.Now()
	var in chaos.Injection
	r := &chaos.Runner{Env: env, Journal: j, Now: func() time.Duration { return time.Since(start) },
		Record: func(i chaos.Injection) { in = i }, Effect: 10 * time.Second, Heal: 15 * time.Second}
	if x.busy {
		x.work(t, env)
	}
	stay := x.stay
	if stay == 0 {
		stay = 500 * time.Millisecond
	}
	f := x.fault(t)
	if err := r.Run(t.Context(), []chaos.Step{{ID: "1-" + x.kind, Fault: f, Targets: x.targets, Control: x.control, For: stay}}); err != nil {
		t.Fatal(err)
	}
	ok := in.Receipt.ControlOK
	if in.Err != "" || in.Refused != "" || !in.Receipt.Proven() || !in.Undone || in.Receipt.Healed == nil || ok != nil && !*ok {
		t.Errorf("err %q refused %q undone %v control %v", in.Err, in.Refused, in.Undone, ok)
	}
	if s, stepping := f.(chaos.Stepping); stepping && len(in.Receipt.Steps) != len(s.Steps()) {
		t.Errorf("steps %v, want %v", in.Receipt.Steps, s.Steps())
	}
	if t.Failed() {
		for _, e := range in.Receipt.Evidence {
			t.Logf("%8v %-7s %s: %s", e.At.Round(time.Millisecond), e.Node, e.Source, e.Seen)
		}
	}
}

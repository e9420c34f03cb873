package scenarios

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestTargets(t *testing.T) {
	const big = "sites: 2, keycloak: {nodes: 2}, database: {replicas: 2, manager: patroni, endpoint: proxy}, links: [keycloak-database]"
	for _, tt := range []struct{ topology, target, want string }{
		{"", "primary database", "1-kill-pg-1 [pg-1] control pg-2"},
		{"", "replica database", "1-kill-pg-2 [pg-2] control pg-1"},
		{"", "any replica database", "1-kill-pg-2 [pg-2] control pg-1"},
		{"database: {replicas: 2}", "all replica database", "1-kill-all-replica-database [pg-2 pg-3] control pg-1"},
		{"", "[kc-2, pg-2]", "1-kill-kc-2+pg-2 [kc-2 pg-2] control kc-1"},
		{big, "all consensus", "1-kill-all-consensus [etcd-1] control "},
		{big, "dbp-1", "1-kill-dbp-1 [dbp-1] control "},
		{big, "any 3 keycloak", "any 3"},
		{big, "all site-2", "1-kill-site-2 [kc-3 kc-4 pg-3 lb-3 lb-4] control kc-1"},
		{big, "site-1", "1-kill-site-1 [kc-1 kc-2 pg-1 pg-2 lb-1 lb-2 etcd-1 dbp-1] control kc-3"},
	} {
		t.Run(tt.target, func(t *testing.T) {
			s := mustParse(t, fmt.Sprintf("%stopology: {%s}\nfaults: [{kind: kill, target: %s, for: 9s}]\n", small, tt.topology, tt.target))
			f := mustPlan(t, s, 5).Faults[0]
			got := fmt.Sprintf("%s %v control %s", f.ID, f.Targets, f.Control)
			if tt.want == "any 3" {
				if len(f.Targets) != 3 || f.Control == "" || strings.Contains(f.ID, f.Control) {
					t.Errorf("targets are %s", got)
				}
				return
			}
			if got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestMistakesOfFaults(t *testing.T) {
	for _, tt := range []struct{ fault, want string }{
		{"kind: kill, target: replica keycloak, for: 1s", "only a database can be replica"},
		{"kind: kill, target: any 3 keycloak, for: 1s", "3 keycloak nodes are asked for; the topology has 2"},
		{"kind: kill, target: all site-2, for: 1s", "the topology has one site; all site-2 needs topology.sites: 2"},
		{"kind: kill, target: any cache, for: 1s", "the topology has no cache node"},
		{"kind: kill, for: 1s", "no target: name a node"},
		{"kind: kill, target: kc-1, for: 1s, at: 40s..10s", `"40s..10s" ends before it begins`},
		{"kind: kill, target: kc-1, for: 1s, at: 10s..40", `"40" is not a duration`},
		{"kind: kill, target: kc-1, for: 1s, repeat: {times: 2}", "every is missing in faults[0].repeat"},
		{"kind: kill, target: kc-1, for: 20s, repeat: {times: 2, every: 10s}", "faults overlap on kc-1: faults[0] (kill) has it from 0s to 20s"},
		{"kind: kill, target: kc-1, for: 1s, when: sesions >= 3", `nothing is called "sesions"; did you mean sessions?`},
		{"kind: kill, target: kc-1, for: 1s, when: sessions", `"sessions" is not a condition: write one such as`},
		{"kind: kill, target: kc-1, for: 1s, when: sessions >= many", `sessions is compared with a number, not "many"`},
		{"kind: kill, target: kc-1, for: 1s, when: leader == kc-1", "the leader is a database; kc-1 is none"},
		{"kind: kill, target: kc-1, for: 1s, when: leader >= pg-1", "a leader is compared by == or !=, not >="},
		{"kind: kill, target: kc-1, for: 1s, when: metric ready on kc-7 == 1", `no node "kc-7"`},
		{"kind: kill, target: kc-1, for: 1s, when: ready == 2 within 5", `"5" is not a duration`},
		{"kind: kill, target: kc-1, for: 1s, aim: cod", `unknown aim "cod"; there are code, refresh, logout`},
		{"kind: kill, target: kc-1, for: 1s, aim: logout", "no journey of the load comes by this position; add a class with journey logout"},
		{"kind: stop, target: kc-1, for: 1s, grace: 5", `"5" is not a duration`},
		{"kind: stop, target: kc-1, for: 1s, grace: -5s", "grace is -5s, out of range"},
		{"kind: stop, target: kc-1, for: -1s", "duration -1s is negative"},
		{"kind: latency, for: 1s, link: keycloak-database", "latency is missing in faults[0]"},
		{"kind: drain, target: lb-1, for: 1s", "only Keycloak nodes can be drained"},
		{"kind: stop, target: kc-1, for: 1s, grce: 5s", `unknown key "grce" in faults[0]; did you mean grace?`},
	} {
		t.Run(tt.fault, func(t *testing.T) {
			_, err := Parse("s.yaml", []byte(small+"faults:\n  - {"+tt.fault+"}\n"))
			if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.HasPrefix(err.Error(), "s.yaml:8:") {
				t.Errorf("error is\n%v\nwant it to have\n%s", err, tt.want)
			}
		})
	}
}

func TestRepeatedFaultChoosesAnew(t *testing.T) {
	s := mustParse(t, small+"topology: {keycloak: {nodes: 4}}\nfaults: [{kind: kill, target: any keycloak, at: 10s..40s, for: 1s, repeat: {times: 5, every: 1m}}]\n")
	starts, different := map[time.Duration]bool{}, 0
	for seed := range uint64(60) {
		p := mustPlan(t, s, seed)
		if len(p.Faults) != 5 {
			t.Fatalf("%d faults, want 5", len(p.Faults))
		}
		chosen := map[string]bool{}
		for k, f := range p.Faults {
			if f.At != p.Faults[0].At+time.Duration(k)*time.Minute {
				t.Errorf("repetition %d begins at %v, the first at %v", k, f.At, p.Faults[0].At)
			}
			chosen[f.Targets[0]] = true
		}
		if at := p.Faults[0].At; at < 10*time.Second || at > 40*time.Second {
			t.Errorf("the first begins at %v, want 10s to 40s", at)
		}
		starts[p.Faults[0].At] = true
		if len(chosen) > 1 {
			different++
		}
	}
	if different < 50 || len(starts) < 50 {
		t.Errorf("%d of 60 seeds choose different nodes, %d different beginnings", different, len(starts))
	}
}

func TestConditionsReadBack(t *testing.T) {
	for text, want := range map[string]Condition{
		"sessions >= 200":                                {Of: "sessions", Op: ">=", Value: 200, Within: defaultWithin},
		"leader==pg-2 within 90s":                        {Of: "leader", Op: "==", Name: "pg-2", Within: 90 * time.Second},
		"metric replication_lag_bytes on pg-2 > 1000000": {Of: "metric", Metric: "replication_lag_bytes", Node: "pg-2", Op: ">", Value: 1e6, Within: defaultWithin},
		"metric balancer.up/kc-1 < 1":                    {Of: "metric", Metric: "balancer.up/kc-1", Op: "<", Value: 1, Within: defaultWithin},
		"ready != 2":                                     {Of: "ready", Op: "!=", Value: 2, Within: defaultWithin},
	} {
		c, err := parseCondition(text)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, c); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
		if again, err := parseCondition(c.String()); err != nil || again != c {
			t.Errorf("%s is written %s and read %+v (%v)", text, c, again, err)
		}
	}
}

func TestConditionHolds(t *testing.T) {
	s := &state{sessions: func() int { return 7 }, keycloak: func(n string) bool { return strings.HasPrefix(n, "kc") }}
	s.read(map[string]map[string]float64{
		"ready": {"kc-1": 1, "kc-2": 0, "pg-1": 1}, "primary": {"pg-1": 0, "pg-2": 1}, "lag": {"pg-1": 3, "pg-2": 9},
	})
	for text, want := range map[string]bool{
		"sessions >= 7": true, "sessions > 7": false, "ready == 1": true, "ready < 1": false,
		"leader == pg-2": true, "leader == pg-1": false, "leader != pg-1": true,
		"metric lag > 8": true, "metric lag > 9": false, "metric lag on pg-1 > 8": false, "metric lag on pg-1 <= 3": true, "metric other == 0": false,
	} {
		c, err := parseCondition(text)
		if err != nil {
			t.Fatal(err)
		}
		if got, seen := s.holds(c); got != want {
			t.Errorf("%s is %v (%s), want %v", text, got, seen, want)
		}
	}
	s.read(nil)
	if c, _ := parseCondition("leader != pg-1"); func() bool { ok, _ := s.holds(c); return ok }() {
		t.Error("without a reading another leads")
	}
}

func TestSizes(t *testing.T) {
	for text, want := range map[string]int64{"0": 0, "65536": 65536, "64KiB": 65536, "1.5MB/s": 1500000, "4 MiB": 4 << 20, "1GB": 1e9} {
		if n, err := parseSize(text); err != nil || n != want {
			t.Errorf("%s reads as %d (%v), want %d", text, n, err, want)
		}
	}
	for text, want := range map[string]string{"64KB": "did you mean", "-1": "is not a size", "1e3": "is not a size", "many": "is not a size", "99999999999GiB": "out of range"} {
		if _, err := parseSize(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error is %v, want %s", text, err, want)
		}
	}
}

func TestMomentsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := Moment{From: time.Duration(rapid.Int64Range(0, int64(time.Hour)).Draw(t, "from"))}
		if rapid.Bool().Draw(t, "span") {
			m.To = m.From + 1 + time.Duration(rapid.Int64Range(0, int64(time.Hour)).Draw(t, "span"))
		}
		if back, err := parseMoment(m.String()); err != nil || back != m {
			t.Fatalf("%+v is written %s and read %+v (%v)", m, m, back, err)
		}
		if at := m.choose(rapid.Uint64().Draw(t, "seed")); at < m.From || at > m.latest() {
			t.Fatalf("%s chooses %v", m, at)
		}
	})
}

// everyKind has each kind of fault, with the settings that it needs, and room between them.
const everyKind = `name: every-kind
description: each kind of fault
topology: {sites: 2, sessions: stateless, keycloak: {nodes: 2}, database: {replicas: 3}, links: [keycloak-database]}
load: {cohort: 10, classes: [{journey: login, rate: 9/s}]}
faults:
  - {kind: bandwidth, for: 9s, link: keycloak-database, rate: 64KiB}
  - {kind: latency, at: 1s, for: 9s, link: keycloak-database, latency: 50ms, jitter: 5ms}
  - {kind: clock, at: 1m, for: 9s, target: kc-1, offset: -90s}
  - {kind: cpu, at: 2m, for: 9s, target: any 2 keycloak, cores: 0.25}
  - {kind: disk-full, at: 3m, for: 9s, leave: 4MiB}
  - {kind: dns-record, at: 4m, for: 9s, to: lb-2}
  - {kind: dns-record, at: 5m, for: 9s, to: [lb-1, lb-2], when: ready >= 2 within 10s}
  - {kind: db-failover, at: 6m..6m10s, for: 9s, how: partition, promote_after: 5s}
  - {kind: lie, at: 7m, for: 9s, target: kc-2, up: true, aim: code}
  - {kind: restart, at: 8m, for: 9s, target: all keycloak, one_by_one: true, repeat: {times: 2, every: 2m}}
`

func TestSettingsReadBack(t *testing.T) {
	s := mustParse(t, everyKind)
	out, err := s.YAML()
	if err != nil {
		t.Fatal(err)
	}
	again := mustParse(t, string(out))
	if diff := cmp.Diff(s, again, sameFaults); diff != "" {
		t.Errorf("(-before +after):\n%s\n%s", diff, out)
	}
	if err := compileSchema(t).Validate(asJSON(t, []byte(everyKind))); err != nil {
		t.Error(err)
	}
	golden(t, "plan/every-kind.txt", mustPlan(t, s, 42).String())
}

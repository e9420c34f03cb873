package scenarios

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"holdfast/chaos"
)

func mustParse(t *testing.T, text string) *Scenario {
	t.Helper()
	s, err := Parse("s.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func mustPlan(t *testing.T, s *Scenario, seed uint64) Plan {
	t.Helper()
	p, err := s.Plan(seed)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// several has every kind of fault and schedule.
const several = `name: several
description: every kind of fault and of schedule
topology: {keycloak: {nodes: 4}}
load:
  cohort: 10
  connections: per-user
  classes:
    - {journey: login, rate: 74/min}
    - {name: machines, journey: client-credentials, rate: 1, schedule: constant}
    - {name: climb, journey: userinfo, rate: 1/s, ramp: {to: 9/s, over: 2m}}
    - {journey: refresh, steps: [{rate: 2/s, for: 90s}, {rate: 5/s}]}
faults:
  - {kind: drain, target: any keycloak, at: 1m, for: 10s, min_serving: 3}
  - {kind: kill, target: [kc-1, kc-2], for: 20s}
  - {kind: pause, target: any keycloak, at: 5s, for: 5s}
  - {kind: stop, target: pg-2, at: 10s, for: 1m, grace: 5s}
objectives: {profile: strict, availability: 0.9995, recovery: 3s, full_recovery: 90s, p95: 100ms}
`

func TestPlanText(t *testing.T) {
	for _, s := range Catalogue() {
		golden(t, "plan/"+s.Name+".txt", mustPlan(t, &s, 42).String())
	}
	golden(t, "plan/several.txt", mustPlan(t, mustParse(t, several), 42).String())
}

func TestSameSeedSamePlan(t *testing.T) {
	first := mustPlan(t, mustParse(t, several), 7)
	for range 50 {
		again := mustPlan(t, mustParse(t, several), 7)
		if first.String() != again.String() {
			t.Fatalf("another plan from the same seed:\n%s\n%s", first, again)
		}
		for i, c := range first.Classes {
			for k := range uint64(20) {
				if a, b := c.Schedule.Due(k), again.Classes[i].Schedule.Due(k); a != b {
					t.Fatalf("%s: arrival %d is due at %v and at %v", c.Name, k, a, b)
				}
			}
		}
	}
}

func TestSeedChooses(t *testing.T) {
	s := mustParse(t, small+"topology: {keycloak: {nodes: 4}}\nfaults: [{kind: kill, target: any keycloak, for: 1s}]\n")
	chosen := map[string]int{}
	dues := map[time.Duration]bool{}
	for seed := range uint64(400) {
		p := mustPlan(t, s, seed)
		chosen[p.Faults[0].Targets[0]]++
		dues[p.Classes[0].Schedule.Due(3)] = true
	}
	for _, n := range []string{"kc-1", "kc-2", "kc-3", "kc-4"} {
		if chosen[n] < 60 || chosen[n] > 140 {
			t.Errorf("%s is chosen by %d of 400 seeds, want about 100 (%v)", n, chosen[n], chosen)
		}
	}
	if len(dues) < 390 {
		t.Errorf("400 seeds give %d due times", len(dues))
	}
}

func TestPartsHaveSeedsOfTheirOwn(t *testing.T) {
	before := mustPlan(t, mustParse(t, small), 7).Classes[0]
	after := mustPlan(t, mustParse(t, strings.Replace(small, "classes:\n", "classes:\n    - {journey: sso, rate: 1}\n", 1)), 7).Classes[1]
	for k := range uint64(50) {
		if a, b := before.Schedule.Due(k), after.Schedule.Due(k); a != b {
			t.Fatalf("arrival %d of login moved from %v to %v because another class was added", k, a, b)
		}
	}
	if Seed(7, "a") == Seed(7, "b") || Seed(7, "a") == Seed(8, "a") {
		t.Error("sub-seeds are the same")
	}
}

func TestPlannedFaults(t *testing.T) {
	for _, tt := range []struct{ name, nodes, faults, want string }{
		{"control is the other node", "2", "{kind: kill, target: kc-1, for: 9s}", "1-kill-kc-1 [kc-1] control kc-2"},
		{"no control when all are hit", "2", "{kind: kill, target: all keycloak, for: 9s}", "1-kill-all-keycloak [kc-1 kc-2] control "},
		{"control of its own role", "2", "{kind: stop, target: lb-2, for: 9s}", "1-stop-lb-2 [lb-2] control lb-1"},
		{"a single node has no control", "2", "{kind: stop, target: any dns, for: 9s}", "1-stop-dns-1 [dns-1] control "},
		{"ids count in the order of time", "3", "{kind: kill, target: kc-1, at: 9s, for: 9s}, {kind: kill, target: kc-2, for: 1s}",
			"1-kill-kc-2 [kc-2] control kc-3; 2-kill-kc-1 [kc-1] control kc-3"},
		{"a choice avoids what others have", "2", "{kind: pause, target: any keycloak, for: 9s}, {kind: kill, target: kc-1, at: 8s, for: 1s}",
			"1-pause-kc-2 [kc-2] control ; 2-kill-kc-1 [kc-1] control "},
		{"far apart each is the other's control", "2", "{kind: pause, target: kc-1, for: 9s}, {kind: kill, target: kc-2, at: 2m, for: 1s}",
			"1-pause-kc-1 [kc-1] control kc-2; 2-kill-kc-2 [kc-2] control kc-1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := mustParse(t, fmt.Sprintf("%stopology: {keycloak: {nodes: %s}}\nfaults: [%s]\n", small, tt.nodes, tt.faults))
			for seed := range uint64(20) {
				var got []string
				for _, f := range mustPlan(t, s, seed).Faults {
					got = append(got, fmt.Sprintf("%s %v control %s", f.ID, f.Targets, f.Control))
				}
				if diff := cmp.Diff(tt.want, strings.Join(got, "; ")); diff != "" {
					t.Fatalf("seed %d (-want +got):\n%s", seed, diff)
				}
			}
		})
	}
}

func TestPhases(t *testing.T) {
	p := mustPlan(t, mustParse(t, several), 1)
	at, sum := map[string]time.Duration{}, time.Duration(0)
	for _, x := range p.Phases {
		at[x.Name] = x.At
		sum += x.For
	}
	// The last fault ends 70 s into its phase; a node is taken to need 30 s to heal.
	want := map[string]time.Duration{"warmup": 0, "before": 45 * time.Second, "faults": 105 * time.Second, "after": 205 * time.Second, "settle": 265 * time.Second}
	if diff := cmp.Diff(want, at); diff != "" {
		t.Errorf("phases begin at (-want +got):\n%s", diff)
	}
	if sum != p.Estimate || sum != 275*time.Second {
		t.Errorf("estimate is %v, the phases together %v, want 4m35s", p.Estimate, sum)
	}
}

func TestPlanOfAGoValue(t *testing.T) {
	s := *mustParse(t, small)
	s.Faults = []Fault{{Kind: "drain", Target: Target{"kc-1"}, For: time.Second}}
	p := mustPlan(t, &s, 1)
	if d, ok := p.Faults[0].Settings.(*chaos.Drain); !ok || d.Grace != 30*time.Second || d.MinServing != 1 {
		t.Errorf("settings are %+v, want the defaults 30s and 1", p.Faults[0].Settings)
	}
	if s.Faults[0].Settings != nil {
		t.Error("planning changed the scenario")
	}
	s.Faults[0].Target = Target{"kc-9"}
	if _, err := s.Plan(1); err == nil || !strings.Contains(err.Error(), `faults[0].target: no node "kc-9"`) {
		t.Errorf("error is %v", err)
	}
}

func TestRatesAndDurationsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := Rate(rapid.Float64Range(0, 1e6).Draw(t, "rate"))
		if back, err := parseRate(r.String()); err != nil || back != r {
			t.Fatalf("%v is written %s and read %v (%v)", float64(r), r, float64(back), err)
		}
		d := time.Duration(rapid.Int64Range(0, int64(longestPhase)).Draw(t, "duration"))
		if back, err := parseDuration(Brief(d)); err != nil || back != d {
			t.Fatalf("%v is written %s and read %v (%v)", d, Brief(d), back, err)
		}
	})
	for text, want := range map[string]string{"74/min": "74/min", "4": "4/s", "0.5/s": "0.5/s", "30/h": "0.5/min", "2 / s": "2/s"} {
		if r, err := parseRate(text); err != nil || r.String() != want {
			t.Errorf("%s reads as %v (%v), want %s", text, r, err, want)
		}
	}
}

func TestNearest(t *testing.T) {
	words := []string{"kill", "stop", "pause", "drain", "min_serving", "memory_mib"}
	for word, want := range map[string]string{
		"kil": "kill", "klil": "kill", "STOP": "stop", "puase": "pause", "memory": "memory_mib", "minserving": "min_serving", "xyz": "", "": "", "k": "",
	} {
		if got := Nearest(word, words); got != want {
			t.Errorf("nearest to %q is %q, want %q", word, got, want)
		}
	}
}

package reports

import (
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"holdfast/chaos"
	"holdfast/load"
)

// A scene is a History being made by hand. The one that [newScene] makes is of a run in which a
// node was killed at 70 s and nobody noticed:
//
//	0 s warmup  10 s before  70 s faults  100 s after  145 s settle  150 s end
//	                           71 s effective, 91 s undo, 98 s healed
type scene struct{ History }

// The mix offers 50 arrivals a second: userinfo 30, refresh 16, login 4.
func newScene() *scene {
	madeScene.Do(func() { firstScene = *makeScene() })
	s := firstScene
	s.Arrivals, s.Operations, s.Sessions = slices.Clone(s.Arrivals), slices.Clone(s.Operations), slices.Clone(s.Sessions)
	s.Gauges, s.Tallies, s.Samples, s.Marks = slices.Clone(s.Gauges), slices.Clone(s.Tallies), slices.Clone(s.Samples), slices.Clone(s.Marks)
	s.Meta.Nodes, s.Meta.Classes = maps.Clone(s.Meta.Nodes), slices.Clone(s.Meta.Classes)
	s.Injections = makeInjections()
	return &s
}

// The scene is made once and copied: it is the same every time, and most of a test's work.
var (
	madeScene  sync.Once
	firstScene scene
)

func makeScene() *scene {
	s := &scene{}
	s.Meta = Meta{
		Run: "r-1", Scenario: "node-kill", Description: "A node dies.", Seed: 7, Version: "test",
		Started: time.Date(2020, 1, 2, 3, 4, 5, 0, time.UTC),
		Timeout: 10 * time.Second, Keycloaks: 2, Cores: 2,
		Nodes:   map[string]string{"kc-1": "keycloak", "kc-2": "keycloak", "lb-1": "balancer", "pg-1": "database", "dns-1": "dns"},
		Classes: []ClassMeta{{"login", "login", 4, "constant"}, {"refresh", "refresh", 16, "constant"}, {"userinfo", "userinfo", 30, "constant"}},
		Plan:    []PlannedFault{{ID: "1-kill-kc-2", Kind: "kill", Targets: []string{"kc-2"}, For: 20 * time.Second}},
	}
	s.Objectives(Objectives{Profile: "keycloak-docs"})
	for phase, at := range map[string]int{"warmup": 0, "before": 10, "faults": 70, "after": 100, "settle": 145, "end": 150} {
		s.Marks = append(s.Marks, Mark{sec(at), phase})
	}
	for _, c := range s.Meta.Classes {
		s.traffic(c)
	}
	slices.SortStableFunc(s.Arrivals, func(a, b load.Arrival) int { return int(a.Due - b.Due) })
	for i := range 40 {
		s.Sessions = append(s.Sessions, load.Session{ID: "s-" + digitsOf(uint64(i)), Cohort: true, Since: sec(5), Fate: load.Kept, Decided: sec(147)})
	}
	for i := range 150 {
		at := sec(i)
		s.Gauges = append(s.Gauges, load.Gauge{At: at, InFlight: 2, CPU: 0.3, RSS: 1 << 25})
		for node := range s.Meta.Nodes {
			down := node == "kc-2" && at > sec(70) && at < sec(97)
			s.sample(at, node, "ready", !down)
			if node == "lb-1" {
				s.sample(at, node, "balancer.up/kc-1", true)
				s.sample(at, node, "balancer.up/kc-2", at < sec(72) || at > sec(97))
			}
		}
	}
	s.Complete = true
	return s
}

func makeInjections() []chaos.Injection {
	return []chaos.Injection{{
		ID: "1-kill-kc-2", Kind: "kill", Targets: []string{"kc-2"}, Undone: true,
		Receipt: chaos.Receipt{
			Requested: ptr(sec(70)), Effective: ptr(sec(71)), Ended: ptr(sec(91)), Healed: ptr(sec(98)),
			Evidence: []chaos.Evidence{{At: sec(71), Node: "kc-2", Source: "tcp 8080", Seen: "refused"}},
			Control:  "kc-1", ControlOK: ptr(true),
		},
	}}
}

func sec(n int) time.Duration { return time.Duration(n) * time.Second }

func (s *scene) Objectives(o Objectives) *scene { s.Meta.Objectives = o; return s }

func (s *scene) sample(at time.Duration, node, metric string, up bool) {
	v := 0.0
	if up {
		v = 1
	}
	s.Samples = append(s.Samples, Sample{At: at, Node: node, Metric: metric, Value: v})
}

// traffic offers a class evenly from 0 to 145 s; each journey is two operations of 10 ms, and a
// little slower with each arrival, so that percentiles differ.
func (s *scene) traffic(c ClassMeta) {
	step := time.Duration(float64(time.Second) / c.Rate)
	n := uint64(0)
	// No two classes are due at once, or their order would decide the bounds of an outage.
	offset := map[string]time.Duration{"login": 3 * time.Millisecond, "refresh": 7 * time.Millisecond}[c.Name]
	for due := offset; due < sec(145); due += step {
		took := 20*time.Millisecond + time.Duration(n%100)*100*time.Microsecond
		a := load.Arrival{Class: c.Name, Journey: c.Journey, Seq: n, Due: due, Start: due + time.Millisecond, End: due + took, Outcome: load.OK}
		s.Arrivals = append(s.Arrivals, a)
		for k, name := range []string{"first", "second"} {
			s.Operations = append(s.Operations, load.Operation{Class: c.Name, Journey: c.Journey, Seq: n, Step: name, Due: due,
				Start: due + time.Duration(k)*took/2, End: due + time.Duration(k+1)*took/2, Outcome: load.OK, Status: 200})
		}
		n++
	}
	s.Tallies = append(s.Tallies, load.Tally{Class: c.Name, Scheduled: n, Started: n, Stopped: sec(145)})
}

// each changes the arrivals due in [from, to), and their operations if they went bad.
func (s *scene) each(from, to time.Duration, change func(*load.Arrival)) *scene {
	bad := map[arrivalKey]bool{}
	for i := range s.Arrivals {
		a := &s.Arrivals[i]
		if a.Due >= from && a.Due < to {
			change(a)
			bad[arrivalKey{a.Class, a.Seq}] = a.Outcome != load.OK
		}
	}
	for i := range s.Operations {
		o := &s.Operations[i]
		if bad[arrivalKey{o.Class, o.Seq}] && o.Step == "second" {
			o.Outcome = load.Failed
		}
	}
	return s
}

func refuse(a *load.Arrival) { a.Outcome, a.Reason = load.Failed, "connection refused" }

func only(class string, change func(*load.Arrival)) func(*load.Arrival) {
	return func(a *load.Arrival) {
		if a.Class == class {
			change(a)
		}
	}
}

// everyNth changes one arrival in n.
func everyNth(n int, change func(*load.Arrival)) func(*load.Arrival) {
	k := 0
	return func(a *load.Arrival) {
		if k++; k%n == 0 {
			change(a)
		}
	}
}

func (s *scene) outage(from, to time.Duration) *scene { return s.each(from, to, refuse) }

// drop takes all arrivals away for which it says so, with their operations and tallies.
func (s *scene) drop(gone func(load.Arrival) bool) *scene {
	away := map[arrivalKey]bool{}
	s.Arrivals = slices.DeleteFunc(s.Arrivals, func(a load.Arrival) bool {
		away[arrivalKey{a.Class, a.Seq}] = gone(a)
		return gone(a)
	})
	s.Operations = slices.DeleteFunc(s.Operations, func(o load.Operation) bool { return away[arrivalKey{o.Class, o.Seq}] })
	s.retally()
	return s
}

// retally makes the classes' accounts fit the arrivals again.
func (s *scene) retally() {
	got := tallies(&view{History: &s.History})
	for i, t := range s.Tallies {
		n := got[t.Class]
		s.Tallies[i].Scheduled, s.Tallies[i].Started, s.Tallies[i].Dropped, s.Tallies[i].Starved = n.Scheduled, n.Started, n.Dropped, n.Starved
	}
}

// calm takes the disruption out, as in the base line.
func (s *scene) calm() *scene {
	s.Meta.Plan, s.Injections = nil, nil
	s.Marks = slices.DeleteFunc(s.Marks, func(m Mark) bool { return m.Phase == "faults" })
	return s
}

func (s *scene) view(t testing.TB) *view {
	t.Helper()
	o, err := Resolve(s.Meta.Objectives)
	if err != nil {
		t.Fatal(err)
	}
	return newView(&s.History, o)
}

// find returns the first finding of a checker whose claim begins with claim.
func find(t testing.TB, all []Finding, claim string) Finding {
	t.Helper()
	for _, f := range all {
		if len(f.Claim) >= len(claim) && f.Claim[:len(claim)] == claim {
			return f
		}
	}
	t.Fatalf("no finding about %q among %+v", claim, all)
	return Finding{}
}

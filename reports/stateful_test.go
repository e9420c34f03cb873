package reports

import (
	"testing"
	"time"

	"holdfast/chaos"
	"holdfast/load"
)

// ledger replaces the sessions by some acknowledged at those seconds, with those fates.
func (s *scene) ledger(events map[int]load.Fate) *scene {
	s.Sessions = nil
	for at, fate := range events {
		s.Sessions = append(s.Sessions, load.Session{ID: "s-" + digitsOf(uint64(at)), Cohort: true, Since: sec(at) - time.Second/2, Acked: sec(at), Fate: fate, Decided: sec(147)})
	}
	return s
}

// again adds a second disruption, requested at 105 s and effective a second later.
func (s *scene) again() *scene {
	s.Injections = append(s.Injections, chaos.Injection{ID: "2-kill-kc-1", Kind: "kill", Targets: []string{"kc-1"},
		Receipt: chaos.Receipt{Requested: ptr(sec(105)), Effective: ptr(sec(106))}})
	return s
}

func TestRPO(t *testing.T) {
	zero, five := Objectives{RPO: ptr(time.Duration(0))}, Objectives{RPO: ptr(sec(5))}
	kept := map[int]load.Fate{20: load.Kept, 60: load.Kept, 69: load.Kept}
	lost := map[int]load.Fate{20: load.Kept, 66: load.Kept, 68: load.Lost, 69: load.Lost}
	old := map[int]load.Fate{20: load.Kept, 60: load.Lost, 69: load.Kept}
	unknownOld := map[int]load.Fate{20: load.Indeterminate, 69: load.Kept}
	unknownNew := map[int]load.Fate{20: load.Kept, 69: load.Indeterminate, 68: load.Kept}
	unproven := with(zero)
	unproven.Injections[0].Receipt.Effective = nil
	ended := with(zero).ledger(kept)
	ended.Sessions[0].Fate, ended.Sessions[0].Decided = load.Lost, sec(30) // known before the disruption
	runRows(t, checkRPO, []checkRow{
		{name: "none lost", scene: with(zero).ledger(kept), claim: "no acknowledged event lost to 1-kill-kc-2", want: Pass, says: "none of 3 sessions lost, the newest event 2 s before it", numbers: map[string]float64{"lost": 0, "sessions": 3}},
		{name: "lost", scene: with(zero).ledger(lost), claim: "no acknowledged event lost", want: Fail, says: "2 sessions lost, the oldest acknowledged 3.5 s ± 1.5 s before it",
			numbers: map[string]float64{"rpo_lower_ms": 2000, "rpo_upper_ms": 5000, "lost": 2}},
		{name: "lost before the disruption", scene: ended, claim: "no acknowledged event lost", want: Pass},
		{name: "within the objective", scene: with(five).ledger(lost), claim: "no acknowledged event older than 5 s lost", want: Pass},
		{name: "older than the objective", scene: with(five).ledger(old), claim: "no acknowledged event older than 5 s", want: Fail, says: "1 session lost",
			numbers: map[string]float64{"rpo_lower_ms": 10_000, "rpo_upper_ms": 51_000}},
		{name: "near the limit", scene: with(Objectives{RPO: ptr(sec(3))}).ledger(lost), claim: "no acknowledged", want: Inconclusive, missing: "between two events"},
		{name: "an unknown fate could break it", scene: with(five).ledger(unknownOld), claim: "no acknowledged", want: Inconclusive, missing: "an answer about 1 session"},
		{name: "an unknown fate could not", scene: with(five).ledger(unknownNew), claim: "no acknowledged", want: Pass, says: "1 indeterminate"},
		{name: "an unknown fate at zero", scene: with(zero).ledger(unknownNew), claim: "no acknowledged", want: Inconclusive, missing: "an answer"},
		{name: "nothing recent", scene: with(zero).ledger(map[int]load.Fate{20: load.Kept}), claim: "no acknowledged", want: Inconclusive, missing: "an event less than 10 s before the disruption; the newest was 51 s"},
		{name: "two disruptions, the first may be it", scene: with(zero).again().ledger(lost), claim: "no acknowledged event lost to 1-kill-kc-2", want: Fail},
		{name: "two disruptions, the second may be too", scene: with(zero).again().ledger(lost), claim: "no acknowledged event lost to 2-kill-kc-1", want: Inconclusive, missing: "one disruption at a time"},
		{name: "acknowledged between two", scene: with(zero).again().ledger(map[int]load.Fate{60: load.Kept, 100: load.Lost}), claim: "no acknowledged event lost to 1-kill-kc-2", want: Fail, says: "after it took effect"},
		{name: "no objective", scene: with(Objectives{}).ledger(lost), claim: "acknowledged events lost to 1-kill-kc-2", want: Pass, info: true, says: "2 sessions lost"},
		{name: "not proven", scene: unproven, claim: "no acknowledged", want: Inconclusive, missing: "proven"},
		{name: "no ledger", scene: with(zero).ledger(nil), claim: "no acknowledged", want: Inconclusive, missing: "sessions acknowledged before"},
		{name: "calm", scene: with(zero).calm(), claim: "no acknowledged", want: Pass, info: true},
		{name: "nothing", scene: empty(zero), claim: "no acknowledged", want: Inconclusive, missing: "proven"},
	})
	if got := checkRPO(empty(Objectives{}).view(t)); got != nil {
		t.Errorf("nothing is known and nothing was promised, yet %+v", got)
	}
}

// tookOver makes the disruption a database failover with those steps, in seconds after its effect.
func tookOver(o Objectives, steps ...chaos.Instant) *scene {
	s := with(o)
	s.Meta.Nodes["pg-2"] = "database"
	s.Injections[0].Kind, s.Injections[0].Targets = "db-failover", []string{"pg-1"}
	s.Injections[0].Receipt.Steps = steps
	return s
}

func past(name string, d time.Duration) chaos.Instant {
	return chaos.Instant{Name: name, At: sec(71) + d}
}

func TestFailover(t *testing.T) {
	o := Objectives{Failover: sec(5)}
	all := []chaos.Instant{past("detected", sec(1)), past("decided", sec(2)), past("serving", sec(4)), past("redundant", sec(9))}
	standstill := tookOver(o)
	for i := 60; i < 90; i++ {
		standstill.sample(sec(i), "pg-2", "primary", false)
	}
	promoted := tookOver(o)
	for i := 60; i < 90; i++ {
		promoted.sample(sec(i), "pg-2", "primary", i > 73)
	}
	onPurpose := tookOver(o, past("serving", sec(1)))
	onPurpose.Injections[0].Kind = "db-promote"
	claim := "another node serves within 5 s of 1-kill-kc-2"
	runRows(t, checkFailover, []checkRow{
		{name: "in time", scene: tookOver(o, all...), claim: claim, want: Pass, says: "detected 1 s, decided 2 s, serving 4 s, redundant 9 s (± 200 ms)", numbers: map[string]float64{"detected_ms": 1000, "serving_ms": 4000, "redundant_ms": 9000}},
		{name: "too late", scene: tookOver(o, past("serving", sec(6))), claim: claim, want: Fail, says: "serving 6 s"},
		{name: "on the limit", scene: tookOver(o, past("serving", sec(5)+100*time.Millisecond)), claim: claim, want: Inconclusive, missing: "within the error"},
		{name: "never served, none was primary", scene: standstill, claim: claim, want: Fail, says: "no other database server was the primary"},
		{name: "the step is missing, one was primary", scene: promoted, claim: claim, want: Inconclusive, missing: "the instant at which another node served"},
		{name: "no step", scene: tookOver(o), claim: claim, want: Inconclusive, says: "no step was seen", missing: "the instant"},
		{name: "no objective", scene: tookOver(Objectives{}, all...), claim: "failover after 1-kill-kc-2", want: Pass, info: true, says: "serving 4 s"},
		{name: "a promotion on purpose is no failover", scene: onPurpose, claim: "another node serves", want: Inconclusive, missing: "a disruption in which another node took over"},
		{name: "a kill is none", scene: with(o), claim: "another node serves within 5 s of a disruption", want: Inconclusive, missing: "with its steps"},
		{name: "calm", scene: with(o).calm(), claim: "another", want: Pass, info: true},
		{name: "nothing", scene: empty(o), claim: "another", want: Inconclusive, missing: "took over"},
	})
	if got := checkFailover(newScene().view(t)); got != nil {
		t.Errorf("a kill without an objective: %+v", got)
	}
}

// primaries makes readings of who is primary: pg-1 to the second until, pg-2 from the second since.
func primaries(s *scene, until, since int) *scene {
	s.Meta.Nodes["pg-2"] = "database"
	for i := 10; i < 145; i++ {
		s.sample(sec(i), "pg-1", "primary", i <= until)
		s.sample(sec(i), "pg-2", "primary", i >= since)
	}
	return s
}

func TestSplitBrain(t *testing.T) {
	forced := primaries(newScene(), 80, 75)
	forced.Injections[0].Kind = "db-promote"
	forced.Injections[0].Receipt.Evidence = []chaos.Evidence{{Node: "pg-1", Seen: "accepts writes"}, {Node: "pg-2", Seen: "accepts writes"}}
	cut := func(until int, source string) *scene {
		s := primaries(tookOver(Objectives{}), until, 75)
		s.Injections[0].Receipt.Evidence = []chaos.Evidence{{At: sec(71), Node: "pg-1", Source: source, Seen: "not reached"}}
		return s
	}
	longer := primaries(newScene(), 130, 75)
	longer.Injections[0].Kind = "db-promote"
	runRows(t, checkSplitBrain, []checkRow{
		{name: "one after the other", scene: primaries(newScene(), 72, 75), claim: "never two primaries", want: Pass, says: "none seen in 270 readings"},
		{name: "changing hands within one reading", scene: primaries(newScene(), 75, 75), claim: "never two primaries", want: Pass},
		{name: "both", scene: primaries(newScene(), 80, 75), claim: "never two primaries", want: Fail, says: "pg-1 and pg-2 at least from t=75.0 s to t=80.0 s", numbers: map[string]float64{"split_brain_ms": 5000}},
		{name: "both, with nothing disrupted", scene: primaries(newScene().calm(), 80, 75), claim: "never two primaries", want: Fail},
		{name: "made on purpose", scene: forced, claim: "two primaries, made on purpose or cut off", want: Pass, info: true, says: "made by 1-kill-kc-2 (pg-1: accepts writes, pg-2: accepts writes)"},
		{name: "made on purpose, the promise", scene: forced, claim: "never two primaries", want: Pass},
		{name: "made on purpose and left so", scene: longer, claim: "never two primaries", want: Fail},
		{name: "the old one is cut off", scene: cut(92, "from kc-1, packet counters"), claim: "never two primaries", want: Pass},
		{name: "the old one is cut off, what is said", scene: cut(92, "from kc-1, packet counters"), claim: "two primaries, made on purpose", want: Pass, info: true, says: "pg-1 and pg-2 at least from t=75.0 s to t=92.0 s, made by 1-kill-kc-2"},
		{name: "the old one is reached again", scene: cut(100, "from kc-1, packet counters"), claim: "never two primaries", want: Fail},
		{name: "the old one came back by itself", scene: cut(90, "tcp 5432"), claim: "never two primaries", want: Fail},
	})
	if got := checkSplitBrain(newScene().view(t)); got != nil {
		t.Errorf("one database server cannot be two: %+v", got)
	}
}

func TestSamples(t *testing.T) {
	lag := func(in string) Objectives {
		return Objectives{Samples: []SampleObjective{{Metric: "replication_lag_bytes", Max: ptr(1000.0), In: in}}}
	}
	lagging := func(o Objectives, from, to int) *scene {
		s := with(o)
		for i := 10; i < 145; i++ {
			x := 10.0
			if i >= from && i < to {
				x = 5000
			}
			s.Samples = append(s.Samples, Sample{At: sec(i), Node: "pg-2", Metric: "replication_lag_bytes", Value: x})
		}
		return s
	}
	blind := lagging(lag(""), 0, 0)
	var seen []Sample
	for _, x := range blind.Samples {
		if x.Metric == "ready" || x.At < sec(100) {
			seen = append(seen, x)
		}
	}
	blind.Samples = seen
	queue := with(Objectives{Samples: []SampleObjective{{Metric: "balancer.up", Min: ptr(1.0)}}})
	runRows(t, checkSamples, []checkRow{
		{name: "kept", scene: lagging(lag(""), 0, 0), claim: "replication_lag_bytes at most 1000 throughout", want: Pass, says: "10 (pg-2) to 10 (pg-2) in 135 readings"},
		{name: "broken", scene: lagging(lag(""), 75, 80), claim: "replication_lag_bytes", want: Fail, says: "broken by 5 readings, first 5000 on pg-2 at t=75.0 s", numbers: map[string]float64{"broken": 5, "max": 5000}},
		{name: "broken while disrupted only", scene: lagging(lag("steady"), 75, 80), claim: "replication_lag_bytes at most 1000 in the steady state", want: Pass},
		{name: "a phase without a reading", scene: blind, claim: "replication_lag_bytes", want: Inconclusive, missing: "none of replication_lag_bytes from t=100.0 s"},
		{name: "a metric of each server", scene: queue, claim: "balancer.up at least 1 throughout", want: Fail, says: "first 0 on lb-1"},
		{name: "never read", scene: with(lag("")), claim: "replication_lag_bytes", want: Inconclusive, missing: "a reading of replication_lag_bytes"},
		{name: "nothing", scene: empty(lag("")), claim: "replication_lag_bytes", want: Inconclusive, missing: "a reading"},
	})
}

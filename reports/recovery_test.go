package reports

import (
	"testing"
	"time"

	"holdfast/chaos"
	"holdfast/load"
)

func TestRecovery(t *testing.T) {
	o := Objectives{Recovery: sec(10)}
	unproven, short := with(o).outage(sec(71), sec(75)), with(o).outage(sec(71), sec(75))
	unproven.Injections[0].Receipt.Effective = nil
	short.Marks = []Mark{{sec(10), "before"}, {sec(70), "faults"}, {sec(76), "after"}, {sec(78), "settle"}}
	short.Injections[0].Receipt.Ended, short.Injections[0].Receipt.Healed = ptr(sec(76)), ptr(sec(77))
	again := with(o).outage(sec(71), sec(75))
	again.Injections = append(again.Injections, chaos.Injection{ID: "2-kill-kc-1", Receipt: chaos.Receipt{Requested: ptr(sec(93)), Effective: ptr(sec(94))}})
	later := func(from, to int) *scene { // another disruption at 115 s, and an outage of 20 s
		s := with(o).outage(sec(71), sec(75)).outage(sec(from), sec(to))
		s.Injections = append(s.Injections, chaos.Injection{ID: "2-kill-kc-1", Receipt: chaos.Receipt{Requested: ptr(sec(115)), Effective: ptr(sec(116))}})
		return s
	}
	sparse := with(o).drop(func(a load.Arrival) bool { return a.Class != "login" || a.Seq%8 != 0 })
	claim := "served as before within 10 s of 1-kill-kc-2"
	runRows(t, checkRecovery, []checkRow{
		{name: "unnoticed", scene: with(o), claim: claim, want: Pass, says: "no interruption seen", numbers: map[string]float64{"lower_ms": 0}},
		{name: "in time", scene: with(o).outage(sec(71), sec(75)), claim: claim, want: Pass, says: "4 s ± 0.01 s", numbers: map[string]float64{"lower_ms": 4000, "upper_ms": 4003, "detected_ms": 3}},
		{name: "a brown-out after it", scene: with(o).outage(sec(71), sec(75)).each(sec(75), sec(79), everyNth(5, refuse)), claim: claim, want: Pass, says: "8 s ± 0.01 s"},
		{name: "too late", scene: with(o).outage(sec(71), sec(85)), claim: claim, want: Fail, says: "14 s"},
		{name: "broken only after a while", scene: with(o).outage(sec(84), sec(86)), claim: claim, want: Fail, says: "15 s"},
		{name: "one bad arrival at the end is let pass", scene: with(o).outage(sec(71), sec(75)).each(sec(88), sec(88)+10*time.Millisecond, only("login", refuse)), claim: claim, want: Pass, says: "4 s ± 0.01 s"},
		{name: "the return disturbs for long", scene: with(o).outage(sec(71), sec(72)).outage(sec(91), sec(104)), claim: claim, want: Fail, says: "after its undo began: 13 s"},
		{name: "the return disturbs a little", scene: with(o).outage(sec(71), sec(72)).outage(sec(91), sec(92)), claim: claim, want: Pass, says: "1 s ± 0.01 s; after its undo began: 1 s ± 0.01 s", numbers: map[string]float64{"undo_lower_ms": 1000, "undo_upper_ms": 1003}},
		{name: "never", scene: with(o).outage(sec(71), sec(145)), claim: claim, want: Fail, says: "not seen in the 74 s that were left"},
		{name: "on the limit", scene: with(o).outage(sec(71), sec(81)), claim: claim, want: Inconclusive, missing: "between two arrivals"},
		{name: "too little after it", scene: short, claim: claim, want: Inconclusive, missing: "at least 10 s and 20 good arrivals"},
		{name: "too few", scene: sparse, claim: claim, want: Inconclusive, says: "too few arrivals", missing: "20 good arrivals"},
		{name: "two disruptions", scene: again, claim: "served as before within 10 s of 2-kill-kc-1", want: Pass},
		{name: "another's outage", scene: later(116, 136), claim: claim, want: Pass, says: "4 s ± 0.01 s; after its undo began: no interruption seen"},
		{name: "is the other's", scene: later(116, 136), claim: "served as before within 10 s of 2-kill-kc-1", want: Fail, says: "20 s"},
		{name: "an outage that another came into", scene: later(110, 130), claim: claim, want: Fail, says: "after its undo began: 39 s"},
		{name: "not proven", scene: unproven, claim: "served as before within 10 s", want: Inconclusive, missing: "proven"},
		{name: "none planned", scene: with(o).calm(), claim: "served", want: Pass, info: true},
		{name: "no objective", scene: with(Objectives{}).outage(sec(71), sec(75)), claim: "recovery from 1-kill-kc-2", want: Pass, info: true, says: "4 s ± 0.01 s"},
		{name: "nothing", scene: empty(o), claim: "served", want: Inconclusive, missing: "proven"},
	})
}

func TestFullRecovery(t *testing.T) {
	o := Objectives{FullRecovery: sec(15)}
	claim := "redundancy and latency back within 15 s of the end of 1-kill-kc-2"
	samples := func(node, metric string, from, to int, value float64) *scene {
		s := with(o)
		for i, x := range s.Samples {
			if x.Node == node && x.Metric == metric && x.At >= sec(from) && x.At < sec(to) {
				s.Samples[i].Value = value
			}
		}
		return s
	}
	twice := samples("kc-1", "ready", 120, 150, 0)
	twice.Injections = append(twice.Injections, chaos.Injection{ID: "2-kill-kc-1", Receipt: chaos.Receipt{Requested: ptr(sec(119)), Effective: ptr(sec(119))}})
	without := func(gone func(Sample) bool) *scene {
		s := with(o)
		var kept []Sample
		for _, x := range s.Samples {
			if !gone(x) {
				kept = append(kept, x)
			}
		}
		s.Samples = kept
		return s
	}
	cluster := with(o)
	for i := 10; i < 145; i++ {
		n := 2.0
		if i > 71 && i < 110 {
			n = 1
		}
		cluster.Samples = append(cluster.Samples, Sample{sec(i), "kc-1", "cluster_size", n, ""})
	}
	slow := func(to int) *scene {
		return with(o).each(sec(71), sec(to), func(a *load.Arrival) { a.End += 100 * time.Millisecond })
	}
	runRows(t, checkFullRecovery, []checkRow{
		{name: "back", scene: with(o), claim: claim, want: Pass, says: "redundancy 6.5 s ± 0.5 s; latency never away", numbers: map[string]float64{"redundancy_lower_ms": 6000, "redundancy_upper_ms": 7000}},
		{name: "another takes it away again", scene: twice, claim: claim, want: Pass, says: "redundancy 6.5 s ± 0.5 s; latency never away"},
		{name: "a node stays away", scene: samples("kc-2", "ready", 70, 150, 0), claim: claim, want: Fail, says: "not back after 53 s (kc-2 ready is 0)"},
		{name: "a balancer does not use it", scene: samples("lb-1", "balancer.up/kc-2", 72, 120, 0), claim: claim, want: Fail, says: "redundancy 28.5 s"},
		{name: "the cluster is one short", scene: cluster, claim: claim, want: Fail, says: "redundancy 18.5 s"},
		{name: "a node cannot be read", scene: without(func(x Sample) bool { return x.Node == "kc-2" && x.At > sec(72) && x.At < sec(130) }), claim: claim, want: Inconclusive, missing: "between two readings"},
		{name: "never sampled", scene: without(func(x Sample) bool { return x.Node == "pg-1" }), claim: claim, want: Inconclusive, missing: "readiness of pg-1"},
		{name: "latency back", scene: slow(95), claim: claim, want: Pass, says: "latency 5.5 s ± 2.5 s"},
		{name: "latency stays high", scene: slow(145), claim: claim, want: Fail, says: "latency not back"},
		{name: "errors are slow", scene: with(o).outage(sec(91), sec(115)), claim: claim, want: Fail},
		{name: "none planned", scene: with(o).calm(), claim: "redundancy", want: Pass, info: true},
		{name: "no objective", scene: with(Objectives{}), claim: "redundancy and latency back after the end of 1-kill-kc-2", want: Pass, info: true},
		{name: "nothing", scene: empty(o), claim: "redundancy", want: Inconclusive, missing: "proven"},
	})
}

// TestAClusterIsItsSites: with two sites nobody waits for the other site's nodes.
func TestAClusterIsItsSites(t *testing.T) {
	v := &view{History: &History{Meta: Meta{Keycloaks: 3,
		Nodes: map[string]string{"kc-1": "keycloak", "kc-2": "keycloak", "kc-3": "keycloak", "pg-1": "database"}}}}
	if n := v.clusterOf("kc-1"); n != 3 {
		t.Errorf("one site: %d", n)
	}
	v.Meta.Sites = map[string]string{"kc-1": "site-1", "kc-2": "site-2", "kc-3": "site-2", "pg-1": "site-1"}
	if a, b := v.clusterOf("kc-1"), v.clusterOf("kc-3"); a != 1 || b != 2 {
		t.Errorf("two sites: %d and %d", a, b)
	}
}

// TestBackAtTheFirstReading: what was away as the span began was not "never away".
func TestBackAtTheFirstReading(t *testing.T) {
	s := span{sec(5) + sec(1)/2, sec(9)}
	for from, want := range map[int]string{6: "250 ms ± 250 ms", 7: "1 s ± 0.5 s", 5: neverAway} {
		var all []Sample
		for at := 1; at < 9; at++ {
			x := Sample{At: sec(at)}
			if at >= from {
				x.Value = 1
			}
			all = append(all, x)
		}
		if b := seriesReturn(all, s, "ready", func(x float64) bool { return x >= 1 }); b.text(s) != want || !b.Shown {
			t.Errorf("well from %d s on: %+v, %q, want %q", from, b, b.text(s), want)
		}
	}
}

func TestLatency(t *testing.T) {
	p95, p99 := Objectives{P95: 100 * time.Millisecond}, Objectives{P99: 100 * time.Millisecond}
	slower := func(o Objectives, nth int, class string) *scene {
		slow := func(a *load.Arrival) { a.End += 200 * time.Millisecond }
		return with(o).each(0, sec(145), only(class, everyNth(nth, slow)))
	}
	tardy := with(Objectives{P95: 100 * time.Millisecond}).each(0, sec(145), late(120*time.Millisecond))
	both := with(Objectives{P95: 20 * time.Millisecond}).each(0, sec(145), late(120*time.Millisecond))
	runRows(t, checkLatency, []checkRow{
		{name: "fast", scene: with(p95), claim: "p95 at most 100 ms", want: Pass, says: "all 29.4 ms (95 %: 29.4 ms to 29.5 ms)"},
		{name: "slow in the disruption only", scene: with(p95).each(sec(70), sec(100), func(a *load.Arrival) { a.End += sec(1) }), claim: "p95", want: Pass},
		{name: "one journey is slow", scene: slower(p95, 5, "login"), claim: "p95", want: Fail, says: "worst login 22"},
		{name: "few are slow", scene: slower(p95, 50, "userinfo"), claim: "p95", want: Pass},
		{name: "on the limit", scene: slower(p95, 20, "login"), claim: "p95", want: Inconclusive, missing: "more"},
		{name: "failures are slow", scene: with(p95).outage(sec(30), sec(40)), claim: "p95", want: Fail, says: "did not"},
		{name: "p99", scene: with(p99), claim: "p99 at most 100 ms", want: Pass, says: "too few of their own: login (420)"},
		{name: "p99 slow", scene: slower(p99, 50, "userinfo"), claim: "p99", want: Fail, says: "worst userinfo"},
		{name: "few in all", scene: with(p99).drop(func(a load.Arrival) bool { return a.Class != "login" }), claim: "p99", want: Inconclusive, says: "max 29.9 ms of only 420", missing: "580 more arrivals (another 12 s at 50/s)"},
		{name: "a late generator shows nothing", scene: tardy, claim: "p95", want: Inconclusive, missing: "a generator that is on time: p99 slip 121 ms is more than 10 ms"},
		{name: "but that the deployment is slow by itself", scene: both, claim: "p95", want: Fail},
		{name: "nothing", scene: empty(p95), claim: "p95", want: Inconclusive, missing: "no arrival"},
	})
}

// A server that stalls for 5 s answers what was due in it at its end, each after what was left
// of the stall. From due, a share of 5 of 60 s waits evenly up to 5 s.
func TestLatencyOfAStallIsTheClosedForm(t *testing.T) {
	s := with(Objectives{}).each(sec(30), sec(35), func(a *load.Arrival) { a.End = sec(35) + 20*time.Millisecond })
	r := Judge(&s.History)
	for _, row := range r.Latency {
		if row.Journey != "userinfo" || row.Phase != before {
			continue
		}
		// One per cent of 60 s, 0.6 s, waits longer than the p99: 5 − 0.6 = 4.4 s.
		if row.P99Ms == nil || *row.P99Ms < 4400*0.98 || *row.P99Ms > 4420*1.02 || row.MaxMs < 5000*0.98 || row.MaxMs > 5020*1.02 {
			t.Errorf("p99 %v, max %v; want 4.42 s and 5.02 s within 2 %%", *row.P99Ms, row.MaxMs)
		}
		return
	}
	t.Errorf("no row of userinfo before: %+v", r.Latency)
}

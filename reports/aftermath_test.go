package reports

import (
	"strings"
	"testing"
	"time"

	"holdfast/load"
)

func TestAftermath(t *testing.T) {
	o := Objectives{FullRecovery: sec(15)}
	claim := "redundancy and latency back within 15 s of the end of 1-kill-kc-2"
	level := func(o Objectives, metric string, until int) *scene {
		return with(o).read("kc-1", metric, 10, 145, func(i int) (float64, string) {
			if i >= 71 && i < until {
				return 40, ""
			}
			return 4, ""
		})
	}
	starved := with(o).routed().ops("kc-2", sec(97), sec(145), func(o *load.Operation) {
		if o.Seq%8 != 1 {
			o.Node = "kc-1"
		}
	})
	refilled := with(o).routed().ops("kc-2", sec(97), sec(100), func(o *load.Operation) { o.Node = "kc-1" })
	busier := with(o).each(sec(91), sec(145), late(200*time.Millisecond)).drop(func(a load.Arrival) bool { return a.Due < sec(70) && a.Seq%2 == 0 })
	replica := func(from, to int) *scene {
		s := with(o)
		for i := 10; i < 145; i++ {
			primary, n := "pg-1", 1.0
			if i > 75 {
				primary = "pg-2"
			}
			if i >= from && i < to {
				n = 0
			}
			s.Samples = append(s.Samples, Sample{At: sec(i), Node: primary, Metric: "replicas_streaming", Value: n})
		}
		return s
	}
	runRows(t, checkFullRecovery, []checkRow{
		{name: "pool use back", scene: level(o, "pool_active", 99), claim: claim, want: Pass, says: "pool_active 7.5 s ± 0.5 s", numbers: map[string]float64{"pool_active_lower_ms": 7000, "pool_active_upper_ms": 8000}},
		{name: "pool use stays high", scene: level(o, "pool_active", 200), claim: claim, want: Fail, says: "NOT AS BEFORE: pool_active. "},
		{name: "lag stays high, nothing promised", scene: level(Objectives{}, "replication_lag_seconds", 200), claim: "redundancy and latency back after", want: Pass, info: true, says: "NOT AS BEFORE: replication_lag_seconds"},
		{name: "a little lag is as before", scene: level(o, "replication_lag_bytes", 200), claim: claim, want: Pass},
		{name: "a node keeps to a fourth of its share", scene: starved, claim: claim, want: Fail, says: "NOT AS BEFORE: node_share. "},
		{name: "a node gets its share back", scene: refilled, claim: claim, want: Pass, says: "node_share 8 s ± 5 s"},
		{name: "errors stay", scene: with(o).each(sec(91), sec(145), everyNth(30, refuse)), claim: claim, want: Fail, says: "NOT AS BEFORE: errors. "},
		{name: "a thundering herd", scene: with(o).each(sec(91), sec(145), func(a *load.Arrival) { a.End += 400 * time.Millisecond }), claim: claim, want: Fail, says: "NOT AS BEFORE: latency. "},
		{name: "slower under more load", scene: busier, claim: claim, want: Inconclusive, missing: "the same load after the disruption as before: it was 25/s"},
		{name: "another primary, as many replicas", scene: replica(75, 96), claim: claim, want: Pass},
		{name: "another primary without a replica", scene: replica(75, 200), claim: claim, want: Fail, says: "database replicas_streaming is 0"},
	})
}

// mixed makes two client profiles of the arrivals: ttl the even, forever the odd. The name leads
// to .1 until 71 s and to .2 from then on; forever goes on with .1 until the second until.
func mixed(until int) *scene {
	s := with(Objectives{})
	s.Meta.Clients = []ClientMeta{{Name: "browser", Profile: "ttl", HTTP: "2"}, {Name: "jvm", Profile: "forever", HTTP: "1.1"}}
	name := func(seq uint64) string { return []string{"browser", "jvm"}[seq%2] }
	stale := func(seq uint64, t time.Duration) bool { return seq%2 == 1 && t >= sec(71) && t < sec(until) }
	s.each(0, sec(145), func(a *load.Arrival) {
		if a.Client = name(a.Seq); stale(a.Seq, a.Due) {
			a.Outcome = load.Failed
		}
	})
	s.ops("", 0, sec(146), func(o *load.Operation) {
		o.Client, o.Remote = name(o.Seq), "198.18.0.2:443"
		if o.Start < sec(71) || stale(o.Seq, o.Start) {
			o.Remote = "198.18.0.1:443"
		}
	})
	for i := range 145 {
		addr := "198.18.0.1"
		if i > 70 {
			addr = "198.18.0.2"
		}
		if i == 0 || i%5 == 0 {
			s.Lookups = append(s.Lookups, load.Lookup{At: sec(i), Client: "browser", Name: "auth", Addrs: []string{addr}, TTL: sec(5)})
		}
	}
	s.Lookups = append(s.Lookups, load.Lookup{At: 0, Client: "jvm", Name: "auth", Addrs: []string{"198.18.0.1"}, TTL: sec(5)})
	return s
}

func TestClients(t *testing.T) {
	gone := mixed(90)
	gone.Meta.Clients = append(gone.Meta.Clients, ClientMeta{Name: "phone"})
	runRows(t, checkClients, []checkRow{
		{name: "who honours the TTL", scene: mixed(90), claim: "clients browser (ttl, HTTP/2)", want: Pass, info: true, says: "100 % (3375 of 3375",
			numbers: map[string]float64{"stale_ms": 1000, "lookups": 29, "stale_bad": 0, "recovery_lower_ms": 0}},
		{name: "who resolves once", scene: mixed(90), claim: "clients jvm (forever, HTTP/1.1)", want: Pass, info: true, says: "used an address for 20 s after the last answer that named it",
			numbers: map[string]float64{"lookups": 1, "outage_lower_ms": 18_933}},
		{name: "who was never there", scene: gone, claim: "clients phone are told apart", want: Inconclusive, missing: "arrivals of the client profile phone"},
	})
	if got := checkClients(newScene().view(t)); got != nil {
		t.Errorf("one kind of client: %+v", got)
	}
	f := find(t, checkClients(mixed(90).view(t)), "clients jvm")
	if !strings.Contains(f.Measured, "after 1-kill-kc-2 1") || f.Numbers["recovery_lower_ms"] < 18_900 || f.Numbers["recovery_lower_ms"] > 19_000 {
		t.Errorf("recovery of those that resolve once: %+v; want 19 s", f)
	}
}

func TestYearly(t *testing.T) {
	given := with(Objectives{Yearly: &YearlyRates{NodeLosses: 10}}).outage(sec(70), sec(100))
	planned := newScene().outage(sec(71), sec(72))
	planned.Injections[0].Maintenance = true
	runRows(t, checkBudget, []checkRow{
		{name: "assumed rates", scene: newScene().outage(sec(70), sec(100)), claim: "downtime in a year", want: Pass, info: true,
			says: "2m0s (95 %: 30 s to 4m0s), that is 99.999 % or better; assumed: 4 node losses of 30 s each; not measured here: failovers, upgrades", numbers: map[string]float64{"downtime_ms": 120_000}},
		{name: "given rates", scene: given, claim: "downtime in a year", want: Pass, info: true, says: "given: 10 node losses of 30 s each", numbers: map[string]float64{"downtime_ms": 300_000}},
		{name: "maintenance", scene: planned, claim: "downtime in a year", want: Pass, info: true, says: "12 upgrades of 1 s each; not measured here: node losses, failovers"},
	})
	for mean, want := range map[float64][2]float64{0: {0, 0}, 1: {0, 3}, 4: {1, 8}, 12: {6, 19}, 100: {81, 120}} {
		if lo, hi := poissonInterval(mean); lo != want[0] || hi != want[1] {
			t.Errorf("a mean of %v lies between %v and %v, want %v", mean, lo, hi, want)
		}
	}
	if lo, hi := poissonInterval(10_000); lo < 9_800 || lo > 9_810 || hi < 10_190 || hi > 10_200 {
		t.Errorf("a mean of 10,000 lies between %v and %v", lo, hi)
	}
}

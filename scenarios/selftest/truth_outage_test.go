package selftest_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"holdfast/chaos"
	"holdfast/load"
	"holdfast/reports"
)

// TestTruthOfOutages: what is measured of an outage contains the true one, give or take one
// sampling period, in at least 99 % of 200 trials of each length.
func TestTruthOfOutages(t *testing.T) {
	truth(t)
	const trials, rate, service = 200, 200.0, 2 * time.Millisecond
	for _, long := range []time.Duration{50 * time.Millisecond, 200 * time.Millisecond, time.Second, 5 * time.Second} {
		t.Run(long.String(), func(t *testing.T) {
			missed := 0
			for seed := range uint64(trials) {
				synctest.Test(t, func(t *testing.T) {
					rng := rand.New(rand.NewPCG(seed, uint64(long)))
					from := 500*time.Millisecond + time.Duration(rng.Int64N(int64(500*time.Millisecond)))
					off := func(at time.Duration) bool { return from <= at && at < from+long }
					v := newVirtual(func(ctx context.Context, at time.Duration) int {
						if off(at) {
							return down
						}
						stay(ctx, service)
						if off(at + service) {
							return down // it was cut in mid-answer
						}
						return answered
					})
					v.Meta.Objectives = reports.Objectives{Profile: "none", Outage: new(time.Duration)}
					v.offer(t, load.Poisson(rate, seed), from+long+500*time.Millisecond)
					f := finding(t, v.judge(), "outage", "no outage")
					period := milliseconds(f, "sampling_period_ms")
					low, high := milliseconds(f, "lower_ms"), milliseconds(f, "upper_ms")
					begin, end := milliseconds(f, "from_ms"), milliseconds(f, "to_ms")
					around := high - low + period // how far the bounds leave its ends open
					if low-period > long || high+period < long || (begin-from).Abs() > around || (end-from-long).Abs() > around {
						missed++
						t.Logf("seed %d: %v to %v, begun %v; in truth %v, begun %v; period %v", seed, low, high, begin, long, from, period)
					}
				})
			}
			if missed > trials/100 {
				t.Errorf("%d of %d outages of %v were not contained", missed, trials, long)
			}
		})
	}
}

// TestTruthOfRecovery: the time until service is as before, when it comes back for good after
// having come and gone.
func TestTruthOfRecovery(t *testing.T) {
	truth(t)
	const trials, rate = 100, 50.0
	missed := 0
	for seed := range uint64(trials) {
		synctest.Test(t, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(seed, 1))
			from := 3*time.Second + time.Duration(rng.Int64N(int64(time.Second)))
			long := time.Second + time.Duration(rng.Int64N(int64(4*time.Second)))
			n := 0
			v := newVirtual(func(_ context.Context, at time.Duration) int {
				if n++; at >= from && at < from+long && n%2 == 0 {
					return down // one of two nodes is gone and still used
				}
				return answered
			})
			v.Meta.Objectives = reports.Objectives{Profile: "none", Recovery: 10 * time.Second}
			v.offer(t, load.Constant(rate), from+long+12*time.Second)
			v.disruption("1-kill-kc-1", "kill", from)
			f := finding(t, v.judge(), "recovery", "1-kill-kc-1")
			// Of the requests only every other one samples the node that is gone.
			period := 2 * time.Duration(float64(time.Second)/rate)
			if low, high := milliseconds(f, "lower_ms"), milliseconds(f, "upper_ms"); low-period > long || high+period < long {
				missed++
				t.Logf("seed %d: %v to %v; in truth %v", seed, low, high, long)
			}
		})
	}
	if missed > trials/100 {
		t.Errorf("%d of %d recoveries were not contained", missed, trials)
	}
}

// disruption enters one into the History as its runner would: proven at once, without an undo.
func (v *virtual) disruption(id, kind string, at time.Duration, steps ...chaos.Instant) {
	v.Marks = append(v.Marks, reports.Mark{Phase: "faults", At: at})
	v.Meta.Plan = append(v.Meta.Plan, reports.PlannedFault{ID: id, Kind: kind, Targets: []string{"kc-1"}})
	v.Injections = append(v.Injections, chaos.Injection{ID: id, Kind: kind, Targets: []string{"kc-1"}, Receipt: chaos.Receipt{
		Requested: &at, Effective: &at, Steps: steps,
		Evidence: []chaos.Evidence{{At: at, Node: "kc-1", Source: "truth", Seen: "gone"}},
	}})
}

// TestTruthOfLosses: RPO from the ledger, and the failover's time from its steps.
func TestTruthOfLosses(t *testing.T) {
	truth(t)
	const period = 100 * time.Millisecond // an acknowledged event each
	for seed := range uint64(50) {
		rng := rand.New(rand.NewPCG(seed, 2))
		effect := 20*time.Second + time.Duration(rng.Int64N(int64(time.Second)))
		lag := time.Duration(rng.Int64N(int64(3 * time.Second)))
		serving := time.Duration(rng.Int64N(int64(8*time.Second))) + time.Second
		v := &virtual{}
		v.Complete = true
		v.Meta = reports.Meta{Objectives: reports.Objectives{Profile: "none", RPO: new(time.Duration), Failover: 5 * time.Second}}
		lost := 0
		for at := time.Second; at < effect; at += period {
			s := load.Session{ID: fmt.Sprint("s-", at), Since: at, Acked: at, Fate: load.Kept, Decided: time.Minute}
			if at > effect-lag {
				s.Fate, s.Event = load.Lost, "login"
				lost++
			}
			v.Sessions = append(v.Sessions, s)
		}
		v.Marks = []reports.Mark{{Phase: "before"}, {Phase: "after", At: 40 * time.Second}, {Phase: "settle", At: 50 * time.Second}}
		v.disruption("1-db-failover-pg-1", "db-failover", effect, chaos.Instant{Name: "serving", At: effect + serving})
		r := v.judge()
		f := finding(t, r, "rpo", "1-db-failover-pg-1")
		low, high := milliseconds(f, "rpo_lower_ms"), milliseconds(f, "rpo_upper_ms")
		if int(f.Numbers["lost"]) != lost || lost > 0 && (low-period > lag || high+period < lag || high-low > 2*period) {
			t.Errorf("seed %d: %v lost, RPO %v to %v; in truth %d and %v", seed, f.Numbers["lost"], low, high, lost, lag)
		}
		if want := lost > 0; (f.Verdict == reports.Fail) != want {
			t.Errorf("seed %d: verdict %s with %d lost", seed, f.Verdict, lost)
		}
		f = finding(t, r, "failover", "1-db-failover-pg-1")
		if d := milliseconds(f, "serving_ms") - serving; d.Abs() > time.Millisecond {
			t.Errorf("seed %d: served after %v, in truth after %v", seed, milliseconds(f, "serving_ms"), serving)
		}
	}
}

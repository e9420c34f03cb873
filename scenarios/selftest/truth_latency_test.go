package selftest_test

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"holdfast/load"
	"holdfast/reports"
)

// near says that a measured time is within 2 % or 2 ms of the true one.
func near(got, want time.Duration) bool {
	return (got - want).Abs() <= max(2*time.Millisecond, want/50)
}

// TestTruthOfAStall: a server that stands still for 5 s makes who is due meanwhile wait for its
// end, so that of n arrivals a second for a time T the slowest k waited 5 s - k/n.
func TestTruthOfAStall(t *testing.T) {
	truth(t)
	const rate, total, stall = 100, 60 * time.Second, 5 * time.Second
	for _, q := range []float64{0.95, 0.99} {
		synctest.Test(t, func(t *testing.T) {
			from := 20 * time.Second
			v := newVirtual(func(ctx context.Context, at time.Duration) int {
				if at >= from && at < from+stall {
					stay(ctx, from+stall-at)
				}
				return answered
			})
			v.Meta.Objectives = reports.Objectives{Profile: "none", P95: time.Second, P99: time.Second}
			v.offer(t, load.Constant(rate), total)
			r := v.judge()
			slowest := (1 - q) * rate * total.Seconds()
			want := stall - time.Duration(slowest/rate*float64(time.Second))
			name := map[float64]string{0.95: "p95", 0.99: "p99"}[q]
			f := finding(t, r, "latency", name)
			if got := milliseconds(f, name+"_ms"); !near(got, want) {
				t.Errorf("%s is %v, in closed form %v", name, got, want)
			}
			if f.Verdict != reports.Fail {
				t.Errorf("%s: %s", name, f.Verdict)
			}
			var most time.Duration
			for _, a := range v.Arrivals {
				most = max(most, a.End-a.Due)
			}
			if !near(most, stall) {
				t.Errorf("max is %v, in closed form %v", most, stall)
			}
			for _, row := range r.Latency {
				if !near(time.Duration(row.MaxMs*float64(time.Millisecond)), stall) {
					t.Errorf("the report's max: %+v", row)
				}
			}
		})
	}
}

// TestTruthOfDistributions: percentiles of injected delays.
func TestTruthOfDistributions(t *testing.T) {
	truth(t)
	const rate, total = 400, 50 * time.Second
	for name, draw := range map[string]func(*rand.Rand) float64{ // in milliseconds
		"uniform":     func(r *rand.Rand) float64 { return 5 + 95*r.Float64() },
		"exponential": func(r *rand.Rand) float64 { return 40 * r.ExpFloat64() },
		"lognormal":   func(r *rand.Rand) float64 { return math.Exp(3 + 0.8*r.NormFloat64()) },
		"two humps": func(r *rand.Rand) float64 {
			if r.IntN(12) == 0 {
				return 300 + 10*r.NormFloat64()
			}
			return 20 + 2*r.NormFloat64()
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				rng := rand.New(rand.NewPCG(7, 7))
				var mu sync.Mutex
				var truth []time.Duration
				v := newVirtual(func(ctx context.Context, _ time.Duration) int {
					mu.Lock()
					d := time.Duration(max(0, draw(rng)) * float64(time.Millisecond))
					truth = append(truth, d)
					mu.Unlock()
					stay(ctx, d)
					return answered
				})
				v.Meta.Objectives = reports.Objectives{Profile: "none", P95: 10 * time.Second, P99: 10 * time.Second}
				v.offer(t, load.Poisson(rate, 3), total)
				r := v.judge()
				slices.Sort(truth)
				if len(truth) != len(v.Arrivals) {
					t.Fatalf("%d arrivals, %d answered", len(v.Arrivals), len(truth))
				}
				row := r.Latency[0]
				for q, got := range map[float64]*float64{0.5: row.P50Ms, 0.95: row.P95Ms, 0.99: row.P99Ms} {
					want := truth[int(math.Ceil(q*float64(len(truth))))-1]
					if got == nil {
						t.Errorf("no p%v", q*100)
						continue
					}
					if d := time.Duration(*got * float64(time.Millisecond)); math.Abs(float64(d-want)) > 0.02*float64(want) {
						t.Errorf("p%v is %v, in truth %v", q*100, d, want)
					}
				}
			})
		})
	}
}

package reports

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

const (
	// leakWindows is into how many parts the measured run is cut; each must be higher than the one
	// before. Of 8 medians in no order at all, all rise in 1 of 40,320 runs.
	leakWindows = 8
	// leakReadings are needed in each part.
	leakReadings = 3
	// leakGrowth and leakLeast are the least growth, as a share and in numbers, that is a leak.
	leakGrowth = 1.5
	leakLeast  = 5.0
)

// leaky are the metrics that must not grow without bound under the same load.
var leaky = []string{"pool_active", "pool_awaiting", "balancer.sessions"}

// checkLeak asks whether connections in use rose throughout the measured run although the load
// did not: they are not given back. It fails where full recovery was promised, and is shown in
// any case.
func checkLeak(v *view) []Finding {
	var out []Finding
	if len(v.phases.parts(leakWindows)) == 0 || !v.sameLoad(v.phases.parts(leakWindows)) {
		return nil
	}
	for _, name := range leaky {
		for _, metric := range v.metrics(name) {
			of := v.readings(metric)
			for _, node := range of.nodes() {
				if f, ok := v.leak(metric, of[node]); ok {
					out = append(out, f)
				}
			}
		}
	}
	return out
}

// parts cuts the measured run into n of the same length.
func (p phases) parts(n int) (out []span) {
	step := p.All.length() / time.Duration(n)
	if step < leakReadings*time.Second/2 {
		return nil
	}
	for i := range n {
		from := p.All.From + time.Duration(i)*step
		out = append(out, span{from, from + step})
	}
	return out
}

// sameLoad says that no part had a fifth more arrivals than the first.
func (v *view) sameLoad(parts []span) bool {
	base := len(v.within(parts[0]))
	for _, s := range parts {
		if float64(len(v.within(s))) > 1.2*float64(base)+leakLeast {
			return false
		}
	}
	return base > 0
}

// leak says that a series rose from part to part. A node that was disturbed begins anew, so a
// fall is not asked about: one that only ever falls back is not a leak.
func (v *view) leak(metric string, all []Sample) (Finding, bool) {
	var medians []float64
	for _, s := range v.phases.parts(leakWindows) {
		part := window(all, s)
		if len(part) < leakReadings {
			return Finding{}, false
		}
		medians = append(medians, median(part))
	}
	first, last := medians[0], medians[len(medians)-1]
	if !rising(medians) || last < leakGrowth*first || last-first < leakLeast {
		return Finding{}, false
	}
	var steps []string
	for _, m := range medians {
		steps = append(steps, digits(m))
	}
	node := all[0].Node
	f := Finding{
		Claim:    fmt.Sprintf("%s of %s does not grow under the same load", metric, node),
		Measured: fmt.Sprintf("rose throughout: %s", strings.Join(steps, ", ")),
		Verdict:  Pass, Info: true,
		Numbers: map[string]float64{"first": first, "last": last, "a_minute": (last - first) / (v.phases.All.length().Minutes() * (leakWindows - 1) / leakWindows)},
	}
	if v.objectives.FullRecovery > 0 {
		f.Info, f.Verdict = false, Fail
	}
	return f, true
}

// rising says that each number is above the one before.
func rising(all []float64) bool {
	for i := 1; i < len(all); i++ {
		if all[i] <= all[i-1] {
			return false
		}
	}
	return true
}

func median(all []Sample) float64 {
	xs := make([]float64, len(all))
	for i, x := range all {
		xs[i] = x.Value
	}
	slices.Sort(xs)
	return xs[len(xs)/2]
}

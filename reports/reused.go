package reports

import (
	"fmt"
	"maps"
	"slices"

	"holdfast/load"
)

const (
	// reusedBad is how many failures on kept-alive connections there must be.
	reusedBad = 10
	// reusedFresh is how many operations on fresh connections they are compared with, at least.
	reusedFresh = 30
	// reusedDoubt is the chance, on either side, of a ratio beyond its bound.
	reusedDoubt = 0.001
)

// checkReused asks whether errors in the steady windows come on kept-alive connections only: a
// server or balancer that closes them too early, or keeps state on them. Requests of a kind are
// compared with their like, since a journey's first request is the one that connects.
func checkReused(v *view) []Finding {
	kinds := map[string]*aliveness{}
	for i := range v.Operations {
		o := &v.Operations[i]
		if _, ok := v.classes[o.Class]; !ok || o.Remote == "" || !v.steadyOperation(o) {
			continue
		}
		kind := o.Journey + " " + o.Step
		if kinds[kind] == nil {
			kinds[kind] = &aliveness{}
		}
		kinds[kind].take(o)
	}
	var out []Finding
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		if a := kinds[kind]; a.telling() {
			out = append(out, a.finding(v, kind))
		}
	}
	return out
}

// aliveness counts requests of one kind on kept-alive and on fresh connections.
type aliveness struct{ reused, reusedBad, fresh, freshBad int }

func (a *aliveness) take(o *load.Operation) {
	n, bad := &a.fresh, &a.freshBad
	if o.Reused {
		n, bad = &a.reused, &a.reusedBad
	}
	*n++
	if o.Outcome != load.OK {
		*bad++
	}
}

// telling says that the ratios differ beyond doubt.
func (a *aliveness) telling() bool {
	return a.reusedBad >= reusedBad && a.fresh >= reusedFresh &&
		lowerAt(a.reusedBad, a.reused, reusedDoubt) > upperAt(a.freshBad, a.fresh, reusedDoubt)
}

func (a *aliveness) finding(v *view, kind string) Finding {
	low := lowerAt(a.reusedBad, a.reused, reusedDoubt)
	f := Finding{
		Claim:    "no more errors of " + kind + " on kept-alive connections than on fresh ones",
		Measured: fmt.Sprintf("%d of %d bad on kept-alive connections, %d of %d on fresh ones", a.reusedBad, a.reused, a.freshBad, a.fresh),
		Verdict:  Pass, Info: true,
		Numbers: map[string]float64{"reused_bad": float64(a.reusedBad), "reused": float64(a.reused), "fresh_bad": float64(a.freshBad), "fresh": float64(a.fresh), "reused_lower_ratio": low},
	}
	if o := v.objectives.ErrorRatio; o != nil && low > *o {
		f.Info, f.Verdict = false, Fail
	}
	return f
}

// upperAt and lowerAt are one-sided Clopper–Pearson bounds that fail to hold with chance doubt.
func upperAt(k, n int, doubt float64) float64 {
	if n <= 0 || k >= n {
		return 1
	}
	return betaQuantile(1-doubt, float64(k+1), float64(n-k))
}

func lowerAt(k, n int, doubt float64) float64 {
	if n <= 0 || k <= 0 {
		return 0
	}
	return betaQuantile(doubt, float64(k), float64(n-k+1))
}

package reports

import (
	"fmt"

	"holdfast/load"
)

// zeroEvidence is the ratio that must be excluded before "none" is believed.
const zeroEvidence = 0.001

// checkErrors is the share of bad operations in the steady windows, before and after the
// disruptions.
func checkErrors(v *view) []Finding {
	if v.objectives.ErrorRatio == nil {
		return nil
	}
	limit := *v.objectives.ErrorRatio
	claim := "errors in the steady state at most " + percent(limit)
	if limit == 0 {
		claim, limit = "no error in the steady state", zeroEvidence
	}
	bad, n := steadyOperations(v)
	if n == 0 {
		return []Finding{unknown("", claim, "no operation was recorded in the steady windows; "+moreSamples(0, 0, limit, "operations", v.rate("")))}
	}
	f := Finding{
		Claim:    claim,
		Measured: fmt.Sprintf("%d of %d operations (%s, surely at most %s)", bad, n, percent(float64(bad)/float64(n)), percent(upperRatio(bad, n))),
		Verdict:  judgeRatio(bad, n, limit),
		Numbers: map[string]float64{"bad": float64(bad), "total": float64(n), "error_ratio": float64(bad) / float64(n),
			"upper_ratio": upperRatio(bad, n), "lower_ratio": lowerRatio(bad, n)},
	}
	if *v.objectives.ErrorRatio == 0 && bad > 0 {
		f.Verdict = Fail
	}
	if f.Verdict == Inconclusive {
		f.Missing = moreSamples(bad, n, limit, "operations", float64(n)/v.steadyTime().Seconds())
	}
	return []Finding{f}
}

// steadyOperations counts operations by the phase of their journey. A bad journey without a bad
// operation (answered too late, or with what it must not be) counts as one more: an error is
// what the client took for one. What the generator dropped is not the deployment's error.
func steadyOperations(v *view) (bad, n int) {
	steady, faulty := newBySeq[bool](), newBySeq[bool]()
	for i := range v.load {
		steady.set(v.load[i].Class, v.load[i].Seq, v.steady(i))
	}
	for i := range v.Operations {
		o := &v.Operations[i]
		if !steady.get(o.Class, o.Seq) {
			continue
		}
		n++
		if o.Outcome != load.OK {
			bad++
			faulty.set(o.Class, o.Seq, true)
		}
	}
	for i, a := range v.load {
		if v.steady(i) && !v.good(a) && !a.Dropped && !faulty.get(a.Class, a.Seq) {
			bad, n = bad+1, n+1
		}
	}
	return bad, n
}

package reports

import "fmt"

// fewGood is how many good arrivals there must be before a ratio within a disruption is a pass.
const fewGood = 20

// checkFaultErrors is the share of bad arrivals while disruptions were made and healed. It is
// the measure of one event, not a sample of a ratio, so it is compared as it is.
func checkFaultErrors(v *view) []Finding {
	if v.objectives.FaultErrorRatio == nil {
		return nil
	}
	limit := *v.objectives.FaultErrorRatio
	claim := "bad journeys until all is healed at most " + percent(limit)
	if limit == 0 {
		claim = "no bad journey until all is healed"
	}
	if !v.disrupted() {
		return []Finding{{Claim: claim, Measured: "nothing was to be disrupted", Verdict: Pass, Info: true}}
	}
	bad, n := v.count(v.pick(v.byPhase[during]))
	if n == 0 {
		return []Finding{unknown("", claim, "no arrival was due while disruptions were made")}
	}
	ratio := float64(bad) / float64(n)
	f := Finding{
		Claim:    claim,
		Measured: fmt.Sprintf("%d of %d (%s) in %s", bad, n, percent(ratio), say(v.phases.During.length())),
		Verdict:  Pass,
		Numbers:  map[string]float64{"bad": float64(bad), "total": float64(n), "error_ratio": ratio},
	}
	switch {
	case ratio > limit:
		f.Verdict = Fail
	case n-bad < fewGood:
		f.Verdict = Inconclusive
		f.Missing = fmt.Sprintf("%d good arrivals in the disruption, %d are needed (%s)", n-bad, fewGood, longer(fewGood-(n-bad), v.rate("")))
	}
	return []Finding{f}
}

package reports

import "fmt"

// checkAvailability is the share of good arrivals over the measured run: overall against the
// objective, and of each journey to be seen. Failures during a fault come in clusters, so the
// interval is narrower than repeated runs would show; it is only used to claim what was asked.
func checkAvailability(v *view) []Finding {
	if len(v.load) == 0 {
		if v.objectives.Availability == 0 {
			return nil
		}
		return []Finding{unknown("", availabilityClaim(v), "no arrival of the mix was due while measuring")}
	}
	out := []Finding{overallAvailability(v)}
	for _, j := range v.journeys {
		bad, n := v.count(v.pick(v.byJourney[j]))
		if n > 0 {
			out = append(out, ratioInfo("availability of "+j, bad, n))
		}
	}
	return out
}

func availabilityClaim(v *view) string {
	return "at least " + share(v.objectives.Availability) + " of journeys are good"
}

func overallAvailability(v *view) Finding {
	bad, n := v.count(v.load)
	f := ratioInfo("availability", bad, n)
	if v.objectives.Availability == 0 {
		return f
	}
	limit := 1 - v.objectives.Availability
	f.Info, f.Claim = false, availabilityClaim(v)
	// What the generator dropped while nothing was broken counts against a pass, not for a fail.
	surely := bad - steadyDrops(v)
	f.Verdict = judgeRatio(bad, n, limit)
	if f.Verdict == Fail && judgeRatio(surely, n, limit) != Fail {
		f.Verdict = Inconclusive
	}
	if f.Verdict == Inconclusive {
		f.Missing = moreSamples(bad, n, limit, "arrivals", v.rate(""))
	}
	return f
}

func steadyDrops(v *view) int {
	k := 0
	for i, a := range v.load {
		if a.Dropped && v.steady(i) {
			k++
		}
	}
	return k
}

// ratioInfo shows a share of good ones with its interval.
func ratioInfo(claim string, bad, n int) Finding {
	lo, hi := wilson(bad, n)
	return Finding{
		Claim:    claim,
		Measured: fmt.Sprintf("%s (%d of %d; 95 %%: %s to %s)", share(1-float64(bad)/float64(n)), n-bad, n, share(1-hi), share(1-lo)),
		Verdict:  Pass, Info: true,
		Numbers: map[string]float64{
			"good": float64(n - bad), "total": float64(n), "good_ratio": 1 - float64(bad)/float64(n),
			"lower_ratio": 1 - hi, "upper_ratio": 1 - lo, "claim_lower_ratio": 1 - upperRatio(bad, n),
		},
	}
}

// moreSamples says how many are missing for a claim, and how long they take.
func moreSamples(bad, n int, limit float64, what string, perSecond float64) string {
	all, ok := needed(bad, limit)
	switch {
	case !ok:
		return fmt.Sprintf("more %s than can be run: a limit of %s cannot be shown", what, percent(limit))
	case all <= n:
		return fmt.Sprintf("%d bad of %d %s is near the limit: more of them would tell", bad, n, what)
	}
	return fmt.Sprintf("%d more %s without a failure (%s)", all-n, what, longer(all-n, perSecond))
}

package reports

import (
	"fmt"
	"time"
)

const (
	// deadArrivals is how many arrivals of a journey in a row must have gone bad before it is dead.
	deadArrivals = 5
	// aliveShare is the share of the other journeys' arrivals that succeed while it is.
	aliveShare = 0.9
)

// checkJourneys finds journeys that are dead while the others live: logins fail, say, and
// refreshes work. Among much other traffic it hardly shows, so the time to recover is promised
// for each journey too.
func checkJourneys(v *view) []Finding {
	if len(v.journeys) < 2 {
		return nil
	}
	var out []Finding
	for _, j := range v.journeys {
		own := v.pick(v.byJourney[j])
		found, _ := v.gaps(own, v.phases.All)
		worst := gap{}
		for _, g := range found {
			if g.bad >= deadArrivals && v.othersLive(j, g) && g.least() > worst.least() {
				worst = g
			}
		}
		if worst.bad > 0 {
			out = append(out, v.deadJourney(j, worst))
		}
	}
	return out
}

func (v *view) deadJourney(j string, g gap) Finding {
	f := outageFinding(v, g, v.pick(v.byJourney[j]))
	f.Claim, f.Info, f.Verdict = j+" dead while other journeys lived", true, Pass
	if limit := v.objectives.Recovery; limit > 0 {
		f.Claim = fmt.Sprintf("%s is never dead for more than %s while other journeys live", j, say(limit))
		f.Info = g.least() <= limit
		if g.least() > limit {
			f.Verdict = Fail
		}
	}
	return f
}

// othersLive says that the other journeys' arrivals succeeded within the gap, as far as it
// surely reached.
func (v *view) othersLive(journey string, g gap) bool {
	bad, n := 0, 0
	for _, a := range v.within(span{g.firstBad, g.lastBad + time.Nanosecond}) {
		if a.Journey != journey {
			n, bad = n+1, bad+v.one(a)
		}
	}
	return n >= deadArrivals && float64(n-bad) >= aliveShare*float64(n)
}

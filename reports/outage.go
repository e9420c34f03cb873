package reports

import (
	"fmt"
	"time"

	"holdfast/load"
)

// blind is the widest gap between successes through which "no arrival went bad" is believed.
const blind = time.Second

// gap is a stretch without a success, by due times:
//
//	last good     first bad … last bad     first good
//	   └────────────── at most ───────────────┘
//	                  └─ at least ─┘
type gap struct {
	bad                                    int
	lastGood, firstBad, lastBad, firstGood time.Duration
}

func (g gap) least() time.Duration { return g.lastBad - g.firstBad }
func (g gap) most() time.Duration  { return g.firstGood - g.lastGood }

// gaps finds every stretch between successes within s: those in which arrivals went bad, and
// the widest without any, in which an outage could hide.
func (v *view) gaps(all []load.Arrival, s span) (out []gap, widest time.Duration) {
	g := gap{lastGood: s.From}
	end := func(t time.Duration) {
		widest = max(widest, t-g.lastGood)
		if g.bad > 0 {
			g.firstGood = t
			out = append(out, g)
		}
		g = gap{lastGood: t}
	}
	for _, a := range all {
		switch {
		case v.good(a):
			end(a.Due)
		default:
			if g.bad++; g.bad == 1 {
				g.firstBad = a.Due
			}
			g.lastBad = a.Due
		}
	}
	end(s.To)
	return out, widest
}

func longest(all []gap) (worst gap) {
	for _, g := range all {
		if worst.bad == 0 || g.least() > worst.least() || g.least() == worst.least() && g.most() > worst.most() {
			worst = g
		}
	}
	return worst
}

// checkOutage is the longest stretch in which nothing succeeded, of all journeys together and of
// each class.
func checkOutage(v *view) []Finding {
	if len(v.load) == 0 {
		if v.objectives.Outage == nil {
			return nil
		}
		return []Finding{unknown("", outageClaim(v, ""), "no arrival of the mix was due while measuring")}
	}
	overall := overallOutage(v)
	out := []Finding{overall}
	for _, c := range v.Meta.Classes {
		all := v.pick(v.byClass[c.Name])
		found, _ := v.gaps(all, v.phases.All)
		if len(found) == 0 {
			continue
		}
		g := longest(found)
		f := outageFinding(v, g, all)
		f.Claim, f.Info, f.Verdict = outageClaim(v, c.Name), true, Pass
		// A class may be too thin to show that it had no outage, but it can show that it had one,
		// which is worth saying if all together had none.
		if o := v.objectives.Outage; o != nil && g.least() > *o && overall.Verdict != Fail {
			f.Info, f.Verdict = false, Fail
		}
		out = append(out, f)
	}
	return out
}

func outageClaim(v *view, class string) string {
	of := ""
	if class != "" {
		of = " of " + class
	}
	switch o := v.objectives.Outage; {
	case o == nil:
		return "longest outage" + of
	case *o == 0:
		return "no outage" + of
	default:
		return "outage" + of + " at most " + say(*o)
	}
}

func overallOutage(v *view) Finding {
	found, widest := v.gaps(v.load, v.phases.All)
	f := outageFinding(v, longest(found), v.load)
	f.Claim = outageClaim(v, "")
	f.Numbers["widest_gap_ms"] = ms(widest)
	o := v.objectives.Outage
	if o == nil {
		f.Info, f.Verdict = true, Pass
		return f
	}
	hidden := *o
	if hidden == 0 {
		hidden = blind
	}
	g := longest(found)
	switch {
	case g.bad > 0 && (*o == 0 || g.least() > *o):
		f.Verdict = Fail
	case widest > hidden:
		f.Verdict = Inconclusive
		f.Missing = fmt.Sprintf("an outage could hide in %s between two successes: offer about %s arrivals a second",
			say(widest), digits(v.rate("")*float64(widest)/float64(hidden)*1.5))
	default:
		f.Verdict = Pass
	}
	return f
}

// outageFinding words a gap; its bounds and the sampling period are in the numbers.
func outageFinding(v *view, g gap, all []load.Arrival) Finding {
	period := v.phases.All.length() / time.Duration(max(1, len(all)))
	f := Finding{Numbers: map[string]float64{"sampling_period_ms": ms(period), "outage_ms": 0, "lower_ms": 0, "upper_ms": 0}}
	if g.bad == 0 {
		f.Measured = "none seen; one arrival every " + say(period)
		return f
	}
	from, to := (g.lastGood+g.firstBad)/2, (g.lastBad+g.firstGood)/2
	f.Measured = fmt.Sprintf("%s, from %s to %s%s", between(g.least(), g.most()), at(from), at(to), sinceEffect(v, from))
	f.Numbers["outage_ms"] = ms((g.least() + g.most()) / 2)
	f.Numbers["lower_ms"], f.Numbers["upper_ms"] = ms(g.least()), ms(g.most())
	f.Numbers["from_ms"], f.Numbers["to_ms"] = ms(from), ms(to)
	f.Numbers["bad"] = float64(g.bad)
	return f
}

// sinceEffect names the last disruption that had been asked for by then.
func sinceEffect(v *view, t time.Duration) string {
	name, since := "", time.Duration(-1)
	for _, in := range v.Injections {
		r := in.Receipt.Requested
		if r != nil && *r <= t && *r > since {
			name, since = in.ID, *r
		}
	}
	if name == "" {
		return ""
	}
	return fmt.Sprintf(", %s after %s began", say(t-since), name)
}

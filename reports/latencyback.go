package reports

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"holdfast/load"
)

// Latency is back when the p95 of every stretch of latencyWindow, begun each second for
// calmTime, is at most base × latencyFactor, or base + latencySlack where that is more.
const (
	latencyWindow = 5 * time.Second
	latencyFactor = 1.5
	latencySlack  = 10 * time.Millisecond
)

// latencyBack finds the first such second in s. Bad arrivals are slower than any limit, and only
// good ones make a base or evidence.
func (v *view) latencyBack(s span) back {
	if s.length() > month {
		return back{Missing: "a run of at most 30 days"}
	}
	base, ok := v.baseP95()
	if !ok {
		return back{Missing: fmt.Sprintf("%d good arrivals before the disruption, for a base (%s)", fewGood*10, longer(fewGood*10, v.rate("")))}
	}
	limit := max(time.Duration(float64(base)*latencyFactor), base+latencySlack)
	begin, calmFor := s.From, time.Duration(0)
	var thin bool
	for t := s.From; t+latencyWindow <= s.To; t += time.Second {
		over, good, n := v.over(v.within(span{t, t + latencyWindow}), limit)
		switch {
		case float64(over) > 0.05*float64(n):
			begin, calmFor = t+time.Second, 0
		case good < fewGood:
			begin, calmFor, thin = t+time.Second, 0, true
		default:
			calmFor += time.Second
		}
		if calmFor > calmTime {
			break
		}
	}
	b := back{Least: s.From, Most: s.From, Shown: calmFor >= calmLeast, What: "p95 above " + say(limit)}
	if begin > s.From {
		// The last bad stretch held something slow, anywhere between its second and its end.
		b.Least, b.Most = begin-time.Second, begin-time.Second+latencyWindow
	}
	if !b.Shown && thin {
		b.Missing = fmt.Sprintf("%d good arrivals in each %s after the end of the disruption (%s/s)", fewGood, say(latencyWindow), digits(fewGood/latencyWindow.Seconds()))
	}
	return b
}

// baseP95 is the p95 of the good arrivals before the disruptions.
func (v *view) baseP95() (time.Duration, bool) {
	var all []time.Duration
	for _, i := range v.byPhase[before] {
		if a := v.load[i]; v.good(a) {
			all = append(all, a.End-a.Due)
		}
	}
	if len(all) < fewGood*10 {
		return 0, false
	}
	slices.SortFunc(all, cmp.Compare[time.Duration])
	return all[len(all)*95/100], true
}

// over counts the arrivals slower than limit, or bad.
func (v *view) over(all []load.Arrival, limit time.Duration) (over, good, n int) {
	for _, a := range all {
		bad := !v.good(a)
		if !bad {
			good++
		}
		if bad || a.End-a.Due > limit {
			over++
		}
	}
	return over, good, len(all)
}

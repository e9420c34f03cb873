package reports

import (
	"fmt"
	"slices"
	"time"
)

// A level is a sampled quantity that a disruption may raise and that must come back to what it
// was before, with the same load.
type level struct {
	metric string
	// slack is what it may always be above the base, in the metric's unit.
	slack float64
}

// levelFactor is how many times the greatest reading of the base line a level may be.
const levelFactor = 1.5

// levels are those that are looked at after a disruption.
var levels = []level{
	{"replication_lag_bytes", 1 << 20}, {"replication_lag_seconds", 2}, {"pool_active", 5}, {"pool_awaiting", 2},
}

// quantity is one thing that must be as before, and when it was.
type quantity struct {
	name string
	back
}

// quantities are all that can be looked at from the end of a disruption on. Redundancy and
// latency are always among them; a level that was never read in the base line is not.
func (v *view) quantities(s span) []quantity {
	out := []quantity{
		{"redundancy", v.redundancyBack(s)},
		{"latency", v.underSameLoad(v.latencyBack(s), s)},
		{"errors", v.errorsBack(s)},
	}
	for _, l := range levels {
		if b, ok := v.levelBack(l, s); ok {
			out = append(out, quantity{numberName(l.metric), v.underSameLoad(b, s)})
		}
	}
	if b, ok := v.sharesBack(s); ok {
		out = append(out, quantity{"node_share", b})
	}
	return out
}

// errorsBack is when clients were served as before.
func (v *view) errorsBack(s span) back {
	c := v.settles(s)
	b := back{Least: c.Least, Most: c.Most, Shown: c.Shown, What: "errors"}
	if !c.Shown && !c.Disturbed {
		b.Missing = fmt.Sprintf("%d good arrivals after the end of the disruption", fewGood)
	}
	return b
}

// underSameLoad takes a quantity that is not back for unknown if more is asked of the deployment
// than before: it shows nothing.
func (v *view) underSameLoad(b back, s span) back {
	was := float64(len(v.byPhase[before])) / max(1, v.phases.Before.length().Seconds())
	is := float64(len(v.within(s))) / max(1, s.length().Seconds())
	if b.Missing == "" && !b.Shown && is > 1.2*was+1 {
		b.Missing = fmt.Sprintf("the same load after the disruption as before: it was %s/s and then %s/s", digits(was), digits(is))
	}
	return b
}

// levelBack is when the greatest reading over all nodes was back at the base line's, to the end.
func (v *view) levelBack(l level, s span) (back, bool) {
	all := combined(v.readings(l.metric), func(a, b float64) float64 { return max(a, b) })
	base := window(all, v.phases.Before)
	if len(base) == 0 {
		return back{}, false
	}
	most := slices.MaxFunc(base, func(a, b Sample) int { return int(1e6 * (a.Value - b.Value)) }).Value
	limit := max(most*levelFactor, most+l.slack)
	return seriesReturn(all, s, l.metric, func(x float64) bool { return x <= limit }), true
}

// combined folds the readings of all nodes at each instant into one.
func combined(of readings, fold func(a, b float64) float64) (out []Sample) {
	for _, node := range of.nodes() {
		out = append(out, of[node]...)
	}
	slices.SortStableFunc(out, func(a, b Sample) int { return int(a.At - b.At) })
	n := 0
	for _, x := range out {
		if n > 0 && out[n-1].At == x.At {
			out[n-1].Value = fold(out[n-1].Value, x.Value)
			continue
		}
		out[n] = x
		n++
	}
	return out[:n]
}

// seriesReturn is when a series was last not well, within s. A silence counts as not well.
func seriesReturn(all []Sample, s span, name string, well func(float64) bool) back {
	b := back{Least: s.From, Most: s.From, Shown: true, What: name}
	for _, x := range all {
		if x.At < s.From {
			b.Shown = well(x.Value)
		}
	}
	b.Away = !b.Shown
	last := s.From
	for _, x := range window(all, s) {
		if !b.Shown {
			b.Most = x.At
		} else if x.At-last > silence {
			b.Least, b.Most = last, x.At
		}
		b.Shown = well(x.Value)
		if !b.Shown {
			b.Least, b.Most = x.At, s.To
			b.What = fmt.Sprintf("%s is %s", name, digits(x.Value))
		}
		last = x.At
	}
	switch {
	case last == s.From:
		b.Missing = "samples of " + name + " after the end of the disruption"
	case s.To-last > silence && b.Shown:
		b.Least, b.Most, b.Shown = last, s.To, false
		b.What = name + " could not be read"
	}
	return b
}

const (
	// shareWindow is how long operations are gathered to see which node served how many.
	shareWindow = 10 * time.Second
	// shareLeast is how many there must be in it.
	shareLeast = 100
	// shareKept is the part of its earlier share that each node must serve again.
	shareKept = 0.5
)

// sharesBack is when each node served at least half of the share of operations that it had in
// the base line: a node can be ready and in use, and yet not trusted with its part.
func (v *view) sharesBack(s span) (back, bool) {
	base, n := v.shares(v.phases.Before)
	if n < shareLeast || len(base) < 2 {
		return back{}, false
	}
	b := back{Least: s.From, Most: s.From}
	for t := s.From; t+shareWindow <= s.To; t += time.Second {
		now, n := v.shares(span{t, t + shareWindow})
		if n < shareLeast {
			return back{}, false
		}
		b.Shown = true
		for node, was := range base {
			if was >= 0.1 && now[node] < shareKept*was {
				b.Shown, b.Least, b.Most = false, t, t+shareWindow
				b.What = fmt.Sprintf("%s serves %s of requests, before %s", node, percent(now[node]), percent(was))
				break
			}
		}
	}
	return b, s.length() >= 2*shareWindow
}

// shares are the parts of the operations begun in s that each node is known to have served.
func (v *view) shares(s span) (of map[string]float64, n int) {
	of = map[string]float64{}
	for _, node := range v.servers() {
		k := v.servedIn(node, s)
		of[node] = float64(k)
		n += k
	}
	for node := range of {
		of[node] /= float64(max(1, n))
	}
	return of, n
}

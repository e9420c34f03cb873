package reports

import (
	"fmt"
	"time"

	"holdfast/load"
)

const (
	// slowTimes is how many times slower than the others' a node's p95 must be to be worth a word
	// without an objective.
	slowTimes = 3.0
	// slowLeast is the least difference that a client could notice.
	slowLeast = 20 * time.Millisecond
	// slowSamples are needed of a node and of the others.
	slowSamples = 200
)

// checkSlowNode compares each node's p95, of the operations it answered well, with that of all
// the others together. A node that is slow and not ejected hides in an overall percentile.
func checkSlowNode(v *view) []Finding {
	limit := v.objectives.SlowNode
	worst, judged := v.slowest(before, after)
	var out []Finding
	switch {
	case limit > 0 && judged == 0:
		out = append(out, unknown("", slowClaim(limit), fmt.Sprintf("%d operations of each of two nodes in a steady window, with the node's name", slowSamples)))
	case limit > 0 || worst.surely() >= slowTimes && worst.noticed():
		out = append(out, worst.finding(limit))
	}
	if d, n := v.slowest(during); n > 0 && d.surely() >= slowTimes && d.noticed() {
		out = append(out, d.finding(0))
	}
	return out
}

func slowClaim(limit float64) string {
	if limit == 0 {
		return "a slow node in use"
	}
	return "no node's p95 is more than " + digits(limit) + " times the others'"
}

// contrast is a node's p95 beside the others', each with its interval.
type contrast struct {
	node, phase           string
	own, ownLow, ownHigh  time.Duration
	rest, restLow, restHi time.Duration
}

// surely is the least ratio that the intervals allow.
func (c contrast) surely() float64 { return float64(c.ownLow) / max(1, float64(c.restHi)) }
func (c contrast) most() float64   { return float64(c.ownHigh) / max(1, float64(c.restLow)) }
func (c contrast) noticed() bool   { return c.ownLow-c.restHi >= slowLeast }

func (c contrast) finding(limit float64) Finding {
	f := Finding{
		Claim: slowClaim(limit), Verdict: Pass, Info: limit == 0,
		Measured: fmt.Sprintf("%s %s (95 %%: %s to %s), the others %s, %s", c.node, say(c.own), say(c.ownLow), say(c.ownHigh), say(c.rest), c.phase),
		Numbers: map[string]float64{"ratio": float64(c.own) / max(1, float64(c.rest)), "lower_times": c.surely(), "upper_times": c.most(),
			"p95_ms": ms(c.own), "others_p95_ms": ms(c.rest)},
	}
	switch {
	case limit == 0:
	case c.surely() > limit && c.noticed():
		f.Verdict = Fail
	case c.most() > limit && c.ownHigh-c.restLow >= slowLeast && float64(c.own) > limit*float64(c.rest):
		f.Verdict, f.Missing = Inconclusive, "more operations: the limit lies within the intervals"
	}
	return f
}

// slowest is the node that differs most from the others, in one of the phases, and how many were
// compared.
func (v *view) slowest(phases ...string) (worst contrast, judged int) {
	for _, phase := range phases {
		own := map[string]histogram{}
		for _, node := range v.servers() {
			h := newHistogram()
			for _, i := range v.served()[node] {
				if o := &v.Operations[i]; o.Outcome == load.OK && v.phaseAt(o) == phase {
					h.record(o.End - o.Start)
				}
			}
			own[node] = h
		}
		for _, node := range v.servers() {
			c, ok := contrastOf(node, own)
			if !ok {
				continue
			}
			c.phase = phase
			if judged++; judged == 1 || c.surely() > worst.surely() {
				worst = c
			}
		}
	}
	return worst, judged
}

// phaseAt is the phase in which an operation began and, before the disruptions, ended too.
func (v *view) phaseAt(o *load.Operation) string {
	p := v.phases
	switch {
	case p.During.has(o.Start) || p.Before.has(o.Start) && o.End > p.Before.To && p.During.length() > 0:
		return during
	case p.Before.has(o.Start):
		return before
	case p.After.has(o.Start):
		return after
	}
	return ""
}

func contrastOf(node string, all map[string]histogram) (contrast, bool) {
	c, rest := contrast{node: node}, newHistogram()
	for name, h := range all {
		if name != node {
			rest.Merge(h.Histogram)
		}
	}
	if all[node].TotalCount() < slowSamples || rest.TotalCount() < slowSamples {
		return c, false
	}
	var ok, also bool
	c.own, c.ownLow, c.ownHigh, ok = all[node].quantile(0.95)
	c.rest, c.restLow, c.restHi, also = rest.quantile(0.95)
	return c, ok && also
}

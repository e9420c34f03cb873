package reports

import (
	"fmt"
	"strings"
)

// checkSamples judges what was sampled against the bounds promised for it, on every node that
// has the metric. A phase without a reading leaves the claim open.
func checkSamples(v *view) []Finding {
	var out []Finding
	for _, o := range v.objectives.Samples {
		out = append(out, sampleBound(v, o))
	}
	return out
}

func (o SampleObjective) claim() string {
	var bounds []string
	if o.Min != nil {
		bounds = append(bounds, "at least "+digits(*o.Min))
	}
	if o.Max != nil {
		bounds = append(bounds, "at most "+digits(*o.Max))
	}
	where := " throughout"
	if o.In == "steady" {
		where = " in the steady state"
	}
	return o.Metric + " " + strings.Join(bounds, " and ") + where
}

// holds says whether a reading keeps the bounds.
func (o SampleObjective) holds(x float64) bool {
	return (o.Max == nil || x <= *o.Max) && (o.Min == nil || x >= *o.Min)
}

// extreme are the readings of one objective.
type extreme struct {
	n, broken int
	low, high Sample
	first     Sample // that broke it
	unread    []string
}

func sampleBound(v *view, o SampleObjective) Finding {
	spans := []span{v.phases.Before, v.phases.During, v.phases.After}
	if o.In == "steady" {
		spans = []span{v.phases.Before, v.phases.After}
	}
	e := extreme{}
	for _, within := range spans {
		e.phase(v, o, within)
	}
	if e.n == 0 {
		return unknown("", o.claim(), "a reading of "+o.Metric+" while measuring")
	}
	f := Finding{
		Claim: o.claim(), Verdict: Pass,
		Measured: fmt.Sprintf("%s (%s) to %s (%s) in %s", digits(e.low.Value), e.low.Node, digits(e.high.Value), e.high.Node, plural(e.n, "reading")),
		Numbers:  map[string]float64{"readings": float64(e.n), "broken": float64(e.broken), "min": e.low.Value, "max": e.high.Value},
	}
	switch {
	case e.broken > 0:
		f.Verdict = Fail
		f.Measured += fmt.Sprintf("; broken by %s, first %s on %s at %s", plural(e.broken, "reading"), digits(e.first.Value), e.first.Node, at(e.first.At))
	case len(e.unread) > 0:
		f.Verdict, f.Missing = Inconclusive, "readings: "+strings.Join(e.unread, "; ")
	}
	return f
}

// phase takes what was read in a phase. A node alone may be away or change its role; a phase in
// which none was read shows nothing.
func (e *extreme) phase(v *view, o SampleObjective, s span) {
	was := e.n
	for _, metric := range v.metrics(o.Metric) {
		of := v.readings(metric)
		for _, node := range of.nodes() {
			for _, x := range window(of[node], s) {
				e.reading(o, x)
			}
		}
	}
	if e.n == was && s.length() > silence {
		e.unread = append(e.unread, fmt.Sprintf("none of %s from %s to %s", o.Metric, at(s.From), at(s.To)))
	}
}

func (e *extreme) reading(o SampleObjective, x Sample) {
	if e.n == 0 || x.Value < e.low.Value {
		e.low = x
	}
	if e.n == 0 || x.Value > e.high.Value {
		e.high = x
	}
	if e.n++; o.holds(x.Value) {
		return
	}
	if e.broken++; e.broken == 1 || x.At < e.first.At {
		e.first = x
	}
}

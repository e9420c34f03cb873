package reports

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// apart is how long nodes may serve different values in the steady state if nothing was
// promised: far longer than any cache's invalidation takes.
const apart = 15 * time.Second

// consistent are the metrics whose text every Keycloak node must agree on, with their names for
// people.
var consistent = []struct{ metric, name string }{{"issuer", "issuer"}, {"keys", "key set"}, {"marker", "realm"}}

// checkConsistency asks whether every node serves the same issuer, keys and realm. A change seen
// on one must be on every serving node in time, and nodes that differ for long while nothing is
// disrupted fail whatever was promised.
func checkConsistency(v *view) []Finding {
	var out []Finding
	for _, c := range consistent {
		if all := v.readings(c.metric); len(all) > 0 {
			out = append(out, consistency(v, c.name, all))
		}
	}
	if limit := v.objectives.Consistency; limit > 0 && len(out) == 0 {
		return []Finding{unknown("", consistencyClaim(limit, "issuer, keys and realm"), "readings of what each node serves")}
	}
	return out
}

func consistencyClaim(limit time.Duration, name string) string {
	if limit == 0 {
		return "the same " + name + " on every node in the steady state"
	}
	return "the same " + name + " on every node within " + say(limit) + " of a change"
}

// difference is a stretch in which two serving nodes gave different answers.
type difference struct {
	From, To   time.Duration // of the readings that differed
	before, by time.Duration // the last reading that agreed before it, the first after it
	a, b       string        // what differed, as node=value
	readings   int
}

func (d difference) least() time.Duration { return d.To - d.From }
func (d difference) most() time.Duration  { return d.by - d.before }

func consistency(v *view, name string, all readings) Finding {
	limit := v.objectives.Consistency
	f := Finding{Claim: consistencyClaim(limit, name), Verdict: Pass, Numbers: map[string]float64{"nodes": float64(len(all))}}
	if len(all) < 2 {
		f.Info, f.Measured = limit == 0, "one node was read"
		if limit > 0 {
			f.Verdict, f.Missing = Inconclusive, "readings of what a second node serves"
		}
		return f
	}
	found, rounds := v.differences(all)
	f.Info = limit == 0 // unless it fails
	f.Measured = fmt.Sprintf("%s never differed in %s of %s", name, plural(rounds, "reading"), strings.Join(all.nodes(), ", "))
	var worst difference
	for _, d := range found {
		if d.least() > worst.least() || worst.readings == 0 {
			worst = d
		}
	}
	f.Numbers["differed_lower_ms"], f.Numbers["differed_upper_ms"] = ms(worst.least()), ms(worst.most())
	if worst.readings > 0 {
		f.Measured = fmt.Sprintf("differed for %s from %s (%s, %s)", between(worst.least(), worst.most()), at(worst.From), worst.a, worst.b)
	}
	for _, d := range found {
		verdict, why := v.judgeDifference(d)
		if verdict == Fail {
			f.Info = false
		}
		if !f.Info && verdict.rank() > f.Verdict.rank() {
			f.Verdict, f.Missing = verdict, why
		}
	}
	if f.Verdict == Fail {
		f.Missing = ""
	}
	if limit > 0 && f.Verdict == Pass && rounds == 0 {
		f.Verdict, f.Missing = Inconclusive, "readings of two serving nodes at once"
	}
	return f
}

// judgeDifference asks how long a difference lasted, and how long in the steady state.
func (v *view) judgeDifference(d difference) (Verdict, string) {
	limit := v.objectives.Consistency
	seen := span{d.From, d.To}
	steady := max(v.phases.Before.overlap(seen), v.phases.After.overlap(seen))
	switch {
	case limit > 0 && d.least() > limit, steady > max(limit, apart) && d.readings >= 3:
		return Fail, ""
	case limit > 0 && d.most() > limit:
		return Inconclusive, "the limit lies between two readings: sample more often"
	}
	return Pass, ""
}

// differences finds the stretches in which the answers of nodes that were ready differed, at the
// same reading, and counts the readings of at least two.
func (v *view) differences(all readings) (out []difference, rounds int) {
	at := map[time.Duration]map[string]string{}
	var instants []time.Duration
	for node, list := range all {
		for _, x := range list {
			if !v.phases.All.has(x.At) || !v.servesAt(node, x.At) || x.Text == "" {
				continue
			}
			if at[x.At] == nil {
				at[x.At] = map[string]string{}
				instants = append(instants, x.At)
			}
			at[x.At][node] = x.Text
		}
	}
	slices.Sort(instants)
	last := v.phases.All.From
	var open *difference
	for _, t := range instants {
		if len(at[t]) < 2 {
			continue
		}
		rounds++
		a, b, differ := disagree(at[t])
		switch {
		case differ && open == nil:
			open = &difference{From: t, To: t, before: last, by: v.phases.All.To, a: a, b: b, readings: 1}
		case differ:
			open.To, open.readings = t, open.readings+1
		case open != nil:
			open.by = t
			out, open = append(out, *open), nil
		}
		last = t
	}
	if open != nil {
		out = append(out, *open)
	}
	return out, rounds
}

// servesAt says that the node was not read to be out of service.
func (v *view) servesAt(node string, t time.Duration) bool {
	x, ok := valueAt(v.readings("ready")[node], t)
	return !ok || x.Value == 1
}

// disagree names two nodes that differ.
func disagree(texts map[string]string) (a, b string, differ bool) {
	nodes := readings{}
	for node := range texts {
		nodes[node] = nil
	}
	names := nodes.nodes()
	for _, n := range names[1:] {
		if texts[n] != texts[names[0]] {
			return names[0] + "=" + brief(texts[names[0]]), n + "=" + brief(texts[n]), true
		}
	}
	return "", "", false
}

// brief keeps a value short enough to be read in a table.
func brief(s string) string {
	const most = 60
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}

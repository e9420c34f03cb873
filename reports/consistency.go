package reports

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"holdfast/chaos"
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
	out := changes(v)
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

func consistency(v *view, name string, all readings) Finding {
	limit := v.objectives.Consistency
	f := Finding{Claim: consistencyClaim(limit, name), Verdict: Pass, Info: limit == 0, Numbers: map[string]float64{"nodes": float64(len(all))}}
	if len(all) < 2 {
		f.Measured = "one node was read"
		if limit > 0 {
			f.Verdict, f.Missing = Inconclusive, "readings of what a second node serves"
		}
		return f
	}
	found, compared := v.differences(all)
	f.Measured = "never seen to differ on " + strings.Join(all.nodes(), ", ")
	if worst := longestDifference(found); worst.a != "" {
		f.Measured = fmt.Sprintf("differed for %s from %s (%s, %s)", between(worst.sure.length(), worst.maybe.length()), at(worst.sure.From), worst.a, worst.b)
		f.Numbers["differed_lower_ms"], f.Numbers["differed_upper_ms"] = ms(worst.sure.length()), ms(worst.maybe.length())
	}
	for _, d := range found {
		verdict, why := v.judgeDifference(d)
		if verdict == Fail {
			f.Info = false // whatever was promised
		}
		if !f.Info && verdict.rank() > f.Verdict.rank() {
			f.Verdict, f.Missing = verdict, why
		}
	}
	if limit > 0 && f.Verdict == Pass && !compared {
		f.Verdict, f.Missing = Inconclusive, "readings of two serving nodes at about the same time"
	}
	return f
}

// judgeDifference asks how long a difference lasted, and how long in the steady state.
func (v *view) judgeDifference(d difference) (Verdict, string) {
	limit := v.objectives.Consistency
	steady := max(v.phases.Before.overlap(d.sure), v.phases.After.overlap(d.sure))
	switch {
	case limit > 0 && d.sure.length() > limit, steady > max(limit, apart):
		return Fail, ""
	case limit > 0 && d.maybe.length() > limit && !v.watched(d):
		return Inconclusive, "the limit lies between two readings: sample more often"
	}
	return Pass, ""
}

// everywhere is the step of a disruption at which every node was seen to serve what it changed.
const everywhere = "everywhere"

// watched says that the difference is that of a change which was itself watched until every node
// had it, more often than nodes are sampled.
func (v *view) watched(d difference) bool {
	return slices.ContainsFunc(v.Injections, func(in chaos.Injection) bool {
		t, ok := step(in, everywhere)
		return ok && in.Receipt.Requested != nil && d.maybe.overlap(span{*in.Receipt.Requested, t + stepPeriod}) > 0
	})
}

// changes judges the changes that were made through one node, by the instant at which every
// other had them too.
func changes(v *view) (out []Finding) {
	limit := v.objectives.Consistency
	for _, in := range v.Injections {
		t, seen := step(in, everywhere)
		if !in.Receipt.Proven() || !seen && in.Kind != "realm-change" && in.Kind != "key-rotation" {
			continue
		}
		f := Finding{Claim: "what " + in.ID + " changed is on every node", Verdict: Pass, Info: limit == 0, Measured: "not seen", Numbers: map[string]float64{}}
		if limit > 0 {
			f.Claim += " within " + say(limit)
		}
		took := t - *in.Receipt.Requested
		if seen {
			f.Measured = "after " + between(max(0, took-stepPeriod), took)
			f.Numbers["everywhere_ms"] = ms(took)
		}
		switch {
		case limit == 0:
		case !seen:
			f.Verdict, f.Missing = Inconclusive, "the instant at which every node served it"
		case took-stepPeriod > limit:
			f.Verdict = Fail
		case took > limit:
			f.Verdict, f.Missing = Inconclusive, "the limit lies within the error of the step's instant"
		}
		out = append(out, f)
	}
	return out
}

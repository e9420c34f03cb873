package reports

import (
	"fmt"
	"slices"
	"time"

	"holdfast/chaos"
)

// checkRecovery is, for each disruption, how long clients were not served as before: from its
// effect, and again from the beginning of its undo, since a node that comes back disturbs too.
func checkRecovery(v *view) []Finding {
	limit := v.objectives.Recovery
	if !v.disrupted() {
		if limit == 0 {
			return nil
		}
		return []Finding{{Claim: recoveryClaim(limit, "any disruption"), Measured: "nothing was to be disrupted", Verdict: Pass, Info: true}}
	}
	var out []Finding
	for _, in := range v.Injections {
		if in.Receipt.Proven() {
			out = append(out, recovery(v, in))
		}
	}
	if len(out) == 0 && limit > 0 {
		return []Finding{unknown("", recoveryClaim(limit, "a disruption"), "a disruption that is proven to have taken effect")}
	}
	return out
}

func recoveryClaim(limit time.Duration, what string) string {
	if limit == 0 {
		return "recovery from " + what
	}
	return "served as before within " + say(limit) + " of " + what
}

// recovery measures one disruption. The loss and the return are measured apart if clients were
// seen to be served in between; so is what began with another disruption, which is its own.
func recovery(v *view, in chaos.Injection) Finding {
	effect, end := *in.Receipt.Effective, v.phases.All.To
	spans := []span{{effect, end}}
	if t := in.Receipt.Ended; t != nil && *t > effect && *t < end {
		if v.settles(span{effect, *t}).Shown {
			spans = []span{{effect, *t}, {*t, end}}
		}
	}
	f := Finding{Claim: recoveryClaim(v.objectives.Recovery, in.ID), Verdict: Pass, Numbers: map[string]float64{}}
	for k, s := range spans {
		s = v.untilAnother(in, s)
		c := v.settles(s)
		part := recoveryPart(c, s)
		prefix := ""
		if k == 0 {
			f.Measured = part
		} else {
			f.Measured += "; after its undo began: " + part
			prefix = "undo_"
		}
		f.Numbers[prefix+"lower_ms"] = ms(c.Least - s.From)
		if c.Shown {
			f.Numbers[prefix+"upper_ms"] = ms(c.Most - s.From)
			f.Numbers[prefix+"recovery_ms"] = ms((c.Least + c.Most - 2*s.From) / 2)
		}
		if c.Disturbed {
			f.Numbers[prefix+"detected_ms"] = ms(c.FirstBad - s.From)
		}
		verdict, missing := judgeRecovery(v, c, s)
		f.Verdict = Worst(f.Verdict, verdict)
		if missing != "" {
			f.Missing = missing
		}
	}
	if v.objectives.Recovery == 0 {
		f.Info, f.Verdict, f.Missing = true, Pass, ""
	}
	return f
}

// untilAnother is the span until another disruption, or its undo, began while clients were served
// as before again; the whole of it if there is none.
func (v *view) untilAnother(in chaos.Injection, s span) span {
	for _, t := range v.others(in, s) {
		if upTo := (span{s.From, t}); v.settles(upTo).Shown {
			return upTo
		}
	}
	return s
}

// others are the instants within s at which another disruption or its undo began, in order.
func (v *view) others(in chaos.Injection, s span) (begins []time.Duration) {
	for _, other := range v.Injections {
		if other.ID == in.ID || !other.Receipt.Proven() {
			continue
		}
		for _, t := range []*time.Duration{other.Receipt.Requested, other.Receipt.Ended} {
			if t != nil && *t > s.From && *t < s.To {
				begins = append(begins, *t)
			}
		}
	}
	slices.Sort(begins)
	return begins
}

func recoveryPart(c calm, s span) string {
	switch {
	case !c.Shown && c.Disturbed:
		return fmt.Sprintf("not seen in the %s that were left", say(s.length()))
	case !c.Shown:
		return "too few arrivals to tell"
	case c.Least == s.From && c.Disturbed:
		return "no lasting interruption"
	case c.Least == s.From:
		return "no interruption seen (± " + say(c.Most-s.From) + ")"
	}
	return between(c.Least-s.From, c.Most-s.From)
}

func judgeRecovery(v *view, c calm, s span) (Verdict, string) {
	limit := v.objectives.Recovery
	switch {
	case c.Least-s.From > limit:
		return Fail, ""
	case !c.Shown:
		return Inconclusive, fmt.Sprintf("at least %s and %d good arrivals after the last bad one (%s of them at %s/s)",
			say(calmTime), fewGood, say(s.To-c.Least), digits(v.rate("")))
	case c.Most-s.From > limit:
		return Inconclusive, "the limit lies between two arrivals: offer more of them a second"
	}
	return Pass, ""
}

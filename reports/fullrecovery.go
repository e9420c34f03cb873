package reports

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"holdfast/chaos"
)

// checkFullRecovery is, for each disruption, the time from the beginning of its undo until
// redundancy and latency are back: serving is not yet surviving the next loss.
func checkFullRecovery(v *view) []Finding {
	limit := v.objectives.FullRecovery
	if !v.disrupted() {
		if limit == 0 {
			return nil
		}
		return []Finding{{Claim: fullClaim(limit, "any disruption's end"), Measured: "nothing was to be disrupted", Verdict: Pass, Info: true}}
	}
	var out []Finding
	for _, in := range v.Injections {
		if in.Receipt.Proven() && in.Receipt.Ended != nil {
			out = append(out, fullRecovery(v, in))
		}
	}
	if len(out) == 0 && limit > 0 {
		return []Finding{unknown("", fullClaim(limit, "a disruption's end"), "a disruption that is proven to have taken effect and whose undo began")}
	}
	return out
}

func fullClaim(limit time.Duration, what string) string {
	if limit == 0 {
		return "redundancy and latency back after " + what
	}
	return "redundancy and latency back within " + say(limit) + " of " + what
}

// back is when something was as before: between Least and Most if Shown, not before Least if
// not. Missing says what is lacking to know even that.
type back struct {
	Least, Most time.Duration
	Shown       bool
	Away        bool   // it was away as the span began
	What        string // what was last, or is lacking
	Missing     string
}

// fullRecovery looks at each quantity from the beginning of the undo on. One that never comes
// back, with the load unchanged, is the mark of a metastable failure, so it is named first. What
// another disruption took away when all was back is its own.
func fullRecovery(v *view, in chaos.Injection) Finding {
	limit, s := v.objectives.FullRecovery, span{*in.Receipt.Ended, v.phases.All.To}
	all := v.quantities(s)
	for _, t := range v.others(in, s) {
		upTo := v.quantities(span{s.From, t})
		if len(upTo) == len(all) && !slices.ContainsFunc(upTo, func(q quantity) bool { return !q.Shown || q.Missing != "" }) {
			all, s = upTo, span{s.From, t}
			break
		}
	}
	f := Finding{Claim: fullClaim(limit, "the end of "+in.ID), Verdict: Pass, Numbers: map[string]float64{}}
	var away, parts []string
	for _, q := range all {
		f.Numbers[q.name+"_lower_ms"] = ms(q.Least - s.From)
		if q.Shown {
			f.Numbers[q.name+"_upper_ms"] = ms(q.Most - s.From)
		} else if q.Missing == "" && q.Least > s.From {
			away = append(away, q.name)
		}
		if text := q.text(s); q.name == "redundancy" || q.name == "latency" || text != neverAway && q.Missing == "" {
			parts = append(parts, q.name+" "+text)
		}
		verdict, missing := q.judge(limit, s)
		f.Verdict = Worst(f.Verdict, verdict)
		if missing != "" && f.Missing == "" {
			f.Missing = missing
		}
	}
	f.Measured = strings.Join(parts, "; ")
	if len(away) > 0 {
		f.Measured = "NOT AS BEFORE: " + strings.Join(away, ", ") + ". " + f.Measured
	}
	switch {
	case limit == 0:
		f.Info, f.Verdict, f.Missing = true, Pass, ""
	case f.Verdict == Fail:
		f.Missing = ""
	}
	return f
}

// neverAway is said of what a disruption did not touch.
const neverAway = "never away"

func (b back) text(s span) string {
	switch {
	case b.Missing != "":
		return "not known"
	case !b.Shown:
		return fmt.Sprintf("not back after %s (%s)", say(b.Least-s.From), b.What)
	case b.Least <= s.From && !b.Away:
		return neverAway
	}
	return between(b.Least-s.From, b.Most-s.From)
}

func (b back) judge(limit time.Duration, s span) (Verdict, string) {
	switch {
	case b.Missing == "" && b.Least-s.From > limit:
		return Fail, ""
	case b.Missing != "":
		return Inconclusive, b.Missing
	case !b.Shown:
		return Inconclusive, "observe for longer than " + say(limit) + " after the end of the disruption"
	case b.Most-s.From > limit:
		return Inconclusive, "the limit lies between two readings: sample more often"
	}
	return Pass, ""
}

package reports

import (
	"slices"
	"strings"
	"time"

	"holdfast/chaos"
)

// stepPeriod is how often the steps of a disruption are looked for: an instant is at most so
// much later than what it saw. (The runner of the disruptions looks every 100 ms; a database's
// own answer may take as long again.)
const stepPeriod = 200 * time.Millisecond

// failoverSteps are the instants of a failover in their order: the loss was noticed, a successor
// was chosen, it serves, and it can be lost in its turn.
var failoverSteps = []string{"detected", "decided", "serving", "redundant"}

// checkFailover is, for each disruption in which another node took over, the time from its
// effect until each step.
func checkFailover(v *view) []Finding {
	limit := v.objectives.Failover
	var out []Finding
	for _, in := range v.Injections {
		if in.Receipt.Proven() && takesOver(in) {
			out = append(out, failover(v, in))
		}
	}
	switch {
	case limit == 0 || len(out) > 0:
		return out
	case !v.disrupted():
		return []Finding{{Claim: failoverClaim(limit, "any disruption"), Measured: "nothing was to be disrupted", Verdict: Pass, Info: true}}
	}
	return []Finding{unknown("", failoverClaim(limit, "a disruption"), "a disruption in which another node took over, with its steps")}
}

func failoverClaim(limit time.Duration, what string) string {
	if limit == 0 {
		return "failover after " + what
	}
	return "another node serves within " + say(limit) + " of " + what
}

// takesOver says that the disruption is one in which another node takes over, by its kind or by
// the steps that were seen of it. A promotion beside a living primary is none.
func takesOver(in chaos.Injection) bool {
	if in.Kind == "db-promote" {
		return false
	}
	for _, s := range in.Receipt.Steps {
		if slices.Contains(failoverSteps, s.Name) {
			return true
		}
	}
	return slices.Contains([]string{"db-failover", "db-switchover", "site-failover", "site-failback"}, in.Kind)
}

func failover(v *view, in chaos.Injection) Finding {
	limit, effective := v.objectives.Failover, *in.Receipt.Effective
	f := Finding{Claim: failoverClaim(limit, in.ID), Verdict: Pass, Numbers: map[string]float64{"step_period_ms": ms(stepPeriod)}}
	var parts []string
	for _, s := range in.Receipt.Steps {
		// The effect is seen on the last target; what another tier noticed can be earlier.
		after := max(0, s.At-effective)
		f.Numbers[numberName(s.Name)+"_ms"] = ms(after)
		parts = append(parts, s.Name+" "+say(after))
	}
	f.Measured = strings.Join(parts, ", ")
	if len(parts) == 0 {
		f.Measured = "no step was seen"
	} else {
		f.Measured += " (± " + say(stepPeriod) + ")"
	}
	serving, seen := step(in, "serving")
	switch least := serving - effective - stepPeriod; {
	case limit == 0:
		f.Info = true
	case !seen && v.noSuccessor(in, limit):
		f.Verdict = Fail
		f.Measured += "; no other database server was the primary within " + say(limit)
	case !seen:
		f.Verdict, f.Missing = Inconclusive, "the instant at which another node served"
	case least > limit:
		f.Verdict = Fail
	case serving-effective > limit:
		f.Verdict, f.Missing = Inconclusive, "the limit lies within the error of the step's instant"
	}
	return f
}

// noSuccessor says that every other database server was read to be no primary, from the effect
// until later than the limit.
func (v *view) noSuccessor(in chaos.Injection, limit time.Duration) bool {
	s := span{*in.Receipt.Effective, *in.Receipt.Effective + limit + silence}
	seen := false
	for node, all := range v.readings("primary") {
		if slices.Contains(in.Targets, node) {
			continue
		}
		part := window(all, s)
		if len(part) == 0 || part[len(part)-1].At < s.To-silence {
			return false
		}
		for _, x := range part {
			if x.Value == 1 {
				return false
			}
		}
		seen = true
	}
	return seen
}

// step finds an instant of a disruption.
func step(in chaos.Injection, name string) (time.Duration, bool) {
	for _, s := range in.Receipt.Steps {
		if s.Name == name {
			return s.At, true
		}
	}
	return 0, false
}

// numberName makes a word fit for a number's name.
func numberName(s string) string {
	return strings.Map(func(c rune) rune {
		if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' {
			return c
		}
		return '_'
	}, strings.ToLower(s))
}

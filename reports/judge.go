package reports

import (
	"fmt"
	"maps"
	"slices"
)

// A checker judges one kind of claim from the History alone. It returns no finding when nothing
// of its kind was promised and it has nothing to tell.
type checker struct {
	name string
	// claims says that its findings answer the scenario's objectives; the others are about
	// whether the run may be believed.
	claims bool
	check  func(*view) []Finding
}

// checkers is every checker there is, in the order they are shown.
func checkers() []checker {
	return []checker{
		{"recovery", true, checkRecovery},
		{"full_recovery", true, checkFullRecovery},
		{"outage", true, checkOutage},
		{"journeys", true, checkJourneys},
		{"failover", true, checkFailover},
		{"sessions", true, checkSessions},
		{"rpo", true, checkRPO},
		{"availability", true, checkAvailability},
		{"fault_errors", true, checkFaultErrors},
		{"errors", true, checkErrors},
		{"latency", true, checkLatency},
		{"slow_node", true, checkSlowNode},
		{"health", true, checkHealth},
		{"consistency", true, checkConsistency},
		{"split_brain", true, checkSplitBrain},
		{"samples", true, checkSamples},
		{"leak", true, checkLeak},
		{"retries", true, checkRetries},
		{"reused", true, checkReused},
		{"clients", false, checkClients},
		{"receipts", false, checkReceipts},
		{"healed", false, checkHealed},
		{"generator", false, checkGenerator},
		{"completeness", false, checkCompleteness},
		{"budget", false, checkBudget},
	}
}

// Judge concludes from the History and nothing else: the same History, the same report. Its
// objectives are resolved first.
func Judge(h *History) *Report { return judgeWith(h, checkers()) }

func judgeWith(h *History, list []checker) *Report {
	objectives, err := Resolve(h.Meta.Objectives)
	v := newView(h, objectives)
	r := describe(v)
	if err != nil {
		r.Findings = append(r.Findings, unknown("objectives", "the objectives are known", err.Error()))
	}
	answered := false
	for _, c := range list {
		found := run(c, v)
		answered = answered || c.claims && slices.ContainsFunc(found, func(f Finding) bool { return !f.Info })
		r.Findings = append(r.Findings, found...)
	}
	if !answered {
		r.Findings = append(r.Findings, unknown("objectives", "something was promised",
			"no objective was given that this run could answer: name a profile or set one"))
	}
	r.Verdict = conclude(r.Findings)
	return r
}

// run is one checker's findings. One that panics is evidence of nothing.
func run(c checker, v *view) (found []Finding) {
	defer func() {
		if p := recover(); p != nil {
			found = []Finding{unknown(c.name, c.name+" could be checked", fmt.Sprintf("the checker %s broke: %v", c.name, p))}
		}
	}()
	for _, f := range c.check(v) {
		f.Checker = c.name
		f.Numbers = finite(f.Numbers)
		found = append(found, f)
	}
	return found
}

// conclude is the worst verdict of the findings that count.
func conclude(all []Finding) Verdict {
	var counted []Verdict
	for _, f := range all {
		if !f.Info {
			counted = append(counted, f.Verdict)
		}
	}
	return Worst(counted...)
}

// unknown is a finding that the History cannot answer.
func unknown(name, claim, missing string) Finding {
	return Finding{Checker: name, Claim: claim, Measured: "not known", Verdict: Inconclusive, Missing: missing}
}

// finite leaves out what is not a number: JSON has no word for it.
func finite(in map[string]float64) map[string]float64 {
	out := maps.Clone(in)
	maps.DeleteFunc(out, func(_ string, x float64) bool { return x-x != 0 })
	return out
}

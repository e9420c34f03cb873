package reports

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"holdfast/load"
)

// SessionCounts is the ledger, counted by fate.
type SessionCounts struct {
	Cohort        int `json:"cohort" jsonschema:"description=acknowledged before the first disruption and followed through all"`
	Kept          int `json:"kept" jsonschema:"description=of the cohort"`
	Lost          int `json:"lost" jsonschema:"description=of the cohort"`
	Indeterminate int `json:"indeterminate" jsonschema:"description=of the cohort"`
	Ended         int `json:"ended" jsonschema:"description=of the cohort: logged out and stayed so"`
	Others        int `json:"others" jsonschema:"description=acknowledged later and asked after"`
	OthersLost    int `json:"others_lost"`
	OthersUnknown int `json:"others_indeterminate"`
	Swapped       int `json:"swapped" jsonschema:"description=of anyone: another user's identity came back"`
	Resurrected   int `json:"resurrected" jsonschema:"description=of anyone: a logout was undone"`
	Replayed      int `json:"replayed" jsonschema:"description=of anyone: what may be used once was accepted twice"`
}

// countSessions counts the ledger. One that says it is of the cohort but was acknowledged after
// the first disruption shows nothing of continuity and is counted among the others.
func countSessions(v *view) SessionCounts {
	var c SessionCounts
	for _, s := range v.Sessions {
		if isLock(s) {
			continue
		}
		switch s.Fate {
		case load.Swapped:
			c.Swapped++
		case load.Resurrected:
			c.Resurrected++
		case load.Replayed:
			c.Replayed++
		}
		if !s.Cohort || v.phases.During.length() > 0 && s.Since >= v.phases.During.From {
			c.Others++
			switch {
			case s.Fate == load.Lost:
				c.OthersLost++
			case undecided(s.Fate):
				c.OthersUnknown++
			}
			continue
		}
		c.Cohort++
		switch {
		case s.Fate == load.Kept:
			c.Kept++
		case s.Fate == load.Ended:
			c.Ended++
		case s.Fate == load.Lost:
			c.Lost++
		case undecided(s.Fate):
			c.Indeterminate++
		}
	}
	return c
}

func undecided(f load.Fate) bool {
	return !violation(f) && f != load.Kept && f != load.Lost && f != load.Ended
}

// checkSessions judges what became of the sessions. Another user's identity, a logout undone
// and a single use accepted twice are failures whatever was promised.
func checkSessions(v *view) []Finding {
	c := countSessions(v)
	var out []Finding
	if n := c.Swapped + c.Resurrected + c.Replayed; n > 0 {
		out = append(out, Finding{
			Claim:    "no session swapped, resurrected or replayed",
			Measured: fmt.Sprintf("%d swapped, %d resurrected, %d replayed", c.Swapped, c.Resurrected, c.Replayed) + eventText(v, violation),
			Verdict:  Fail,
			Numbers:  map[string]float64{"swapped": float64(c.Swapped), "resurrected": float64(c.Resurrected), "replayed": float64(c.Replayed)},
		})
	}
	if f, ok := locks(v); ok {
		out = append(out, f)
	}
	if v.objectives.SessionsLost == nil && len(v.Sessions) == 0 {
		return out
	}
	return append(out, continuity(v, c))
}

// isLock says that a line of the ledger is no session but an account that wrong passwords had
// locked: lost, if the right one was then accepted.
func isLock(s load.Session) bool {
	return s.Event == "brute-force lock" || strings.HasPrefix(s.ID, "lock-")
}

// locks judges whether accounts that were locked stayed so. A forgotten count of wrong passwords
// is a loss as a session's is, so it is promised with them.
func locks(v *view) (Finding, bool) {
	kept, lost, open := 0, 0, 0
	for _, s := range v.Sessions {
		switch {
		case !isLock(s):
		case s.Fate == load.Lost:
			lost++
		case s.Fate == load.Kept:
			kept++
		default:
			open++
		}
	}
	limit := v.objectives.SessionsLost
	f := Finding{
		Claim: "brute-force locks hold", Verdict: Pass, Info: limit == nil,
		Measured: fmt.Sprintf("%d of %d held, %d forgotten", kept, kept+lost+open, lost),
		Numbers:  map[string]float64{"held": float64(kept), "forgotten": float64(lost), "indeterminate": float64(open)},
	}
	switch {
	case limit == nil:
	case lost > *limit:
		f.Verdict = Fail
	case lost+open > *limit:
		f.Verdict, f.Missing = Inconclusive, fmt.Sprintf("an answer about %s", plural(open, "locked account"))
	}
	return f, kept+lost+open > 0
}

func continuity(v *view, c SessionCounts) Finding {
	lost, maybe, followed := c.Lost+c.OthersLost, c.Indeterminate+c.OthersUnknown, c.Kept+c.Lost+c.Indeterminate
	f := Finding{Claim: "sessions kept", Measured: sessionText(c), Verdict: Pass, Numbers: map[string]float64{
		"cohort": float64(c.Cohort), "kept": float64(c.Kept), "lost": float64(c.Lost), "indeterminate": float64(c.Indeterminate),
		"others": float64(c.Others), "others_lost": float64(c.OthersLost), "others_indeterminate": float64(c.OthersUnknown),
		"lost_upper_ratio": upperRatio(c.Lost, c.Kept+c.Lost), "lost_lower_ratio": lowerRatio(c.Lost, c.Kept+c.Lost)}}
	f.Measured += eventText(v, func(f load.Fate) bool { return f == load.Lost })
	limit := v.objectives.SessionsLost
	if limit == nil {
		f.Info = true
		return f
	}
	f.Claim = fmt.Sprintf("at most %d sessions lost", *limit)
	if *limit == 0 {
		f.Claim = "no session lost"
	}
	switch {
	case lost > *limit:
		f.Verdict = Fail
	case followed == 0:
		f.Verdict, f.Missing = Inconclusive, "a cohort of sessions acknowledged before the disruption, and what became of it"
	case lost+maybe > *limit:
		f.Verdict, f.Missing = Inconclusive, fmt.Sprintf("an answer about %s", plural(maybe, "session"))
	}
	return f
}

// eventText counts what was lost, undone or used twice in the sessions of those fates, by its
// name.
func eventText(v *view, of func(load.Fate) bool) string {
	counts := map[string]int{}
	for _, s := range v.Sessions {
		if of(s.Fate) && s.Event != "" && !isLock(s) {
			counts[s.Event]++
		}
	}
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		parts = append(parts, fmt.Sprintf("%s %d", name, counts[name]))
	}
	if len(parts) == 0 {
		return ""
	}
	return " (by event: " + strings.Join(parts, ", ") + ")"
}

func sessionText(c SessionCounts) string {
	parts := []string{fmt.Sprintf("%d of %d kept", c.Kept, c.Cohort-c.Ended), fmt.Sprintf("%d lost", c.Lost)}
	if c.Indeterminate > 0 {
		parts = append(parts, fmt.Sprintf("%d indeterminate", c.Indeterminate))
	}
	if n := c.Kept + c.Lost; n > 0 {
		parts = append(parts, fmt.Sprintf("surely at most %s lost", percent(upperRatio(c.Lost, n))))
	}
	if c.Others > 0 {
		later := fmt.Sprintf("of %d later ones %d lost", c.Others, c.OthersLost)
		if c.OthersUnknown > 0 {
			later += fmt.Sprintf(" and %d indeterminate", c.OthersUnknown)
		}
		parts = append(parts, later)
	}
	return strings.Join(parts, ", ")
}

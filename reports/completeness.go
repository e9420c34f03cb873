package reports

import (
	"fmt"
	"strings"

	"holdfast/load"
)

// checkCompleteness asks whether the History is all there: its end, every record, and every
// arrival that the classes say they scheduled.
func checkCompleteness(v *view) []Finding {
	var lacking []string
	if !v.Complete {
		lacking = append(lacking, "the run was cut short")
	}
	if v.Corrupt > 0 {
		lacking = append(lacking, plural(v.Corrupt, "record")+" could not be read")
	}
	if v.Torn > 0 {
		lacking = append(lacking, fmt.Sprintf("the last %d bytes are not whole records", v.Torn))
	}
	if len(v.Meta.Classes) == 0 {
		lacking = append(lacking, "no traffic class was described")
	}
	if _, ok := markAt(v.History, before); !ok {
		lacking = append(lacking, "measuring never began")
	}
	recorded := tallies(v)
	for _, c := range v.Meta.Classes {
		if why := unaccounted(v, c.Name, recorded[c.Name]); why != "" {
			lacking = append(lacking, why)
		}
	}
	f := Finding{
		Claim:    "the record is complete",
		Measured: fmt.Sprintf("%s, %s, %s", plural(len(v.Arrivals), "arrival"), plural(len(v.Operations), "operation"), plural(len(v.Samples), "sample")),
		Verdict:  Pass,
		Numbers:  map[string]float64{"arrivals": float64(len(v.Arrivals)), "operations": float64(len(v.Operations)), "corrupt": float64(v.Corrupt), "torn_bytes": float64(v.Torn)},
	}
	if len(lacking) > 0 {
		f.Verdict, f.Missing = Inconclusive, strings.Join(lacking, "; ")
	}
	return []Finding{f}
}

// tallies counts, for each class, what is in the History.
func tallies(v *view) map[string]load.Tally {
	out := map[string]load.Tally{}
	seen := newBySeq[bool]()
	for i := range v.Arrivals {
		a := &v.Arrivals[i]
		if seen.get(a.Class, a.Seq) {
			continue // the same arrival twice accounts for one
		}
		seen.set(a.Class, a.Seq, true)
		t := out[a.Class]
		t.Scheduled++
		switch {
		case a.Dropped:
			t.Dropped++
		case a.Starved:
			t.Starved++
		default:
			t.Started++
		}
		out[a.Class] = t
	}
	return out
}

// unaccounted says how a class's own account differs from its arrivals in the History.
func unaccounted(v *view, class string, got load.Tally) string {
	var own []load.Tally
	for _, t := range v.Tallies {
		if t.Class == class {
			own = append(own, t)
		}
	}
	if len(own) != 1 {
		return fmt.Sprintf("class %s has %d accounts of its arrivals, not one", class, len(own))
	}
	t := own[0]
	switch {
	case t.Scheduled == 0:
		return "class " + class + " had no arrival"
	case t.Scheduled != t.Started+t.Dropped+t.Starved:
		return fmt.Sprintf("class %s scheduled %d arrivals, but accounts for %d", class, t.Scheduled, t.Started+t.Dropped+t.Starved)
	case got.Started != t.Started || got.Dropped != t.Dropped || got.Starved != t.Starved:
		return fmt.Sprintf("class %s accounts for %d arrivals, %d are recorded", class, t.Scheduled, got.Scheduled)
	}
	return ""
}

package reports

import (
	"fmt"
	"strings"
)

// checkHealed asks whether everything that was disrupted was undone and serves again.
func checkHealed(v *view) []Finding {
	if len(v.Injections) == 0 {
		return nil
	}
	var lacking []string
	healed, touched := 0, 0
	for _, in := range v.Injections {
		if in.Receipt.Requested == nil && in.Receipt.Effective == nil {
			continue // never begun, so there is nothing to heal
		}
		touched++
		switch {
		case !in.Undone:
			lacking = append(lacking, in.ID+": not healed, its undo was not seen to work")
		case in.Receipt.Healed == nil:
			lacking = append(lacking, in.ID+": not healed, its targets were not seen to serve again")
		default:
			healed++
		}
	}
	f := Finding{
		Claim: "everything undone and healed", Measured: fmt.Sprintf("%d of %d", healed, touched), Verdict: Pass,
		Numbers: map[string]float64{"healed": float64(healed), "made": float64(touched)},
	}
	if len(lacking) > 0 {
		f.Verdict, f.Missing = Inconclusive, strings.Join(lacking, "; ")
	}
	return []Finding{f}
}

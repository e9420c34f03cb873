package reports

import (
	"fmt"
	"strings"

	"holdfast/chaos"
)

// checkReceipts asks, for everything that was planned, for proof that it happened to its targets
// and to nothing else.
func checkReceipts(v *view) []Finding {
	if !v.disrupted() {
		return []Finding{{Claim: "every disruption proven", Measured: "none was planned", Verdict: Pass, Info: true}}
	}
	made := map[string]chaos.Injection{}
	ids := []string{}
	for _, in := range v.Injections {
		made[in.ID] = in
		ids = append(ids, in.ID)
	}
	var lacking []string
	for _, p := range v.Meta.Plan {
		if _, ok := made[p.ID]; !ok {
			lacking = append(lacking, p.ID+": there is no record of it")
		}
	}
	proven := 0
	for _, id := range ids {
		if why := unproven(made[id]); why != "" {
			lacking = append(lacking, id+": "+why)
		} else {
			proven++
		}
	}
	f := Finding{
		Claim:    "every disruption proven",
		Measured: fmt.Sprintf("%d of %d", proven, proven+len(lacking)) + controls(v.Injections),
		Verdict:  Pass,
		Numbers:  map[string]float64{"proven": float64(proven), "planned": float64(len(v.Meta.Plan))},
	}
	if len(lacking) > 0 {
		f.Verdict, f.Missing = Inconclusive, strings.Join(lacking, "; ")
	}
	return []Finding{f}
}

// unproven says what a disruption's receipt lacks, or nothing.
func unproven(in chaos.Injection) string {
	r := in.Receipt
	switch {
	case in.Refused != "":
		return "refused: " + in.Refused
	case in.Err != "" && !r.Proven():
		return in.Err
	case !r.Proven():
		return "its effect was not seen"
	case *r.Effective < *r.Requested:
		return "its effect was there before it was asked for"
	case len(r.Evidence) == 0:
		return "no evidence of its effect"
	case in.Err != "":
		return in.Err
	case r.Control == "":
		return ""
	case r.ControlOK == nil:
		return "the control " + r.Control + " was not looked at"
	case !*r.ControlOK:
		return "the control " + r.Control + " was disturbed too"
	}
	return ""
}

// controls names the controls that were shown to be untouched; those that were not are lacking.
func controls(all []chaos.Injection) string {
	var names []string
	named := false
	for _, in := range all {
		named = named || in.Receipt.Control != ""
		if ok := in.Receipt.ControlOK; ok != nil && *ok {
			names = append(names, in.Receipt.Control)
		}
	}
	switch {
	case !named:
		return ", without a control"
	case len(names) == 0:
		return ""
	}
	return ", control " + strings.Join(names, ", ") + " untouched"
}

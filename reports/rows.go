package reports

import (
	"fmt"
	"strconv"
	"strings"
)

// What every format shows of a report, as words.

func verdictLine(r *Report) string {
	line := strings.ToUpper(string(r.Verdict))
	if n := failing(r, Fail); n > 0 {
		line += fmt.Sprintf(": %s not kept", plural(n, "promise"))
	}
	if n := failing(r, Inconclusive); n > 0 {
		line += fmt.Sprintf(", %d without enough evidence", n)
		line = strings.Replace(line, "INCONCLUSIVE, ", "INCONCLUSIVE: ", 1)
	}
	if !r.Complete {
		line += "; the run is INCOMPLETE"
	}
	return line + simulated(r)
}

func failing(r *Report, v Verdict) int {
	n := 0
	for _, f := range r.Findings {
		if !f.Info && f.Verdict.rank() == v.rank() {
			n++
		}
	}
	return n
}

// simulated marks what did not happen on a deployment.
func simulated(r *Report) string {
	if r.Simulated {
		return " (SIMULATED: the in-process twin, not a deployment)"
	}
	return ""
}

func digitsOf(n uint64) string { return strconv.FormatUint(n, 10) }

// claimRows are the findings that count; infoRows the rest.
func claimRows(r *Report) (out [][]string) {
	for _, f := range r.Findings {
		if f.Info {
			continue
		}
		measured := f.Measured
		if f.Missing != "" {
			measured += " (missing: " + f.Missing + ")"
		}
		out = append(out, []string{f.Claim, measured, string(f.Verdict)})
	}
	return out
}

func infoRows(r *Report) (out [][]string) {
	worst := worstClassOutage(r)
	for _, f := range r.Findings {
		switch {
		case !f.Info:
		case f.Checker == "availability" && f.Claim != "availability": // has a table of its own
		case f.Checker == "outage" && strings.HasPrefix(f.Claim, "outage of ") && f.Claim != worst:
		case f.Checker == "outage" && strings.HasPrefix(f.Claim, "longest outage of ") && f.Claim != worst:
		default:
			out = append(out, []string{f.Claim, f.Measured})
		}
	}
	return out
}

// worstClassOutage is the claim of the one class whose outage is worth a line.
func worstClassOutage(r *Report) string {
	claim, most := "", -1.0
	for _, f := range r.Findings {
		if _, class, ok := strings.Cut(f.Claim, "outage of "); ok && class != "" && f.Checker == "outage" && f.Numbers["outage_ms"] > most {
			claim, most = f.Claim, f.Numbers["outage_ms"]
		}
	}
	return claim
}

func faultRows(r *Report) (out [][]string) {
	for _, f := range r.Faults {
		control := f.Control
		switch {
		case control == "":
			control = "none"
		case f.ControlOK != nil && *f.ControlOK:
			control += " untouched"
		case f.ControlOK != nil:
			control += " DISTURBED"
		}
		proof := "proven"
		if f.Proof != "" {
			proof = "NOT PROVEN"
		}
		out = append(out, []string{f.ID, strings.Join(f.Targets, " "), seconds(f.RequestedMs), seconds(f.EffectiveMs),
			seconds(f.EndedMs), seconds(f.HealedMs), control, proof})
	}
	return out
}

// The titles of the tables.
const (
	faultTitle        = "Disruptions, in seconds from the start of the run"
	availabilityTitle = "Availability: answered as it should be, before the time-out"
	latencyTitle      = "Response time in ms from when each was due, of those that succeeded: p50 / p95 / p99 / max (– is too few to tell)"
	infoTitle         = "Also seen"
)

var (
	claimHead = []string{"promised", "measured", "verdict"}
	infoHead  = []string{"what", "measured"}
)

var faultHead = []string{"disruption", "on", "requested", "effective", "undo", "healed", "control", "receipt"}

func seconds(ms *float64) string {
	if ms == nil {
		return "not seen"
	}
	return fmt.Sprintf("%.1f s", *ms/1000)
}

var availabilityHead = []string{"journey", "good", "of", "share", "95 % interval", before, during, after, "failed", "unknown", "late"}

// availabilityRows count each journey over the measured run, and all of them together.
func availabilityRows(r *Report) (out [][]string) {
	all := map[string]AvailabilityRow{}
	order := journeysOf(r)
	for _, a := range r.Journeys {
		for _, name := range []string{a.Journey, "all"} {
			for _, key := range []string{name, name + " " + a.Phase} {
				s := all[key]
				s.Good, s.Total = s.Good+a.Good, s.Total+a.Total
				s.Failed, s.Unknown, s.Late = s.Failed+a.Failed, s.Unknown+a.Unknown, s.Late+a.Late
				all[key] = s
			}
		}
	}
	if len(order) > 1 {
		order = append(order, "all")
	}
	for _, j := range order {
		a := all[j]
		lo, hi := wilson(a.Total-a.Good, a.Total)
		row := []string{j, strconv.Itoa(a.Good), strconv.Itoa(a.Total), shareOf(a), share(1-hi) + " to " + share(1-lo)}
		for _, phase := range []string{before, during, after} {
			row = append(row, shareOf(all[j+" "+phase]))
		}
		out = append(out, append(row, strconv.Itoa(a.Failed), strconv.Itoa(a.Unknown), strconv.Itoa(a.Late)))
	}
	return out
}

func shareOf(a AvailabilityRow) string {
	if a.Total == 0 {
		return ""
	}
	return share(float64(a.Good) / float64(a.Total))
}

func journeysOf(r *Report) (out []string) {
	for _, a := range r.Journeys {
		if len(out) == 0 || out[len(out)-1] != a.Journey {
			out = append(out, a.Journey)
		}
	}
	return out
}

var latencyHead = []string{"journey", before, during, after}

// latencyRows put the phases of each journey side by side: p50 / p95 / p99 / max.
func latencyRows(r *Report) (out [][]string) {
	cells := map[[2]string]string{}
	for _, l := range r.Latency {
		cells[[2]string{l.Journey, l.Phase}] = strings.Join([]string{millis(l.P50Ms), millis(l.P95Ms), millis(l.P99Ms), millis(&l.MaxMs)}, " / ")
	}
	for _, j := range journeysOf(r) {
		row := []string{j}
		for _, phase := range []string{before, during, after} {
			row = append(row, cells[[2]string{j, phase}])
		}
		out = append(out, row)
	}
	return out
}

func millis(ms *float64) string {
	if ms == nil {
		return "–"
	}
	return digits(*ms)
}

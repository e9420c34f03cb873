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
	for _, f := range r.Findings {
		// The availability of each journey has a table of its own.
		if f.Info && !(f.Checker == "availability" && f.Claim != "availability") {
			out = append(out, []string{f.Claim, f.Measured})
		}
	}
	return out
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

var faultHead = []string{"disruption", "on", "requested", "effective", "undo", "healed", "control", "receipt"}

func seconds(ms *float64) string {
	if ms == nil {
		return "not seen"
	}
	return fmt.Sprintf("%.1f s", *ms/1000)
}

var journeyHead = []string{"journey", "phase", "good", "of", "share", "failed", "unknown", "p50", "p95", "p99", "max"}

// journeyRows put the availability and the latency of each journey and phase side by side.
func journeyRows(r *Report) (out [][]string) {
	latency := map[[2]string]LatencyRow{}
	for _, l := range r.Latency {
		latency[[2]string{l.Journey, l.Phase}] = l
	}
	for _, a := range r.Journeys {
		row := []string{a.Journey, a.Phase, strconv.Itoa(a.Good), strconv.Itoa(a.Total), share(float64(a.Good) / float64(a.Total)),
			strconv.Itoa(a.Failed), strconv.Itoa(a.Unknown + a.Late)}
		l, ok := latency[[2]string{a.Journey, a.Phase}]
		if !ok {
			out = append(out, append(row, "", "", "", ""))
			continue
		}
		p95 := millis(l.P95Ms)
		if l.P95LowMs != nil {
			p95 += fmt.Sprintf(" (%s–%s)", digits(*l.P95LowMs), digits(*l.P95HighMs))
		}
		out = append(out, append(row, millis(l.P50Ms), p95, millis(l.P99Ms), millis(&l.MaxMs)))
	}
	return out
}

func millis(ms *float64) string {
	if ms == nil {
		return "few"
	}
	return digits(*ms)
}

package scenarios

import (
	"fmt"
	"math"
	"strings"

	"holdfast/reports"
)

// printObjectives writes what was promised, with the profile's promises filled in.
func printObjectives(b *strings.Builder, s Scenario) {
	fmt.Fprintf(b, "\nobjectives: profile %s\n", s.Objectives.Profile)
	o, err := reports.Resolve(s.Objectives)
	if err != nil {
		fmt.Fprintf(b, "  %v\n", err)
		return
	}
	if o.Recovery > 0 {
		fmt.Fprintf(b, "  clients are served as before within %s of a disruption\n", Brief(o.Recovery))
	}
	if o.FullRecovery > 0 {
		fmt.Fprintf(b, "  redundancy and latency are back within %s of its end\n", Brief(o.FullRecovery))
	}
	if o.Outage != nil {
		fmt.Fprintf(b, "  never longer than %s without a success\n", Brief(*o.Outage))
	}
	if o.SessionsLost != nil {
		fmt.Fprintf(b, "  at most %d acknowledged sessions are lost\n", *o.SessionsLost)
	}
	if o.P95 > 0 {
		fmt.Fprintf(b, "  95 %% of journeys answered within %s in the steady state\n", Brief(o.P95))
	}
	if o.P99 > 0 {
		fmt.Fprintf(b, "  99 %% of journeys answered within %s in the steady state\n", Brief(o.P99))
	}
	if o.ErrorRatio != nil {
		fmt.Fprintf(b, "  at most %s %% errors in the steady state\n", share(*o.ErrorRatio))
	}
	if o.FaultErrorRatio != nil {
		fmt.Fprintf(b, "  at most %s %% bad arrivals until full recovery\n", share(*o.FaultErrorRatio))
	}
	if o.Availability > 0 {
		fmt.Fprintf(b, "  at least %s %% of arrivals are good\n", share(o.Availability))
	}
}

// share is a ratio in per cent.
func share(ratio float64) string { return plain(math.Round(ratio*1e8) / 1e6) }

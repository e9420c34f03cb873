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
	printFailover(b, o)
	for _, x := range o.Samples {
		fmt.Fprintf(b, "  %s\n", sampleText(x))
	}
}

// printFailover writes the promises about the tiers behind Keycloak and about health.
func printFailover(b *strings.Builder, o reports.Objectives) {
	if o.Failover > 0 {
		fmt.Fprintf(b, "  a tier that fails over serves again within %s\n", Brief(o.Failover))
	}
	if o.RPO != nil && *o.RPO == 0 {
		b.WriteString("  no acknowledged event is lost (RPO 0)\n")
	} else if o.RPO != nil {
		fmt.Fprintf(b, "  no acknowledged event older than %s before a disruption is lost (RPO)\n", Brief(*o.RPO))
	}
	if o.FalseHealthy != nil {
		fmt.Fprintf(b, "  no node says for more than %s that it is well while its clients fail\n", Brief(*o.FalseHealthy))
	}
	if o.FalseUnhealthy != nil {
		fmt.Fprintf(b, "  no node says for more than %s that it is not well while its clients are served\n", Brief(*o.FalseUnhealthy))
	}
	if o.Consistency > 0 {
		fmt.Fprintf(b, "  a change made through one node is served by all within %s\n", Brief(o.Consistency))
	}
	if o.SlowNode > 0 {
		fmt.Fprintf(b, "  no node is %s times slower than the others in the steady state\n", plain(o.SlowNode))
	}
	if o.Amplification > 0 {
		fmt.Fprintf(b, "  no arrival costs %s times the requests of the base line\n", plain(o.Amplification))
	}
}

// sampleText is a bound of a sampled metric in words.
func sampleText(x reports.SampleObjective) string {
	text := x.Metric
	if x.Min != nil {
		text += " at least " + plain(*x.Min)
	}
	if x.Min != nil && x.Max != nil {
		text += " and"
	}
	if x.Max != nil {
		text += " at most " + plain(*x.Max)
	}
	if x.In == "steady" {
		return text + " in the steady state"
	}
	return text
}

// share is a ratio in per cent.
func share(ratio float64) string { return plain(math.Round(ratio*1e8) / 1e6) }

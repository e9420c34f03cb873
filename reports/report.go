package reports

import (
	"time"

	"holdfast/load"
)

// ResultFormat names the shape of result.json.
const ResultFormat = "holdfast-result/1"

// Report is what was concluded from a History, and the numbers to see it by. Encoded as JSON it
// is result.json.
type Report struct {
	Format      string            `json:"format" jsonschema:"const=holdfast-result/1"`
	Verdict     Verdict           `json:"verdict" jsonschema:"enum=pass,enum=inconclusive,enum=fail"`
	Complete    bool              `json:"complete" jsonschema:"description=the run reached its end; one cut short is never a pass"`
	Simulated   bool              `json:"simulated" jsonschema:"description=on the in-process twin and not on a deployment"`
	Run         string            `json:"run"`
	Scenario    string            `json:"scenario"`
	Description string            `json:"description"`
	Seed        uint64            `json:"seed"`
	Started     time.Time         `json:"started"`
	Version     string            `json:"version"`
	Facts       map[string]string `json:"facts"`
	Objectives  Promises          `json:"objectives"`
	Findings    []Finding         `json:"findings"`
	Phases      []PhaseRow        `json:"phases"`
	Faults      []FaultRow        `json:"faults"`
	Journeys    []AvailabilityRow `json:"availability"`
	Latency     []LatencyRow      `json:"latency"`
	Sessions    SessionCounts     `json:"sessions"`
}

// Promises are the resolved objectives; null is no objective.
type Promises struct {
	Profile         string   `json:"profile"`
	RecoveryMs      *float64 `json:"recovery_ms" jsonschema:"oneof_type=number;null"`
	OutageMs        *float64 `json:"outage_ms" jsonschema:"oneof_type=number;null"`
	SessionsLost    *int     `json:"sessions_lost" jsonschema:"oneof_type=integer;null"`
	P95Ms           *float64 `json:"p95_ms" jsonschema:"oneof_type=number;null"`
	P99Ms           *float64 `json:"p99_ms" jsonschema:"oneof_type=number;null"`
	ErrorRatio      *float64 `json:"error_ratio" jsonschema:"oneof_type=number;null"`
	FaultErrorRatio *float64 `json:"fault_error_ratio" jsonschema:"oneof_type=number;null"`
	Availability    *float64 `json:"availability" jsonschema:"oneof_type=number;null"`
	FullRecoveryMs  *float64 `json:"full_recovery_ms" jsonschema:"oneof_type=number;null"`

	RPOMs            *float64          `json:"rpo_ms" jsonschema:"oneof_type=number;null"`
	FailoverMs       *float64          `json:"failover_ms" jsonschema:"oneof_type=number;null"`
	FalseHealthyMs   *float64          `json:"false_healthy_ms" jsonschema:"oneof_type=number;null"`
	FalseUnhealthyMs *float64          `json:"false_unhealthy_ms" jsonschema:"oneof_type=number;null"`
	ConsistencyMs    *float64          `json:"consistency_ms" jsonschema:"oneof_type=number;null"`
	SlowNode         *float64          `json:"slow_node" jsonschema:"oneof_type=number;null,description=times slower than the others"`
	Amplification    *float64          `json:"amplification" jsonschema:"oneof_type=number;null,description=times more requests for each arrival than in the base line"`
	Samples          []SampleObjective `json:"samples"`
}

// PhaseRow is a judged stretch of the run, in offsets from its start.
type PhaseRow struct {
	Phase  string  `json:"phase" jsonschema:"enum=before,enum=during,enum=after"`
	FromMs float64 `json:"from_ms"`
	ToMs   float64 `json:"to_ms"`
}

// FaultRow is a disruption with its four instants; null is one that was not observed.
type FaultRow struct {
	ID          string   `json:"id"`
	Kind        string   `json:"kind"`
	Maintenance bool     `json:"maintenance"`
	Targets     []string `json:"targets"`
	RequestedMs *float64 `json:"requested_ms" jsonschema:"oneof_type=number;null"`
	EffectiveMs *float64 `json:"effective_ms" jsonschema:"oneof_type=number;null"`
	EndedMs     *float64 `json:"ended_ms" jsonschema:"oneof_type=number;null"`
	HealedMs    *float64 `json:"healed_ms" jsonschema:"oneof_type=number;null"`
	Control     string   `json:"control"`
	ControlOK   *bool    `json:"control_ok" jsonschema:"oneof_type=boolean;null"`
	Proof       string   `json:"proof" jsonschema:"description=what is lacking, or empty"`
}

// AvailabilityRow counts the arrivals of a journey in one phase.
type AvailabilityRow struct {
	Journey string `json:"journey"`
	Phase   string `json:"phase"`
	Total   int    `json:"total"`
	Good    int    `json:"good"`
	Failed  int    `json:"failed" jsonschema:"description=the server said no; what the generator dropped is in here"`
	Unknown int    `json:"unknown" jsonschema:"description=no answer: it may have happened"`
	Late    int    `json:"late" jsonschema:"description=answered after the journey's time-out"`
}

// LatencyRow is the response time from due of the arrivals of a journey that succeeded, in one
// phase. A percentile is null when fewer than ten samples lie beyond it.
type LatencyRow struct {
	Journey   string   `json:"journey"`
	Phase     string   `json:"phase"`
	Count     int      `json:"count"`
	P50Ms     *float64 `json:"p50_ms" jsonschema:"oneof_type=number;null"`
	P95Ms     *float64 `json:"p95_ms" jsonschema:"oneof_type=number;null"`
	P95LowMs  *float64 `json:"p95_low_ms" jsonschema:"oneof_type=number;null"`
	P95HighMs *float64 `json:"p95_high_ms" jsonschema:"oneof_type=number;null"`
	P99Ms     *float64 `json:"p99_ms" jsonschema:"oneof_type=number;null"`
	MaxMs     float64  `json:"max_ms"`
}

// describe fills in everything but the findings and the verdict.
func describe(v *view) *Report {
	m := v.Meta
	r := &Report{
		Format: ResultFormat, Verdict: Inconclusive, Complete: v.Complete, Simulated: m.Simulated,
		Run: m.Run, Scenario: m.Scenario, Description: m.Description, Seed: m.Seed, Started: m.Started, Version: m.Version,
		Facts: m.Facts, Objectives: promises(v.objectives), Findings: []Finding{}, Sessions: countSessions(v),
		Phases: []PhaseRow{}, Faults: []FaultRow{}, Journeys: []AvailabilityRow{}, Latency: []LatencyRow{},
	}
	if r.Facts == nil {
		r.Facts = map[string]string{}
	}
	for _, p := range []struct {
		name string
		span
	}{{before, v.phases.Before}, {during, v.phases.During}, {after, v.phases.After}} {
		if p.length() == 0 {
			continue
		}
		r.Phases = append(r.Phases, PhaseRow{p.name, ms(p.From), ms(p.To)})
	}
	for _, in := range v.Injections {
		r.Faults = append(r.Faults, FaultRow{
			ID: in.ID, Kind: in.Kind, Maintenance: in.Maintenance, Targets: append([]string{}, in.Targets...),
			RequestedMs: instant(in.Receipt.Requested), EffectiveMs: instant(in.Receipt.Effective),
			EndedMs: instant(in.Receipt.Ended), HealedMs: instant(in.Receipt.Healed),
			Control: in.Receipt.Control, ControlOK: in.Receipt.ControlOK, Proof: unproven(in),
		})
	}
	for _, j := range v.journeys {
		for _, phase := range []string{before, during, after} {
			r.tabulate(v, j, phase)
		}
	}
	return r
}

func (r *Report) tabulate(v *view, journey, phase string) {
	row, h := AvailabilityRow{Journey: journey, Phase: phase}, newHistogram()
	for _, i := range v.byJourney[journey] {
		if v.phase[i] != phase {
			continue
		}
		a := v.load[i]
		row.Total++
		switch {
		case v.good(a):
			row.Good++
			h.record(a.End - a.Due)
		case a.Outcome == load.OK:
			row.Late++
		case a.Outcome == load.Failed:
			row.Failed++
		default:
			row.Unknown++
		}
	}
	if row.Total == 0 {
		return
	}
	r.Journeys = append(r.Journeys, row)
	if row.Good == 0 {
		return
	}
	l := LatencyRow{Journey: journey, Phase: phase, Count: row.Good, MaxMs: float64(h.Max()) / 1000}
	if x, _, _, ok := h.quantile(0.50); ok {
		l.P50Ms = ptr(ms(x))
	}
	if x, lo, hi, ok := h.quantile(0.95); ok {
		l.P95Ms, l.P95LowMs, l.P95HighMs = ptr(ms(x)), ptr(ms(lo)), ptr(ms(hi))
	}
	if x, _, _, ok := h.quantile(0.99); ok {
		l.P99Ms = ptr(ms(x))
	}
	r.Latency = append(r.Latency, l)
}

func promises(o Objectives) Promises {
	p := Promises{
		Profile: o.Profile, OutageMs: instant(o.Outage), SessionsLost: o.SessionsLost, ErrorRatio: o.ErrorRatio, FaultErrorRatio: o.FaultErrorRatio,
		RecoveryMs: positive(o.Recovery), P95Ms: positive(o.P95), P99Ms: positive(o.P99), FullRecoveryMs: positive(o.FullRecovery),
		RPOMs: instant(o.RPO), FailoverMs: positive(o.Failover), FalseHealthyMs: instant(o.FalseHealthy), FalseUnhealthyMs: instant(o.FalseUnhealthy),
		ConsistencyMs: positive(o.Consistency), Samples: append([]SampleObjective{}, o.Samples...),
		Availability: above(o.Availability), SlowNode: above(o.SlowNode), Amplification: above(o.Amplification),
	}
	return p
}

// above is the number, or null if none was promised.
func above(x float64) *float64 {
	if x <= 0 {
		return nil
	}
	return &x
}

func instant(t *time.Duration) *float64 {
	if t == nil {
		return nil
	}
	return ptr(ms(*t))
}

func positive(d time.Duration) *float64 {
	if d <= 0 {
		return nil
	}
	return ptr(ms(d))
}

// Package reports keeps the History of a run, judges it with checkers and writes the verdict
// down. Checkers read the History and nothing else.
package reports

import (
	"time"

	"holdfast/chaos"
	"holdfast/load"
)

// History is everything a run recorded, on one monotonic axis of offsets from its start.
type History struct {
	Meta       Meta
	Arrivals   []load.Arrival
	Operations []load.Operation
	Sessions   []load.Session // the ledger as settled at the end of the run
	Lookups    []load.Lookup
	Gauges     []load.Gauge
	Tallies    []load.Tally
	Injections []chaos.Injection
	Samples    []Sample
	Marks      []Mark
	// Complete is true if the run reached its end record; a run cut short is never a pass.
	Complete bool
	// Torn is how many bytes at the end of the file were not whole records.
	Torn int64
	// Corrupt is how many records before the tail failed their checksum.
	Corrupt int
}

// Meta is what the run was: written first.
type Meta struct {
	Run         string            `json:"run"`
	Scenario    string            `json:"scenario"`
	Description string            `json:"description"`
	Simulated   bool              `json:"simulated"` // the in-process twin, not a deployment
	Seed        uint64            `json:"seed"`
	Started     time.Time         `json:"started"` // wall clock of offset 0
	Version     string            `json:"version"` // of holdfast
	Facts       map[string]string `json:"facts"`
	Plan        []PlannedFault    `json:"plan"`
	Classes     []ClassMeta       `json:"classes"`
	Objectives  Objectives        `json:"objectives"`
	// Nodes are the environment's nodes by name, with their roles.
	Nodes map[string]string `json:"nodes"`
	// Sites are the nodes' sites by name.
	Sites map[string]string `json:"sites,omitempty"`
	// Clients are the client profiles of the mix; empty when there is one only.
	Clients []ClientMeta `json:"clients,omitempty"`
	// Timeout bounds each journey.
	Timeout time.Duration `json:"timeout"`
	// Keycloaks is how many Keycloak nodes should be serving when nothing is broken.
	Keycloaks int `json:"keycloaks"`
	// Cores is how many the generator may use; the [Writer] fills it in when it is 0.
	Cores int `json:"cores"`
}

// PlannedFault is one entry of the plan: what should be found among the Injections.
type PlannedFault struct {
	ID      string        `json:"id"`
	Kind    string        `json:"kind"`
	Targets []string      `json:"targets"`
	At      time.Duration `json:"at"`  // from the start of the fault phase
	For     time.Duration `json:"for"` // until its undo begins
}

// ClassMeta describes a traffic class as asked for.
type ClassMeta struct {
	Name     string  `json:"name"`
	Journey  string  `json:"journey"`
	Rate     float64 `json:"rate"`     // mean arrivals per second
	Schedule string  `json:"schedule"` // for people: "poisson 4/s for 2m0s, seed 12"
}

// ClientMeta describes a client profile as asked for.
type ClientMeta struct {
	Name    string  `json:"name"`
	Profile string  `json:"profile"` // ttl, sticky, forever, fresh
	HTTP    string  `json:"http"`    // "1.1" or "2"
	Retry   string  `json:"retry"`   // none, browser
	Share   float64 `json:"share"`   // of the arrivals, 0..1
}

// Mark is the beginning of a phase: "warmup", "before", "faults", "after", "settle", "end".
// "faults" begins when the first disruption may be made; "after" when everything planned was
// undone and healed (or given up on).
type Mark struct {
	At    time.Duration `json:"at"`
	Phase string        `json:"phase"`
}

// Sample is one reading of the deployment; see fixtures.Sample for the metrics.
type Sample struct {
	At     time.Duration `json:"at"`
	Node   string        `json:"node"`
	Metric string        `json:"metric"`
	Value  float64       `json:"value"`
	Text   string        `json:"text,omitempty"`
}

// Verdict is what is concluded. Worse is greater: Pass < Inconclusive < Fail.
type Verdict string

// The verdicts.
const (
	Pass         Verdict = "pass"
	Inconclusive Verdict = "inconclusive"
	Fail         Verdict = "fail"
)

// Finding is one claim's judgement with its numbers.
type Finding struct {
	Checker  string  `json:"checker"`  // "availability", "outage", …
	Claim    string  `json:"claim"`    // what was claimed: "recovered within 30 s of a node's loss"
	Measured string  `json:"measured"` // with its error: "4.2 s ± 0.1 s"
	Verdict  Verdict `json:"verdict"`
	// Missing says what evidence is lacking when Inconclusive, and how long a run would be needed.
	Missing string             `json:"missing,omitempty"`
	Numbers map[string]float64 `json:"numbers,omitempty"` // by name with unit suffix: "p95_ms", "upper_ratio"
	// Info findings carry numbers without an objective; their verdict is Pass and does not count.
	Info bool `json:"info,omitempty"`
}

// Objectives are what a scenario promises. A zero value of a field means "no objective".
type Objectives struct {
	Profile string `yaml:"profile" json:"profile" jsonschema:"enum=keycloak-docs,enum=strict,enum=none,description=ready-made objectives; the other fields override it"`
	// Recovery bounds the time from a disruption's effect until clients are served as before.
	Recovery time.Duration `yaml:"recovery" json:"recovery"`
	// Outage bounds the longest time in which nothing succeeded; 0 promises that no arrival at all went bad.
	Outage *time.Duration `yaml:"outage" json:"outage"`
	// SessionsLost is the greatest number of acknowledged sessions that may be lost.
	SessionsLost *int `yaml:"sessions_lost" json:"sessions_lost"`
	// P95 and P99 bound response times from due in the steady windows (before and after), over all
	// journeys and for each journey that has samples enough of its own.
	P95 time.Duration `yaml:"p95" json:"p95"`
	P99 time.Duration `yaml:"p99" json:"p99"`
	// ErrorRatio bounds the share of bad operations in the steady windows, claimed with 95 % confidence; 0 promises that there is
	// none, on evidence that suffices for 0.1 %. FaultErrorRatio bounds the share of bad arrivals while disruptions were made and healed.
	ErrorRatio      *float64 `yaml:"error_ratio" json:"error_ratio"`
	FaultErrorRatio *float64 `yaml:"fault_error_ratio" json:"fault_error_ratio"`
	// Availability is the least share of good arrivals over the whole measured run (0..1), claimed with 95 % confidence.
	Availability float64 `yaml:"availability" json:"availability"`
	// FullRecovery bounds the time from a disruption's end until redundancy and latency are back.
	FullRecovery time.Duration `yaml:"full_recovery" json:"full_recovery"`
	// RPO bounds how far before a disruption's effect an acknowledged event may be that it cost; 0 promises that none was lost.
	RPO *time.Duration `yaml:"rpo" json:"rpo"`
	// Failover bounds the time from a disruption's effect until the tier serves again with another node in charge.
	Failover time.Duration `yaml:"failover" json:"failover"`
	// FalseHealthy and FalseUnhealthy bound the time a node's health said other than what its clients met.
	FalseHealthy   *time.Duration `yaml:"false_healthy" json:"false_healthy"`
	FalseUnhealthy *time.Duration `yaml:"false_unhealthy" json:"false_unhealthy"`
	// Consistency bounds the time until a change made through one node is served by every node.
	Consistency time.Duration `yaml:"consistency" json:"consistency"`
	// SlowNode bounds how many times slower than the other nodes' the p95 of one node may be in the steady windows.
	SlowNode float64 `yaml:"slow_node" json:"slow_node" jsonschema:"description=how many times slower than the others' one node's p95 may be in the steady windows; 3 means three times"`
	// Amplification bounds how many times more requests than in the base line each arrival may cost: a retry storm has more.
	Amplification float64 `yaml:"amplification" json:"amplification" jsonschema:"description=how many times more requests than in the base line each arrival may cost; 1.5 means half as many again"`
	// Samples bound what was sampled.
	Samples []SampleObjective `yaml:"samples,omitempty" json:"samples,omitempty"`
	// Yearly are the event rates that the yearly estimate of downtime assumes; nothing is judged by them.
	Yearly *YearlyRates `yaml:"yearly,omitempty" json:"yearly,omitempty"`
}

// YearlyRates are how often a deployment meets each kind of event in a year; see [DefaultYearly].
type YearlyRates struct {
	NodeLosses float64 `yaml:"node_losses" json:"node_losses" jsonschema:"description=unplanned losses of one node a year"`
	Failovers  float64 `yaml:"failovers" json:"failovers" jsonschema:"description=unplanned failovers of a stateful tier or a site a year"`
	Upgrades   float64 `yaml:"upgrades" json:"upgrades" jsonschema:"description=planned maintenance such as upgrades and switchovers a year"`
}

// SampleObjective bounds one sampled metric on every node that has it.
type SampleObjective struct {
	Metric string `yaml:"metric" json:"metric" jsonschema:"required,description=name of the sampled metric such as replication_lag_bytes or pool_awaiting"`
	// Max and Min bound each reading in the phases named by In.
	Max *float64 `yaml:"max" json:"max,omitempty"`
	Min *float64 `yaml:"min" json:"min,omitempty"`
	// In is "steady" (before and after) or "all" (default).
	In string `yaml:"in" json:"in,omitempty" jsonschema:"enum=all,enum=steady"`
}

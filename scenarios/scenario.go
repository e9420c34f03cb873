package scenarios

import (
	"time"

	"holdfast/fixtures"
	"holdfast/reports"
)

// Scenario is one experiment, complete: every default is filled in by [Load] and [Parse].
type Scenario struct {
	Name        string `yaml:"name" jsonschema:"required,description=a short name; reports show it"`
	Description string `yaml:"description" jsonschema:"required,description=what the scenario proves, in a sentence"`
	// Group is what holdfast list puts it under.
	Group string `yaml:"group,omitempty" jsonschema:"description=what holdfast list puts it under"`
	// Seed explains everything random. 0 has one chosen when the scenario is run, and printed.
	Seed     uint64            `yaml:"seed" jsonschema:"description=explains everything random; 0 has one chosen and printed"`
	Topology fixtures.Topology `yaml:"topology" jsonschema:"description=the deployment that is brought up"`
	Load     Traffic           `yaml:"load" jsonschema:"required,description=the traffic, all through the run"`
	Phases   Phases            `yaml:"phases" jsonschema:"description=how long each part of the run takes"`
	Faults   []Fault           `yaml:"faults" jsonschema:"description=what is broken or maintained; none measures the base line"`
	// Walk adds faults that the seed chooses.
	Walk       *Walk              `yaml:"walk,omitempty" jsonschema:"description=faults that the seed chooses beside those written down"`
	Objectives reports.Objectives `yaml:"objectives" jsonschema:"description=what was promised; the verdict is about this"`
}

// Traffic is the load of a run.
type Traffic struct {
	// Timeout bounds each journey.
	Timeout time.Duration `yaml:"timeout" jsonschema:"description=bound of each journey (default 10s)"`
	// Cohort is how many users log in before the load and are followed through the disruption.
	Cohort int `yaml:"cohort" jsonschema:"minimum=0,maximum=100000,description=sessions logged in before the disruption and followed through it"`
	// Connections is how clients keep them; shared is as a service does, fresh as curl does.
	Connections string `yaml:"connections" jsonschema:"enum=shared,enum=per-user,enum=fresh,description=how clients keep connections (default shared)"`
	// Clients are the kinds of client there are; none is one kind with the defaults.
	Clients []Client `yaml:"clients,omitempty" jsonschema:"description=kinds of client mixed in one run and reported apart (default: one that honours the DNS TTL)"`
	// MaxRate is the safety cap on the sum of all classes at their peaks.
	MaxRate Rate    `yaml:"max_rate" jsonschema:"description=safety cap on all classes together at their peak (default 200/s)"`
	Classes []Class `yaml:"classes" jsonschema:"required,description=the mix: one entry per stream of journeys"`
}

// Class is one stream of journeys: a constant or Poisson rate, a ramp or steps.
type Class struct {
	Name     string `yaml:"name" jsonschema:"description=default: the journey's name"`
	Journey  string `yaml:"journey" jsonschema:"required,enum=login,enum=refresh,enum=userinfo,enum=introspection,enum=client-credentials,enum=sso,enum=logout,enum=wrong-password,description=what one arrival does"`
	Rate     Rate   `yaml:"rate,omitempty" jsonschema:"description=arrivals: 4/s or 74/min; a bare number is per second. Where a ramp begins"`
	Schedule string `yaml:"schedule,omitempty" jsonschema:"enum=constant,enum=poisson,description=how arrivals are spread (default poisson); ramps and steps are even"`
	Ramp     *Ramp  `yaml:"ramp,omitempty" jsonschema:"description=from rate to another"`
	Steps    []Step `yaml:"steps,omitempty" jsonschema:"description=one rate after another; the class ends with the last unless that leaves out for"`
}

// Ramp changes a class's rate evenly to To over Over, and keeps it.
type Ramp struct {
	To   Rate          `yaml:"to" jsonschema:"required"`
	Over time.Duration `yaml:"over" jsonschema:"required"`
}

// Step is one rate for a while. The last one may leave For out and lasts to the end of the run.
type Step struct {
	Rate Rate          `yaml:"rate" jsonschema:"required"`
	For  time.Duration `yaml:"for" jsonschema:"description=the last step may leave it out and lasts"`
}

// Phases are the lengths of the parts of a run: warmup, before, the faults, after, settle. The
// faults' own part lasts until every one is undone and healed.
type Phases struct {
	Warmup time.Duration `yaml:"warmup" jsonschema:"description=load that is not judged (default 45s)"`
	Before time.Duration `yaml:"before" jsonschema:"description=the steady state before the faults (default 60s)"`
	After  time.Duration `yaml:"after" jsonschema:"description=the steady state after everything has healed (default 60s)"`
	// Settle bounds asking after every session once the load has ended.
	Settle time.Duration `yaml:"settle" jsonschema:"description=most time for asking after every session at the end (default 1m)"`
	// HealTimeout bounds the wait for a target to serve again once its fault was undone.
	HealTimeout time.Duration `yaml:"heal_timeout" jsonschema:"description=most time for a target to serve again after its fault (default 3m)"`
}

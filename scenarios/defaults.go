package scenarios

import (
	"time"

	"holdfast/chaos"
	"holdfast/fixtures"
)

// The limits of what a scenario may ask for.
const (
	longestFaults = 30 * time.Minute // a deployment is not left broken longer
	longestPhase  = 12 * time.Hour
)

// defaults is what a file changes.
func defaults() Scenario {
	return Scenario{
		Topology: fixtures.DefaultTopology(),
		Load:     Traffic{Timeout: 10 * time.Second, Connections: "shared", MaxRate: 200},
		Phases: Phases{
			Warmup: 45 * time.Second, Before: time.Minute, After: time.Minute,
			Settle: time.Minute, HealTimeout: 3 * time.Minute,
		},
	}
}

// complete fills in the defaults that depend on other values.
func complete(s *Scenario) {
	for i := range s.Load.Classes {
		c := &s.Load.Classes[i]
		if c.Name == "" {
			c.Name = c.Journey
		}
		if c.Schedule == "" && c.Ramp == nil && len(c.Steps) == 0 {
			c.Schedule = "poisson"
		}
	}
	for i := range s.Load.Clients {
		s.Load.Clients[i].complete()
	}
	for i := range s.Faults {
		f := &s.Faults[i]
		if f.Settings == nil {
			f.settle()
		}
		if what := implied[f.Kind]; len(f.Target) == 0 && what != "" {
			f.Target = Target{what}
		}
		fillDefaults(f.Settings)
		if needing, ok := f.Settings.(chaos.Needing); ok {
			needing.Needs(&s.Topology)
		}
	}
	if s.Walk != nil && s.Walk.For == (Moment{}) {
		s.Walk.For = Moment{From: 5 * time.Second, To: 15 * time.Second}
	}
	if s.Objectives.Profile == "" {
		s.Objectives.Profile = "keycloak-docs"
	}
}

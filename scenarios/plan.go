package scenarios

import (
	"errors"
	"slices"
	"time"

	"holdfast/load"
)

// healing is how long a Keycloak node is taken to need to serve again: for estimates only.
const healing = 30 * time.Second

// Plan is everything that will be done, chosen before anything is done.
type Plan struct {
	Scenario Scenario
	Seed     uint64
	Phases   []PlannedPhase
	Classes  []PlannedClass
	Faults   []PlannedFault // in the order of their times
	// Estimate is how long the run takes once the deployment is up.
	Estimate time.Duration
	// Warnings say which promises the run is too short, or has too little traffic, to show.
	Warnings []string
}

// PlannedPhase is one part of the run. Its name is that of the mark in the History.
type PlannedPhase struct {
	Name string
	At   time.Duration // from the beginning of the load; after the faults phase an estimate
	For  time.Duration
	// AtLeast says that the phase lasts until something is done and For is an estimate.
	AtLeast bool
}

// PlannedClass is one traffic class with its schedule.
type PlannedClass struct {
	Name         string
	Journey      string
	Rate         float64 // mean arrivals per second
	ScheduleText string  // for people: "poisson 4/s"
	Schedule     load.Schedule
}

// Plan chooses everything that is random with the seed. It touches nothing, and the same seed
// gives the same plan.
func (s Scenario) Plan(seed uint64) (Plan, error) {
	s = s.clone()
	complete(&s)
	if s.Walk != nil && s.check() == nil {
		s = s.walked(seed)
	}
	if err := s.Validate(); err != nil {
		return Plan{}, err
	}
	s.Seed = seed
	planned, clashes := s.planFaults(seed)
	var errs []error
	for _, c := range clashes {
		errs = append(errs, c)
	}
	if err := errors.Join(errs...); err != nil {
		return Plan{}, err
	}
	p := Plan{Scenario: s, Seed: seed, Faults: planned}
	for _, c := range s.Load.Classes {
		schedule := c.schedule(seed)
		p.Classes = append(p.Classes, PlannedClass{
			Name: c.Name, Journey: c.Journey,
			Rate: schedule.Rate(), ScheduleText: c.text(), Schedule: schedule,
		})
	}
	p.lay()
	p.Warnings = p.warn()
	return p, nil
}

// clone is a copy whose parts [complete] may change.
func (s Scenario) clone() Scenario {
	s.Load.Classes, s.Faults = slices.Clone(s.Load.Classes), slices.Clone(s.Faults)
	s.Load.Clients = slices.Clone(s.Load.Clients)
	if s.Walk != nil {
		walk := *s.Walk
		s.Walk = &walk
	}
	s.Topology.Links = slices.Clone(s.Topology.Links)
	for i := range s.Faults {
		if f := &s.Faults[i]; f.Settings != nil {
			if own, err := f.disruption(); err == nil {
				f.Settings = own
			}
		}
	}
	return s
}

// lay puts the phases one after the other.
func (p *Plan) lay() {
	ph := p.Scenario.Phases
	var faults time.Duration
	for _, f := range p.Faults {
		faults = max(faults, f.At+f.For)
	}
	if faults > 0 {
		faults += healing
	}
	for _, x := range []PlannedPhase{
		{Name: "warmup", For: ph.Warmup},
		{Name: "before", For: ph.Before},
		{Name: "faults", For: faults, AtLeast: faults > 0},
		{Name: "after", For: ph.After},
		{Name: "settle", For: min(ph.Settle, 10*time.Second), AtLeast: true},
	} {
		x.At = p.Estimate
		p.Phases = append(p.Phases, x)
		p.Estimate += x.For
	}
}

package scenarios

import (
	"errors"
	"fmt"
	"regexp"
	"time"

	"holdfast/fixtures"
)

// findings collects what is wrong with a scenario's values, by their paths.
type findings []fixtures.FieldError

func (f *findings) add(path, format string, a ...any) {
	*f = append(*f, fixtures.FieldError{Path: path, Why: fmt.Sprintf(format, a...)})
}

// Validate returns every reason the scenario cannot be run or could not be judged, each as a
// [fixtures.FieldError]; nil if there is none. Files need not be validated again: [Load] does.
func (s Scenario) Validate() error {
	var errs []error
	for _, f := range s.check() {
		errs = append(errs, f)
	}
	return errors.Join(errs...)
}

func (s Scenario) check() findings {
	var f findings
	s.checkHead(&f)
	s.checkTopology(&f)
	s.checkPhases(&f)
	s.checkLoad(&f)
	s.checkSessions(&f)
	s.checkFaults(&f)
	s.checkObjectives(&f)
	if len(f) == 0 {
		// Which targets a selector gets is only known once planned; any seed shows an impossible plan.
		_, clash := s.planFaults(max(s.Seed, 1))
		f = append(f, clash...)
	}
	return f
}

// nameable keeps names usable as folder names, test names and metric labels.
var nameable = regexp.MustCompile(`^[a-z0-9][a-z0-9_.-]{0,62}$`)

func (s Scenario) checkHead(f *findings) {
	if !nameable.MatchString(s.Name) {
		f.add("name", "name %q must be lower-case letters, digits, '-', '_' and '.', at most 63", s.Name)
	}
}

// checkTopology takes over what the topology says of itself.
func (s Scenario) checkTopology(f *findings) {
	err := s.Topology.Validate()
	if err == nil {
		return
	}
	errs := []error{err}
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		errs = many.Unwrap()
	}
	for _, e := range errs {
		var fe fixtures.FieldError
		if errors.As(e, &fe) {
			f.add("topology."+fe.Path, "%s", fe.Why)
			continue
		}
		f.add("topology", "%v", e)
	}
}

func (s Scenario) checkPhases(f *findings) {
	for _, p := range []struct {
		path  string
		value time.Duration
		least time.Duration
	}{
		{"phases.warmup", s.Phases.Warmup, 0},
		{"phases.before", s.Phases.Before, time.Second},
		{"phases.after", s.Phases.After, time.Second},
		{"phases.settle", s.Phases.Settle, time.Second},
		{"phases.heal_timeout", s.Phases.HealTimeout, time.Second},
	} {
		if p.value < p.least || p.value > longestPhase {
			f.add(p.path, "%s is %s, out of range: between %s and %s", last(p.path), brief(p.value), brief(p.least), brief(longestPhase))
		}
	}
}

// checkObjectives asks for something that can be judged.
func (s Scenario) checkObjectives(f *findings) {
	o := s.Objectives
	for _, p := range []struct {
		path  string
		value *float64
	}{
		{"objectives.error_ratio", o.ErrorRatio},
		{"objectives.fault_error_ratio", o.FaultErrorRatio},
		{"objectives.availability", &o.Availability},
	} {
		if p.value != nil && (*p.value < 0 || *p.value > 1) {
			f.add(p.path, "%s is %v, out of range: a share between 0 and 1 (0.1%% is 0.001)", last(p.path), *p.value)
		}
	}
	if o.SessionsLost != nil && *o.SessionsLost < 0 {
		f.add("objectives.sessions_lost", "sessions_lost is %d, out of range: at least 0", *o.SessionsLost)
	}
	if o.Profile == "none" && promisesNothing(s) {
		f.add("objectives.profile", "nothing is promised, so nothing could be judged: set an objective or a profile (keycloak-docs, strict)")
	}
}

func promisesNothing(s Scenario) bool {
	o := s.Objectives
	return o.Recovery == 0 && o.Outage == nil && o.SessionsLost == nil && o.P95 == 0 && o.P99 == 0 &&
		o.ErrorRatio == nil && o.FaultErrorRatio == nil && o.Availability == 0 && o.FullRecovery == 0
}

// followsSessions says that the objectives are about sessions.
func (s Scenario) followsSessions() bool {
	return s.Objectives.SessionsLost != nil || s.Objectives.Profile == "keycloak-docs" || s.Objectives.Profile == "strict"
}

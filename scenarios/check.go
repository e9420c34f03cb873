package scenarios

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"time"

	"holdfast/fixtures"
	"holdfast/reports"
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
	s.checkClients(&f)
	s.checkSessions(&f)
	s.checkFaults(&f)
	s.checkWalk(&f)
	s.checkObjectives(&f)
	if len(f) == 0 {
		// Which targets a selector gets is only known once planned; any seed shows an impossible plan.
		_, clash := s.walked(max(s.Seed, 1)).planFaults(max(s.Seed, 1))
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
	for _, e := range parts(s.Topology.Validate()) {
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
			f.add(p.path, "%s is %s, out of range: between %s and %s", last(p.path), Brief(p.value), Brief(p.least), Brief(longestPhase))
		}
	}
}

// checkObjectives asks for something that can be judged.
func (s Scenario) checkObjectives(f *findings) {
	for _, e := range parts(s.Objectives.Validate()) {
		field, why, _ := strings.Cut(e.Error(), ": ")
		f.add("objectives."+field, "%s %s", field, why)
	}
	if reflect.DeepEqual(s.Objectives, reports.Objectives{Profile: "none"}) {
		f.add("objectives.profile", "nothing is promised, so nothing could be judged: set an objective or a profile (keycloak-docs, strict)")
	}
}

// followsSessions says that the objectives are about sessions.
func (s Scenario) followsSessions() bool {
	o, err := reports.Resolve(s.Objectives)
	return err == nil && (o.SessionsLost != nil || o.RPO != nil)
}

// parts are the errors that were joined into err.
func parts(err error) []error {
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		return many.Unwrap()
	}
	if err == nil {
		return nil
	}
	return []error{err}
}

package scenarios

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"holdfast/chaos"
	"holdfast/fixtures"
)

func (s Scenario) checkFaults(f *findings) {
	for i, x := range s.Faults {
		path := fmt.Sprintf("faults[%d]", i)
		if x.For <= 0 {
			f.add(path+".for", "for must be more than 0: how long its effect lasts")
		}
		if x.For > longestFaults {
			f.add(path+".for", "for is %s; nothing is left broken longer than %s", Brief(x.For), Brief(longestFaults))
		} else if end := x.latest() + x.For; end > longestFaults {
			f.add(path+".at", "the fault ends %s into the faults phase; the phase is at most %s", Brief(end), Brief(longestFaults))
		}
		if x.Repeat != nil && x.Repeat.Every <= 0 {
			f.add(path+".repeat.every", "every must be more than 0: the time from one to the next")
		}
		if x.When != nil {
			if err := x.When.check(s.Topology); err != nil {
				f.add(path+".when", "%v", err)
			}
		}
		s.checkAim(x, path, f)
		s.checkTargets(x, path, f)
	}
}

// latest is when the last repetition may begin.
func (f Fault) latest() time.Duration {
	at := f.At.latest()
	if f.Repeat != nil {
		at += time.Duration(f.Repeat.Times-1) * f.Repeat.Every
	}
	if f.When != nil {
		at += f.When.Within
	}
	return at
}

// aims are the positions of the protocol and the journeys that come by them.
var aims = map[string][]string{"code": {"login"}, "refresh": {"refresh"}, "logout": {"logout"}}

func (s Scenario) checkAim(x Fault, path string, f *findings) {
	passes := func(c Class) bool { return slices.Contains(aims[x.Aim], c.Journey) }
	if x.Aim != "" && !slices.ContainsFunc(s.Load.Classes, passes) {
		f.add(path+".aim", "no journey of the load comes by this position; add a class with journey %s", aims[x.Aim][0])
	}
}

func (s Scenario) checkTargets(x Fault, path string, f *findings) {
	if len(x.Target) == 0 && x.Kind != "" {
		f.add(path+".target", "no target: name a node, or a selector such as any keycloak")
		return
	}
	for i, t := range x.Target {
		at := path + ".target"
		if len(x.Target) > 1 {
			at = fmt.Sprintf("%s[%d]", at, i)
		}
		if err := checkTarget(t, s.Topology); err != nil {
			f.add(at, "%v", err)
			continue
		}
		if _, ok := parseSelector(t); ok && len(x.Target) > 1 {
			f.add(at, "a selector stands alone; a list holds node names")
		}
		if slices.Index(x.Target, t) < i {
			f.add(at, "%s is in the list twice", t)
		}
	}
}

// checkSettings asks a planned fault itself whether its settings and targets make sense.
func (s Scenario) checkSettings(p PlannedFault, f *findings) {
	c, ok := s.Faults[p.index].Settings.(chaos.Checked)
	if !ok {
		return
	}
	path := fmt.Sprintf("faults[%d]", p.index)
	for _, err := range parts(c.Check(s.Topology, p.Targets)) {
		var fe fixtures.FieldError
		if errors.As(err, &fe) {
			f.add(path+"."+fe.Path, "%s", fe.Why)
			continue
		}
		f.add(path+".target", "%v", err)
	}
}

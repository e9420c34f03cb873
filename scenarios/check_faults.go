package scenarios

import (
	"fmt"
	"slices"
	"time"

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
		} else if end := x.At + x.For; end > longestFaults {
			f.add(path+".at", "the fault ends %s into the faults phase; the phase is at most %s", Brief(end), Brief(longestFaults))
		}
		checkGrace(x, path, f)
		s.checkTargets(x, path, f)
	}
}

// checkGrace wants settings only where they mean something.
func checkGrace(x Fault, path string, f *findings) {
	if x.Kind == "" {
		return // reported already
	}
	graceful := x.Kind == "stop" || x.Kind == "drain"
	switch {
	case x.Grace != 0 && !graceful:
		f.add(path+".grace", "a %s gives no grace; stop and drain do", x.Kind)
	case x.Grace > 10*time.Minute:
		f.add(path+".grace", "grace is %s, out of range: at most 10m", Brief(x.Grace))
	}
	if x.MinServing != 0 && x.Kind != "drain" {
		f.add(path+".min_serving", "only a drain keeps nodes serving; a %s does as it is told", x.Kind)
	}
}

func (s Scenario) checkTargets(x Fault, path string, f *findings) {
	if len(x.Target) == 0 {
		f.add(path+".target", "no target: name a node, or a selector such as any keycloak")
		return
	}
	for i, t := range x.Target {
		at := path + ".target"
		if len(x.Target) > 1 {
			at = fmt.Sprintf("%s[%d]", at, i)
		}
		_, role, isSelector := selector(t)
		if err := checkTarget(t, s.Topology); err != nil {
			f.add(at, "%v", err)
			continue
		}
		if isSelector && len(x.Target) > 1 {
			f.add(at, "a selector stands alone; a list holds node names")
		}
		if slices.Index(x.Target, t) < i {
			f.add(at, "%s is in the list twice", t)
		}
		if !isSelector {
			role = roleOf(s.Topology, t)
		}
		if x.Kind == "drain" && role != fixtures.Keycloak {
			f.add(at, "only Keycloak nodes can be drained: the balancers spread over them; %s is a %s", t, role)
		}
	}
}

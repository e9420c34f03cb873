package scenarios

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"holdfast/fixtures"
)

// PlannedFault is one fault with its targets chosen.
type PlannedFault struct {
	ID         string // "1-kill-kc-2"
	Kind       string
	Targets    []string      // node names
	Control    string        // an untouched node of the same role; empty if there is none
	At         time.Duration // from the beginning of the faults phase
	For        time.Duration // from its effect to its undo
	Grace      time.Duration // stop, drain
	MinServing int           // drain

	index int // in the scenario's list
}

// end is when the undo begins at the latest: an effect may take the grace to show.
func (p PlannedFault) end() time.Duration { return p.At + p.Grace + p.For }

// overlaps says that both are in force at some instant.
func (p PlannedFault) overlaps(q PlannedFault) bool { return p.At < q.end() && q.At < p.end() }

// planFaults chooses every target, in the order of the faults' times. Named nodes are taken
// first, so that a choice never lands on a node another fault has.
func (s Scenario) planFaults(seed uint64) ([]PlannedFault, findings) {
	planned := make([]PlannedFault, len(s.Faults))
	for i, x := range s.Faults {
		planned[i] = PlannedFault{Kind: x.Kind, At: x.At, For: x.For, Grace: x.Grace, MinServing: x.MinServing, index: i}
		if which, role, ok := selector(x.Target.String()); !ok {
			planned[i].Targets = slices.Clone(x.Target)
		} else if which == "all" {
			planned[i].Targets = named(s.Topology, role)
		}
	}
	slices.SortStableFunc(planned, func(a, b PlannedFault) int { return cmp.Compare(a.At, b.At) })
	var f findings
	for i := range planned {
		p := &planned[i]
		if len(p.Targets) == 0 {
			s.choose(p, planned, seed, &f)
		}
		p.ID = fmt.Sprintf("%d-%s-%s", i+1, p.Kind, name(s.Faults[p.index].Target, p.Targets))
	}
	for i := range planned {
		s.clash(planned, i, &f)
		planned[i].Control = s.control(planned, i)
	}
	return planned, f
}

// name is what the targets are called in an id.
func name(t Target, chosen []string) string {
	if which, role, ok := selector(t.String()); ok && which == "all" {
		return "all-" + string(role)
	}
	return strings.Join(chosen, "+")
}

// choose gives p the one node its selector asks for: any that no overlapping fault has.
func (s Scenario) choose(p *PlannedFault, planned []PlannedFault, seed uint64, f *findings) {
	_, role, _ := selector(s.Faults[p.index].Target.String())
	var free []string
	for _, n := range named(s.Topology, role) {
		if !slices.ContainsFunc(planned, func(q PlannedFault) bool { return q.overlaps(*p) && slices.Contains(q.Targets, n) }) {
			free = append(free, n)
		}
	}
	if len(free) == 0 {
		f.add(fmt.Sprintf("faults[%d].target", p.index), "no %s node is left at %s: the other faults have them all", role, Brief(p.At))
		return
	}
	rng := rand.New(rand.NewPCG(Seed(seed, fmt.Sprintf("fault/%d/target", p.index)), 0))
	p.Targets = []string{free[rng.IntN(len(free))]}
}

// clash reports what the i-th fault cannot do because of the others that are in force with it.
func (s Scenario) clash(planned []PlannedFault, i int, f *findings) {
	p := planned[i]
	path := fmt.Sprintf("faults[%d]", p.index)
	down := map[string]bool{}
	for j, q := range planned {
		if j != i && !p.overlaps(q) {
			continue
		}
		for _, t := range q.Targets {
			if j < i && slices.Contains(p.Targets, t) {
				f.add(path+".at", "faults overlap on %s: faults[%d] (%s) has it from %s to %s", t, q.index, q.Kind, Brief(q.At), Brief(q.end()))
			}
			if roleOf(s.Topology, t) == fixtures.Keycloak {
				down[t] = true
			}
		}
	}
	if left := s.Topology.Keycloak.Nodes - len(down); p.Kind == "drain" && left < p.MinServing {
		f.add(path+".target", "the drain would leave %d of %d Keycloak nodes serving; min_serving is %d", left, s.Topology.Keycloak.Nodes, p.MinServing)
	}
}

// control is a node of the role of the i-th fault's targets that no fault touches, or at least
// none that is in force with it or a heal's time around it.
func (s Scenario) control(planned []PlannedFault, i int) string {
	p := planned[i]
	if len(p.Targets) == 0 {
		return ""
	}
	near := p
	near.At, near.For = p.At-healing, p.For+2*healing
	var never, now []string
	for _, n := range named(s.Topology, roleOf(s.Topology, p.Targets[0])) {
		touches := func(q PlannedFault) bool { return slices.Contains(q.Targets, n) }
		if !slices.ContainsFunc(planned, touches) {
			never = append(never, n)
		}
		if !slices.ContainsFunc(planned, func(q PlannedFault) bool { return touches(q) && q.overlaps(near) }) {
			now = append(now, n)
		}
	}
	if all := append(never, now...); len(all) > 0 {
		return all[0]
	}
	return ""
}

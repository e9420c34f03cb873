package scenarios

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"holdfast/chaos"
	"holdfast/fixtures"
)

// PlannedFault is one fault with its targets and its time chosen.
type PlannedFault struct {
	ID       string // "1-kill-kc-2"
	Kind     string
	Targets  []string      // node names
	Control  string        // an untouched node of the same role; empty if there is none
	At       time.Duration // from the beginning of the faults phase
	For      time.Duration // from its effect to its undo
	When     *Condition    // waited for after At; nil for none
	Aim      string        // position of the protocol a journey must stand at; empty for any
	Settings chaos.Fault   // the kind's own

	index, nth int    // in the scenario's list, and which repetition
	primary    string // the database that takes writes then; empty if that is decided in the run
}

// slowEffect is how long an effect is taken to need at most, for planning: what takes longer is
// found by the runner, which refuses a target that does not serve.
const slowEffect = 30 * time.Second

// begin is when it is made at the latest, end when its undo begins at the latest: an effect may
// take its time to show.
func (p PlannedFault) begin() time.Duration {
	if p.When != nil {
		return p.At + p.When.Within
	}
	return p.At
}

func (p PlannedFault) end() time.Duration {
	end := p.begin() + p.For
	if patient, ok := p.Settings.(chaos.Patient); ok {
		end += min(patient.Patience(), slowEffect)
	}
	return end
}

// overlaps says that both may be in force at some instant.
func (p PlannedFault) overlaps(q PlannedFault) bool { return p.At < q.end() && q.At < p.end() }

// planFaults chooses every time, and every target in the order of times. What leaves no choice
// is taken first, so that a choice never lands on a node another fault has.
func (s Scenario) planFaults(seed uint64) ([]PlannedFault, findings) {
	planned := s.timed(seed)
	var f findings
	s.fixed(planned, &f)
	for i := range planned {
		p := &planned[i]
		if len(p.Targets) == 0 {
			s.choose(p, planned, seed, &f)
		}
		p.ID = fmt.Sprintf("%d-%s-%s", i+1, p.Kind, name(s.Faults[p.index].Target, p.Targets))
	}
	for i := range planned {
		s.clash(planned, i, &f)
		if len(planned[i].Targets) > 0 && planned[i].nth == 0 {
			s.checkSettings(planned[i], &f)
		}
		planned[i].Control = s.control(planned, i)
	}
	return planned, f
}

// timed lists the faults and their repetitions in the order of their times.
func (s Scenario) timed(seed uint64) []PlannedFault {
	var out []PlannedFault
	for i, x := range s.Faults {
		times, every := 1, time.Duration(0)
		if x.Repeat != nil {
			times, every = x.Repeat.Times, x.Repeat.Every
		}
		at := x.At.choose(Seed(seed, fmt.Sprintf("fault/%d/at", i)))
		for k := range times {
			out = append(out, PlannedFault{
				Kind: x.Kind, At: at + time.Duration(k)*every, For: x.For,
				When: x.When, Aim: x.Aim, Settings: x.Settings, index: i, nth: k,
			})
		}
	}
	slices.SortStableFunc(out, func(a, b PlannedFault) int { return cmp.Compare(a.At, b.At) })
	return out
}

// fixed gives those their targets that have no choice, and notes which database is the primary
// at the time of each.
func (s Scenario) fixed(planned []PlannedFault, f *findings) {
	primary, decidedBy := firstPrimary(s.Topology), 0
	for i := range planned {
		p := &planned[i]
		p.primary = primary
		target := s.Faults[p.index].Target
		sel, ok := parseSelector(target.String())
		switch {
		case !ok:
			p.Targets = slices.Clone(target)
		case sel.place != "" && primary == "":
			f.add(fmt.Sprintf("faults[%d].target", p.index),
				"which database is the primary at %s is only decided by faults[%d]; name a node", Brief(p.At), decidedBy)
			p.Targets = s.Topology.Named(fixtures.Database)[:1]
		case sel.count == 0 || sel.place == "primary":
			p.Targets = sel.pool(s.Topology, primary)
		}
		if slices.Contains(changePrimary, p.Kind) {
			primary, decidedBy = s.successor(p.Kind, primary), p.index
		}
	}
}

// successor is the primary after a change of kind; empty if that is decided in the run.
func (s Scenario) successor(kind, primary string) string {
	all := s.Topology.Named(fixtures.Database)
	switch {
	case kind == "site-failover":
		return all[len(all)-1]
	case kind == "site-failback":
		return all[0]
	case len(all) != 2 || primary == "":
		return ""
	case primary == all[0]:
		return all[1]
	}
	return all[0]
}

// name is what the targets are called in an id.
func name(t Target, chosen []string) string {
	if sel, ok := parseSelector(t.String()); ok && sel.count == 0 {
		return sel.title()
	}
	return strings.Join(chosen, "+")
}

// choose gives p the nodes its selector asks for: any that no overlapping fault has.
func (s Scenario) choose(p *PlannedFault, planned []PlannedFault, seed uint64, f *findings) {
	sel, _ := parseSelector(s.Faults[p.index].Target.String())
	var free []string
	for _, n := range sel.pool(s.Topology, p.primary) {
		if !slices.ContainsFunc(planned, func(q PlannedFault) bool { return q.overlaps(*p) && slices.Contains(q.Targets, n) }) {
			free = append(free, n)
		}
	}
	if len(free) < sel.count {
		left := fmt.Sprintf("no %s node is left", sel.role)
		if len(free) > 0 {
			left = fmt.Sprintf("%d of %d %s nodes are left", len(free), sel.count, sel.role)
		}
		f.add(fmt.Sprintf("faults[%d].target", p.index), "%s at %s: the other faults have them all", left, Brief(p.At))
		return
	}
	part := fmt.Sprintf("fault/%d/target", p.index)
	if p.nth > 0 {
		part = fmt.Sprintf("fault/%d/target/%d", p.index, p.nth)
	}
	rng := rand.New(rand.NewPCG(Seed(seed, part), 0))
	for range sel.count {
		k := rng.IntN(len(free))
		p.Targets = append(p.Targets, free[k])
		free = slices.Delete(free, k, k+1)
	}
	slices.Sort(p.Targets)
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
			if j < i && slices.Contains(p.Targets, t) && !sideBySide(p, q, t) {
				f.add(path+".at", "faults overlap on %s: faults[%d] (%s) has it from %s to %s", t, q.index, q.Kind, Brief(q.At), Brief(q.end()))
			}
			if s.Topology.IsKeycloak(t) {
				down[t] = true
			}
		}
	}
	drain, ok := p.Settings.(*chaos.Drain)
	all := len(s.Topology.Named(fixtures.Keycloak))
	if left := all - len(down); ok && left < max(drain.MinServing, 1) {
		f.add(path+".target", "the drain would leave %d of %d Keycloak nodes serving; min_serving is %d", left, all, max(drain.MinServing, 1))
	}
}

// sideBySide says that two faults may act on the node at once: disturbances of links all go
// through one proxy and are told apart there.
func sideBySide(p, q PlannedFault, node string) bool {
	return strings.HasPrefix(node, "toxi-") && implied[p.Kind] == node && implied[q.Kind] == node
}

// control is a node of the role of the i-th fault's targets that no fault touches, or at least
// none that is in force with it or a heal's time around it. Proxies are no one's control: no two
// do the same.
func (s Scenario) control(planned []PlannedFault, i int) string {
	p := planned[i]
	if len(p.Targets) == 0 || s.Topology.RoleOf(p.Targets[0]) == fixtures.Proxy {
		return ""
	}
	near := p
	near.At, near.For = p.At-healing, p.For+2*healing
	var never, now []string
	for _, n := range s.Topology.Named(s.Topology.RoleOf(p.Targets[0])) {
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

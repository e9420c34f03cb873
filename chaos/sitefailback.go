package chaos

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"holdfast/fixtures"
)

// SiteFailback moves back to the primary site as planned maintenance, once it is well again: its
// database becomes the primary by a switchover and the name follows the topology's own rule.
type SiteFailback struct {
	Facts   `json:"facts,omitzero" yaml:"-" jsonschema:"-"`
	decided atomic.Bool
}

// Kind is "site-failback".
func (*SiteFailback) Kind() string { return "site-failback" }

// Voluntary is true.
func (*SiteFailback) Voluntary() bool { return true }

// Sweeps is true.
func (*SiteFailback) Sweeps() bool { return true }

// Check wants two sites, and nodes of the first.
func (f *SiteFailback) Check(t fixtures.Topology, targets []string) error {
	return checkSites(f.Kind(), t, targets)
}

// Allowed wants the primary in the second site: else there is nothing to move back.
func (f *SiteFailback) Allowed(ctx context.Context, targets []Target) error {
	if len(targets) == 0 {
		return errors.New("there is no target")
	}
	_, err := nameService(targets[0])
	now, look := primary(ctx, targets[0].Env, "")
	if look == nil && (now == nil || now.Site() != fixtures.SiteTwo) {
		look = fmt.Errorf("the primary is not in %s: there is nothing to move back", fixtures.SiteTwo)
	}
	return errors.Join(err, look)
}

// Patience is a switchover.
func (*SiteFailback) Patience() time.Duration { return DefaultGrace + promotePatience }

// Inject does all of it for the first database among the targets; the others only take part.
func (f *SiteFailback) Inject(ctx context.Context, t Target) error {
	if t.Node.Name() != f.first(t.Env) {
		return nil
	}
	old, err := fixtures.Find(t.Env, f.Primary)
	if err != nil {
		return err
	}
	if err := old.Owned(ctx); err != nil {
		return err
	}
	_, err = switchover(ctx, t.other(old), &f.decided, func(n fixtures.Node) bool { return slices.Contains(f.Targets, n.Name()) })
	if err != nil {
		return err
	}
	return answerWith(ctx, t, "")
}

// first is the first database among the targets.
func (f *SiteFailback) first(e fixtures.Environment) string {
	for _, d := range databases(e) {
		if slices.Contains(f.Targets, d.Name()) {
			return d.Name()
		}
	}
	return ""
}

// Undo finishes what Inject may have left: the second site's database serves if nobody took its
// place, and else follows who did, and the name leads to where the primary is.
func (f *SiteFailback) Undo(ctx context.Context, t Target) error {
	if t.Node.Name() != f.first(t.Env) {
		return nil
	}
	old, err := fixtures.Find(t.Env, f.Primary)
	if err != nil {
		return err
	}
	if err := old.Owned(ctx); err != nil {
		return err
	}
	facts := f.Facts
	facts.Targets = []string{old.Name()}
	if err := facts.bringBack(ctx, t.other(old), old.Start, nil); err != nil {
		return err
	}
	if err := rally(ctx, t.Env); err != nil {
		return err
	}
	now, err := primary(ctx, t.Env, "")
	if err != nil || now == nil || now.Site() != fixtures.SiteOne || byRule(ctx, t).Effect {
		return err
	}
	return answerWith(ctx, t, "")
}

// Probe looks for a primary in the first site that takes writes, everyone else streaming from it,
// and a name that leads where the topology's rule has it.
func (f *SiteFailback) Probe(ctx context.Context, t Target) Sighting {
	now, err := primary(ctx, t.Env, "")
	switch {
	case err != nil || now == nil:
		return Sighting{Source: "database", Seen: fmt.Sprintf("no primary (%v)", err)}
	case now.Site() != fixtures.SiteOne:
		return Sighting{Source: "database", Seen: now.Name() + " is primary, in " + now.Site()}
	}
	if err := now.Write(ctx); err != nil {
		return Sighting{Source: now.Name(), Seen: "takes no write: " + err.Error()}
	}
	if err := inOrder(ctx, t.Env); err != nil {
		return Sighting{Source: "database", Seen: err.Error()}
	}
	s := byRule(ctx, t)
	s.Source, s.Seen = now.Name()+" and "+s.Source, "took a write; "+s.Seen
	return s
}

// Healed wants the database in order.
func (*SiteFailback) Healed(ctx context.Context, t Target) error { return inOrder(ctx, t.Env) }

// Steps are those of a switchover, and the name's change.
func (*SiteFailback) Steps() []string {
	return []string{StepDecided, StepServing, StepRedundant, StepRedirected}
}

// Passed looks for one of them.
func (f *SiteFailback) Passed(ctx context.Context, t Target, step string) Sighting {
	if step == StepRedirected {
		return byRule(ctx, t)
	}
	return passed(ctx, t, step, failover{old: f.Primary, decided: f.decided.Load()})
}

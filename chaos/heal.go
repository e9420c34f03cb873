package chaos

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"holdfast/fixtures"
)

// restore undoes the disruption, also when ctx has ended, and waits until every target serves.
func (a *act) restore(ctx context.Context, steps *passage) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), a.healLimit())
	defer cancel()
	ended := a.Now()
	a.in.Receipt.Ended = &ended
	errs := make([]error, len(a.targets))
	var wg sync.WaitGroup
	for i, t := range a.targets {
		wg.Go(func() { errs[i] = a.takeBack(ctx, t) })
	}
	wg.Wait()
	steps.end(ctx)
	if err := errors.Join(errs...); err != nil {
		a.fail(err)
		return nil
	}
	healed := a.Now()
	a.in.Receipt.Healed, a.in.Undone = &healed, true
	return a.Journal.Undone(a.ID)
}

func (a *act) takeBack(ctx context.Context, t Target) error {
	name := t.Node.Name()
	if err := t.Node.Owned(ctx); err != nil {
		return fmt.Errorf("undo %s on %s: %w", a.Fault.Kind(), name, err)
	}
	undo := a.undo
	if undo == nil {
		undo = func(ctx context.Context, f Fault, t Target) error { return f.Undo(ctx, t) }
	}
	if err := undo(ctx, a.Fault, t); err != nil {
		return fmt.Errorf("undo %s on %s: %w", a.Fault.Kind(), name, err)
	}
	if err := until(ctx, func(ctx context.Context) error { return a.healed(ctx, t) }); err != nil {
		return fmt.Errorf("%s on %s was undone but not healed: %w", a.Fault.Kind(), name, err)
	}
	a.saw(a.Now(), name, Sighting{Source: "health", Seen: "serves again"})
	return nil
}

// healed wants the node ready, in its place among the others, and without the effect.
func (a *act) healed(ctx context.Context, t Target) error {
	if err := t.Node.Ready(ctx); err != nil {
		return err
	}
	if err := inPlace(ctx, t); err != nil {
		return err
	}
	if h, ok := a.Fault.(Healing); ok {
		return h.Healed(ctx, t)
	}
	if s := a.Fault.Probe(ctx, t); s.Effect {
		return fmt.Errorf("it still shows the effect: %s", s.Seen)
	}
	return ctx.Err() // a look that was cut short saw nothing
}

// inPlace wants what being in order means for the node's role, by others' word: balancers use a
// Keycloak, a replica streams from the one primary, a cache server is in one cluster with
// all that run.
func inPlace(ctx context.Context, t Target) error {
	switch t.Node.Role() {
	case fixtures.Keycloak:
		return used(ctx, t)
	case fixtures.Database:
		if _, ok := t.Node.(fixtures.Replicating); ok {
			return inLine(ctx, t)
		}
	case fixtures.Cache:
		return inCluster(ctx, t)
	}
	return nil
}

// used wants every balancer that spreads over the node to use it, and one that does.
func used(ctx context.Context, t Target) error {
	lbs, err := balancersOf(ctx, t)
	if err != nil {
		return err
	}
	for _, lb := range lbs {
		states, err := lb.Servers(ctx)
		if err != nil {
			return fmt.Errorf("ask %s for its servers: %w", lb.Name(), err)
		}
		if s := states[t.Node.Name()]; !s.Up {
			return fmt.Errorf("%s does not use %s: %s", lb.Name(), t.Node.Name(), s.Status)
		}
	}
	if len(lbs) == 0 && len(fixtures.ByRole(t.Env, fixtures.Balancer)) > 0 {
		return fmt.Errorf("no balancer knows %s", t.Node.Name())
	}
	return nil
}

// inLine wants the server to be the only primary, or to stream from it.
func inLine(ctx context.Context, t Target) error {
	var primaries, streaming []string
	for _, d := range databases(t.Env) {
		if r, err := replication(ctx, d); err == nil && r.Primary {
			primaries, streaming = append(primaries, d.Name()), append(streaming, r.Streaming...)
		}
	}
	name := t.Node.Name()
	switch {
	case len(primaries) != 1:
		return fmt.Errorf("there are %d primaries: %v", len(primaries), primaries)
	case primaries[0] != name && !slices.Contains(streaming, name):
		return fmt.Errorf("%s does not stream from %s", name, primaries[0])
	}
	return nil
}

// inCluster wants the server to see as many members as there run in its site.
func inCluster(ctx context.Context, t Target) error {
	running := 0
	for _, n := range fixtures.ByRole(t.Env, fixtures.Cache) {
		if s, err := n.State(ctx); err == nil && s.Running && !s.Paused && n.Site() == t.Node.Site() {
			running++
		}
	}
	members, known := sampleOf(ctx, t, "cache_members")
	if !known {
		return fmt.Errorf("how many members %s sees is not known", t.Node.Name())
	}
	if int(members) != running {
		return fmt.Errorf("%s sees %.0f members; %d run", t.Node.Name(), members, running)
	}
	return nil
}

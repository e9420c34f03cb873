package chaos

import (
	"context"
	"errors"
	"fmt"
	"time"

	"holdfast/fixtures"
)

// Drain takes a Keycloak node out of service as a careful operator does: out of every balancer,
// wait for what is in flight, stop. It refuses to go below MinServing serving nodes, as a
// Kubernetes PodDisruptionBudget would.
type Drain struct {
	// Grace is for the process to end by itself; 0 is [DefaultGrace]. Wait is for requests in
	// flight; 0 is Grace. MinServing nodes must still serve meanwhile; 0 is 1.
	Grace      time.Duration `json:"grace" yaml:"grace" jsonschema:"default=30s,description=how long the process may take to end by itself"`
	Wait       time.Duration `json:"wait" yaml:"wait" jsonschema:"description=most time for what is in flight to end (default: the grace)"`
	MinServing int           `json:"min_serving" yaml:"min_serving" jsonschema:"minimum=1,default=1,description=Keycloak nodes that must be left serving"`
	Facts      `json:"facts,omitzero" yaml:"-" jsonschema:"-"`
}

// Check wants Keycloak nodes: the balancers spread over them.
func (*Drain) Check(t fixtures.Topology, targets []string) error {
	for _, name := range targets {
		if role := t.RoleOf(name); role != fixtures.Keycloak {
			return fmt.Errorf("only Keycloak nodes can be drained: the balancers spread over them; %s is a %s", name, role)
		}
	}
	return nil
}

// Kind is "drain".
func (*Drain) Kind() string { return "drain" }

// Voluntary is true.
func (*Drain) Voluntary() bool { return true }

// Allowed counts the Keycloak nodes that serve now and refuses if too few would be left.
func (d *Drain) Allowed(ctx context.Context, targets []Target) error {
	if len(targets) == 0 {
		return errors.New("drain: nothing to drain")
	}
	drained := map[string]bool{}
	for _, t := range targets {
		drained[t.Node.Name()] = true
	}
	left := 0
	for _, n := range fixtures.ByRole(targets[0].Env, fixtures.Keycloak) {
		if !drained[n.Name()] && n.Ready(ctx) == nil {
			left++
		}
	}
	if least := max(d.MinServing, 1); left < least {
		return fmt.Errorf("drain would leave %d Keycloak nodes serving; at least %d must", left, least)
	}
	return nil
}

// Inject drains the node on every balancer, waits until none has a connection to it in flight
// or Wait is over, and stops it.
func (d *Drain) Inject(ctx context.Context, t Target) error {
	lbs, err := balancersOf(ctx, t)
	if err != nil {
		return err
	}
	for _, lb := range lbs {
		if err := lb.Drain(ctx, t.Node.Name()); err != nil {
			return fmt.Errorf("drain %s on %s: %w", t.Node.Name(), lb.Name(), err)
		}
	}
	if err := idle(ctx, lbs, t.Node.Name(), d.wait()); err != nil {
		return err
	}
	return t.Node.Stop(ctx, graceOr(d.Grace))
}

func (d *Drain) wait() time.Duration {
	if d.Wait > 0 {
		return d.Wait
	}
	return graceOr(d.Grace)
}

// Patience is the wait for requests in flight and the grace.
func (d *Drain) Patience() time.Duration { return d.wait() + graceOr(d.Grace) }

// idle waits until no balancer has a connection to server in flight; after wait it goes on
// regardless, as an operator's script would.
func idle(ctx context.Context, lbs []fixtures.Balancing, server string, wait time.Duration) error {
	deadline := time.NewTimer(wait)
	defer deadline.Stop()
	for {
		busy := 0
		for _, lb := range lbs {
			states, err := lb.Servers(ctx)
			if err != nil {
				return fmt.Errorf("ask %s for its servers: %w", lb.Name(), err)
			}
			busy += states[server].Sessions
		}
		if busy == 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-deadline.C:
			return nil
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// Undo starts the node, waits for it to be ready and gives it back to the balancers. A node that
// never gets ready is given back all the same: the balancers' own checks keep it out.
func (*Drain) Undo(ctx context.Context, t Target) error {
	if err := t.Node.Start(ctx); err != nil {
		return err
	}
	var errs []error
	if err := awaitReady(ctx, t.Node); err != nil {
		errs = append(errs, err)
	}
	enable, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	lbs, err := balancersOf(enable, t)
	errs = append(errs, err)
	for _, lb := range lbs {
		if err := lb.Enable(enable, t.Node.Name()); err != nil {
			errs = append(errs, fmt.Errorf("enable %s on %s: %w", t.Node.Name(), lb.Name(), err))
		}
	}
	return errors.Join(errs...)
}

// Probe looks for a node that no balancer sends traffic to, by their own word, and that is gone.
func (*Drain) Probe(ctx context.Context, t Target) Sighting {
	lbs, err := balancersOf(ctx, t)
	if err != nil {
		return Sighting{Source: "balancers", Seen: "not known: " + err.Error()}
	}
	for _, lb := range lbs {
		states, err := lb.Servers(ctx)
		if err != nil {
			return Sighting{Source: "balancer " + lb.Name(), Seen: "not known: " + err.Error()}
		}
		if s := states[t.Node.Name()]; !s.Drained || s.Up {
			return Sighting{Source: "balancer " + lb.Name(), Seen: s.Status}
		}
	}
	s := gone(ctx, t.Node)
	s.Source = "balancers, " + s.Source
	return s
}

// balancersOf are the balancers that spread over the node: with two sites those of its own may be
// the only ones.
func balancersOf(ctx context.Context, t Target) ([]fixtures.Balancing, error) {
	var out []fixtures.Balancing
	for _, n := range fixtures.ByRole(t.Env, fixtures.Balancer) {
		b, ok := n.(fixtures.Balancing)
		if !ok {
			continue
		}
		states, err := b.Servers(ctx)
		if err != nil {
			if state, look := b.State(ctx); look == nil && !state.Running {
				continue // it spreads over nobody
			}
			return nil, fmt.Errorf("ask %s for its servers: %w", b.Name(), err)
		}
		if _, knows := states[t.Node.Name()]; knows {
			out = append(out, b)
		}
	}
	return out, nil
}

// awaitReady polls until the node is ready or ctx ends, and then says why it was not.
func awaitReady(ctx context.Context, n fixtures.Node) error {
	if err := until(ctx, n.Ready); err != nil {
		return fmt.Errorf("wait for %s to be ready: %w", n.Name(), err)
	}
	return nil
}

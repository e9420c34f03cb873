package chaos

import (
	"context"
	"errors"
	"fmt"
	"time"

	"holdfast/fixtures"
)

// Lie has a node's health endpoints say the untruth: down although it serves, or, with Up, well
// although its process is frozen, the port open and the service dead.
type Lie struct {
	Up    bool `json:"up" yaml:"up" jsonschema:"description=true: says it is well while its process is frozen; false: says it is not although it serves (default false)"`
	Facts `json:"facts,omitzero" yaml:"-" jsonschema:"-"`
}

// Kind is "lie".
func (*Lie) Kind() string { return "lie" }

// Voluntary is false.
func (*Lie) Voluntary() bool { return false }

// Check wants Keycloak nodes: theirs are the health endpoints.
func (l *Lie) Check(t fixtures.Topology, targets []string) error {
	return only(l.Kind(), t, targets, fixtures.Keycloak)
}

func liar(t Target) (fixtures.Liar, error) {
	return able[fixtures.Liar](t.Node, t.Node.Name(), "have health checks lie")
}

// Allowed wants nodes that can be made to lie.
func (*Lie) Allowed(_ context.Context, targets []Target) error {
	return every(targets, func(t Target) error { _, err := liar(t); return err })
}

// Inject tells the lie and, to say "up", makes it one.
func (l *Lie) Inject(ctx context.Context, t Target) error {
	n, err := liar(t)
	if err != nil {
		return err
	}
	if err := n.Lie(ctx, l.Up); err != nil || !l.Up {
		return err
	}
	return n.Pause(ctx)
}

// Undo lets the node speak for itself and go on, in this order: that a frozen process says nothing
// any more is the only proof that the lie has ended.
func (l *Lie) Undo(ctx context.Context, t Target) error {
	n, err := liar(t)
	if err == nil {
		err = n.Confess(ctx)
	}
	if err != nil || !l.Up {
		return err
	}
	return errors.Join(silent(ctx, n), n.Unpause(ctx))
}

// silent wants a node that is frozen to answer nothing.
func silent(ctx context.Context, n fixtures.Node) error {
	state, err := n.State(ctx)
	if err != nil || !state.Paused {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	return until(ctx, func(ctx context.Context) error {
		if reach := n.Reach(ctx); reach.Answered {
			return fmt.Errorf("%s is frozen and still says: %s", n.Name(), reach.Detail)
		}
		return nil
	})
}

// Probe compares what the health endpoint says with what the process does.
func (l *Lie) Probe(ctx context.Context, t Target) Sighting {
	state, err := t.Node.State(ctx)
	if err != nil || !state.Running || l.restarted(t.Node, state) {
		return Sighting{Source: "process", Seen: fmt.Sprintf("is not the one from before (%v)", err)}
	}
	reach := t.Node.Reach(ctx)
	said, does := "says it is not well", "goes on"
	if reach.OK {
		said = "says it is well"
	}
	if state.Paused {
		does = "is frozen"
	}
	lies := !l.Up && reach.Answered && !reach.OK && !state.Paused || l.Up && reach.OK && state.Paused
	return Sighting{Effect: lies, Source: "health endpoint and process",
		Seen: fmt.Sprintf("the endpoint %s (%s); the process %s", said, reach.Detail, does)}
}

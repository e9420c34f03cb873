package chaos

import (
	"context"
	"errors"
	"fmt"

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

// Undo lets the node go on and speak for itself.
func (l *Lie) Undo(ctx context.Context, t Target) error {
	n, err := liar(t)
	if err != nil {
		return err
	}
	if l.Up {
		err = n.Unpause(ctx)
	}
	return errors.Join(err, n.Confess(ctx))
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

package chaos

import (
	"context"
	"errors"
	"fmt"

	"holdfast/fixtures"
)

// RealmChange changes the realm through one node; every node has to serve the change.
type RealmChange struct {
	// Was is what the realm said before, for the undo.
	Was   string `json:"was,omitempty" yaml:"-" jsonschema:"-"`
	Facts `json:"facts,omitzero" yaml:"-" jsonschema:"-"`
}

// Kind is "realm-change".
func (*RealmChange) Kind() string { return "realm-change" }

// Voluntary is true.
func (*RealmChange) Voluntary() bool { return true }

// Sweeps is true: every node is to show it.
func (*RealmChange) Sweeps() bool { return true }

// Check wants one Keycloak node.
func (r *RealmChange) Check(t fixtures.Topology, targets []string) error {
	return oneKeycloak(r.Kind(), t, targets)
}

func oneKeycloak(kind string, t fixtures.Topology, targets []string) error {
	err := only(kind, t, targets, fixtures.Keycloak)
	if len(targets) != 1 {
		err = errors.Join(err, fmt.Errorf("a %s is made through one node; these are %d", kind, len(targets)))
	}
	return err
}

func administered(t Target) (fixtures.Administered, error) {
	return able[fixtures.Administered](t.Env, t.Node.Name(), "change the realm")
}

// Allowed wants an environment whose realm can be changed.
func (*RealmChange) Allowed(_ context.Context, targets []Target) error {
	return every(targets, func(t Target) error { _, err := administered(t); return err })
}

// Observe notes what the realm says before.
func (r *RealmChange) Observe(ctx context.Context, id string, targets []Target) error {
	for _, t := range targets {
		a, err := administered(t)
		if err != nil {
			return err
		}
		if r.Was, err = a.Marker(ctx, t.Node.Name()); err != nil {
			return err
		}
	}
	return r.Facts.Observe(ctx, id, targets)
}

// marker is what is written.
func (r *RealmChange) marker() string { return "holdfast " + r.tag() }

// Inject writes the marker through the node.
func (r *RealmChange) Inject(ctx context.Context, t Target) error {
	a, err := administered(t)
	if err != nil {
		return err
	}
	return a.SetMarker(ctx, t.Node.Name(), r.marker())
}

// Undo writes what was there.
func (r *RealmChange) Undo(ctx context.Context, t Target) error {
	a, err := administered(t)
	if err != nil {
		return err
	}
	return a.SetMarker(ctx, t.Node.Name(), r.Was)
}

// Probe asks the node what it serves.
func (r *RealmChange) Probe(ctx context.Context, t Target) Sighting {
	return serves(ctx, t, r.marker())
}

func serves(ctx context.Context, t Target, marker string) Sighting {
	a, err := administered(t)
	if err != nil {
		return Sighting{Source: "realm", Seen: err.Error()}
	}
	got, err := a.Marker(ctx, t.Node.Name())
	if err != nil {
		return Sighting{Source: "realm at " + t.Node.Name(), Seen: "not known: " + err.Error()}
	}
	return Sighting{Effect: got == marker, Source: "realm at " + t.Node.Name(), Seen: fmt.Sprintf("it serves %q", got)}
}

// Steps is the moment every node serves the change.
func (*RealmChange) Steps() []string { return []string{StepEverywhere} }

// Passed looks whether every node does.
func (r *RealmChange) Passed(ctx context.Context, t Target, _ string) Sighting {
	return everywhere(t, func(t Target) Sighting { return serves(ctx, t, r.marker()) })
}

// everywhere wants the same of every Keycloak node.
func everywhere(t Target, look func(Target) Sighting) Sighting {
	var s Sighting
	for _, n := range fixtures.ByRole(t.Env, fixtures.Keycloak) {
		if s = look(t.other(n)); !s.Effect {
			return s
		}
	}
	s.Source = "every Keycloak node"
	return s
}

// Healed wants every node to serve what was there.
func (r *RealmChange) Healed(ctx context.Context, t Target) error {
	if s := everywhere(t, func(t Target) Sighting { return serves(ctx, t, r.Was) }); !s.Effect {
		return fmt.Errorf("%s: %s", s.Source, s.Seen)
	}
	return nil
}

package chaos

import (
	"context"
	"fmt"
	"slices"

	"holdfast/fixtures"
)

// KeyRotation adds a new active signing key to the realm through one node; every node has to
// publish it. The old keys stay, so that tokens signed by them do too; the new one stays as well.
type KeyRotation struct {
	// Before are the ids of the keys that were published.
	Before []string `json:"before,omitempty" yaml:"-" jsonschema:"-"`
	Facts  `json:"facts,omitzero" yaml:"-" jsonschema:"-"`
}

// Kind is "key-rotation".
func (*KeyRotation) Kind() string { return "key-rotation" }

// Voluntary is true.
func (*KeyRotation) Voluntary() bool { return true }

// Sweeps is true: every node is to show it.
func (*KeyRotation) Sweeps() bool { return true }

// Check wants one Keycloak node.
func (k *KeyRotation) Check(t fixtures.Topology, targets []string) error {
	return oneKeycloak(k.Kind(), t, targets)
}

// Allowed wants an environment whose realm can be changed.
func (*KeyRotation) Allowed(_ context.Context, targets []Target) error {
	return every(targets, func(t Target) error { _, err := administered(t); return err })
}

// Observe notes the keys before.
func (k *KeyRotation) Observe(ctx context.Context, id string, targets []Target) error {
	for _, t := range targets {
		a, err := administered(t)
		if err != nil {
			return err
		}
		if k.Before, err = a.KeyIDs(ctx, t.Node.Name()); err != nil {
			return err
		}
	}
	return k.Facts.Observe(ctx, id, targets)
}

// Inject adds the key.
func (k *KeyRotation) Inject(ctx context.Context, t Target) error {
	a, err := administered(t)
	if err != nil {
		return err
	}
	return a.RotateKeys(ctx, t.Node.Name())
}

// Undo has nothing to do: a key that signed tokens must not be taken away from those who check them.
func (*KeyRotation) Undo(context.Context, Target) error { return nil }

// Probe looks for a key that was not there, among what the node publishes.
func (k *KeyRotation) Probe(ctx context.Context, t Target) Sighting {
	a, err := administered(t)
	if err != nil {
		return Sighting{Source: "keys", Seen: err.Error()}
	}
	ids, err := a.KeyIDs(ctx, t.Node.Name())
	if err != nil {
		return Sighting{Source: "keys of " + t.Node.Name(), Seen: "not known: " + err.Error()}
	}
	fresh := slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return slices.Contains(k.Before, id) })
	return Sighting{Effect: len(fresh) > 0, Source: "keys of " + t.Node.Name(),
		Seen: fmt.Sprintf("%d published, %d of them new", len(ids), len(fresh))}
}

// Steps is the moment every node publishes the key.
func (*KeyRotation) Steps() []string { return []string{StepEverywhere} }

// Passed looks whether every node does.
func (k *KeyRotation) Passed(ctx context.Context, t Target, _ string) Sighting {
	return everywhere(t, func(t Target) Sighting { return k.Probe(ctx, t) })
}

// Healed wants every node to publish the same keys.
func (k *KeyRotation) Healed(ctx context.Context, t Target) error {
	a, err := administered(t)
	if err != nil {
		return err
	}
	var all [][]string
	for _, n := range fixtures.ByRole(t.Env, fixtures.Keycloak) {
		ids, err := a.KeyIDs(ctx, n.Name())
		if err != nil {
			return err
		}
		slices.Sort(ids)
		if all = append(all, ids); !slices.Equal(all[0], ids) {
			return fmt.Errorf("%s publishes other keys than %s", n.Name(), fixtures.ByRole(t.Env, fixtures.Keycloak)[0].Name())
		}
	}
	return nil
}

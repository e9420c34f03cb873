package chaos

import (
	"context"
	"fmt"

	"holdfast/fixtures"
)

// HalfOpen lets a link's connections stand while no byte passes: neither end is told.
type HalfOpen struct {
	Link  string `json:"link" yaml:"link" jsonschema:"required,enum=keycloak-database,enum=keycloak-cache,enum=balancer-keycloak,enum=client-balancer,description=the connection that is disturbed"`
	Facts `json:"facts,omitzero" yaml:"-" jsonschema:"-"`
}

// Kind is "half-open".
func (*HalfOpen) Kind() string { return "half-open" }

// Voluntary is false.
func (*HalfOpen) Voluntary() bool { return false }

// Check wants a link.
func (h *HalfOpen) Check(t fixtures.Topology, targets []string) error {
	return checkLink(h.Kind(), t, targets, h.Link)
}

// Needs is the proxy on the link.
func (h *HalfOpen) Needs(t *fixtures.Topology) { needLink(t, h.Link) }

// Allowed wants the link to work.
func (h *HalfOpen) Allowed(ctx context.Context, targets []Target) error {
	return canShape(ctx, targets, h.Link)
}

// Inject holds every byte back.
func (h *HalfOpen) Inject(ctx context.Context, t Target) error {
	return shape(ctx, t, h.Link, fixtures.Toxic{ID: h.tag(), Stall: true})
}

// Undo lets them pass.
func (h *HalfOpen) Undo(ctx context.Context, t Target) error {
	return unshape(ctx, t, h.Link, h.tag())
}

// Probe makes an exchange: over the proxy nothing must come and nothing end, beside it all be well.
func (h *HalfOpen) Probe(ctx context.Context, t Target) Sighting {
	x := exchangeOver(ctx, t, h.Link)
	switch {
	case x.err == nil:
		return Sighting{Source: "round trip", Seen: fmt.Sprintf("an exchange over the proxy took %v", x.through)}
	case !x.aside:
		return Sighting{Source: "round trip", Seen: "fails beside the proxy too: " + x.err.Error()}
	case !timedOut(x.err):
		return Sighting{Source: "round trip", Seen: "the connection ends: " + x.err.Error()}
	}
	return Sighting{Effect: true, Source: "exchange over the proxy and beside it",
		Seen: fmt.Sprintf("over the proxy no answer and no end; beside it %v", x.beside)}
}

// Healed wants the round trip to be back.
func (h *HalfOpen) Healed(ctx context.Context, t Target) error { return back(ctx, t, h.Link) }

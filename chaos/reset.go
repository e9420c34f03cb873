package chaos

import (
	"context"
	"errors"
	"fmt"
	"time"

	"holdfast/fixtures"
)

// Reset resets each connection of a link After it was opened.
type Reset struct {
	Link  string        `json:"link" yaml:"link" jsonschema:"required,enum=keycloak-database,enum=keycloak-cache,enum=balancer-keycloak,enum=client-balancer,description=the connection that is disturbed"`
	After time.Duration `json:"after" yaml:"after" jsonschema:"default=100ms,description=how old a connection gets until it is reset"`
	Facts `json:"facts,omitzero" yaml:"-" jsonschema:"-"`
}

// Kind is "reset".
func (*Reset) Kind() string { return "reset" }

// Voluntary is false.
func (*Reset) Voluntary() bool { return false }

// Check wants a link and a time.
func (r *Reset) Check(t fixtures.Topology, targets []string) error {
	err := checkLink(r.Kind(), t, targets, r.Link)
	if r.After < 0 || r.After > 2*time.Second {
		err = errors.Join(err, wrong("after", "after is %v, out of range: at most 2s", r.After))
	}
	return err
}

func (r *Reset) after() time.Duration { return orDefault(r.After, 100*time.Millisecond) }

// Needs is the proxy on the link.
func (r *Reset) Needs(t *fixtures.Topology) { needLink(t, r.Link) }

// Allowed wants the link to work.
func (r *Reset) Allowed(ctx context.Context, targets []Target) error {
	return canShape(ctx, targets, r.Link)
}

// Inject resets connections.
func (r *Reset) Inject(ctx context.Context, t Target) error {
	return shape(ctx, t, r.Link, fixtures.Toxic{ID: r.tag(), Reset: r.after()})
}

// Undo lets them live.
func (r *Reset) Undo(ctx context.Context, t Target) error { return unshape(ctx, t, r.Link, r.tag()) }

// Probe makes an exchange: over the proxy its connection must end, beside it all be well.
func (r *Reset) Probe(ctx context.Context, t Target) Sighting {
	x := exchangeOver(ctx, t, r.Link)
	switch {
	case x.err == nil:
		return Sighting{Source: "round trip", Seen: fmt.Sprintf("an exchange over the proxy took %v", x.through)}
	case !x.aside:
		return Sighting{Source: "round trip", Seen: "fails beside the proxy too: " + x.err.Error()}
	case timedOut(x.err):
		return Sighting{Source: "round trip", Seen: "stalls, and does not end: " + x.err.Error()}
	}
	return Sighting{Effect: true, Source: "exchange over the proxy and beside it",
		Seen: fmt.Sprintf("over the proxy: %v; beside it %v", x.err, x.beside)}
}

// Healed wants the round trip to be back.
func (r *Reset) Healed(ctx context.Context, t Target) error { return back(ctx, t, r.Link) }

package chaos

import (
	"context"
	"errors"
	"fmt"
	"time"

	"holdfast/fixtures"
)

// Bandwidth bounds how fast a link's upstream can answer.
type Bandwidth struct {
	Link  string `json:"link" yaml:"link" jsonschema:"required,enum=keycloak-database,enum=keycloak-cache,enum=balancer-keycloak,enum=client-balancer,description=the connection that is disturbed"`
	Rate  int64  `json:"rate" yaml:"rate" jsonschema:"required,minimum=1024,description=bytes a second towards the client of the link: 64KiB"`
	Facts `json:"facts,omitzero" yaml:"-" jsonschema:"-"`
}

// Kind is "bandwidth".
func (*Bandwidth) Kind() string { return "bandwidth" }

// Voluntary is false.
func (*Bandwidth) Voluntary() bool { return false }

// Check wants a link and a rate.
func (b *Bandwidth) Check(t fixtures.Topology, targets []string) error {
	err := checkLink(b.Kind(), t, targets, b.Link)
	if b.Rate < 1024 || b.Rate > 1<<30 {
		err = errors.Join(err, wrong("rate", "rate is %d bytes/s, out of range: 1KiB to 1GiB", b.Rate))
	}
	return err
}

// Needs is the proxy on the link.
func (b *Bandwidth) Needs(t *fixtures.Topology) { needLink(t, b.Link) }

// Allowed wants the link to work and its rate to be measurable.
func (b *Bandwidth) Allowed(ctx context.Context, targets []Target) error {
	if err := canShape(ctx, targets, b.Link); err != nil {
		return err
	}
	_, err := able[fixtures.Carrying](targets[0].Env, b.Link, "measure the rate")
	return err
}

// Inject bounds the rate.
func (b *Bandwidth) Inject(ctx context.Context, t Target) error {
	return shape(ctx, t, b.Link, fixtures.Toxic{ID: b.tag(), Rate: b.Rate})
}

// Undo lifts the bound.
func (b *Bandwidth) Undo(ctx context.Context, t Target) error {
	return unshape(ctx, t, b.Link, b.tag())
}

// measured is for how long the probe has bytes carried: long against a connection's set-up.
const measured = time.Second

// Probe has bytes carried for about a second and takes the time: the rate must be no more than the
// one asked for and a fifth, no less than half of it (what carries them takes time too), and beside
// the proxy more than twice as much.
func (b *Bandwidth) Probe(ctx context.Context, t Target) Sighting {
	through, beside, err := b.rates(ctx, t)
	if err != nil {
		return Sighting{Source: "carried bytes", Seen: "not known: " + err.Error()}
	}
	want := float64(b.Rate)
	return Sighting{
		Effect: through > 0.5*want && through < 1.2*want && beside > 2*through,
		Source: "bytes carried over the proxy and beside it",
		Seen:   fmt.Sprintf("%.0f bytes/s over the proxy, %.0f beside it; %d was asked for", through, beside, b.Rate),
	}
}

func (b *Bandwidth) rates(ctx context.Context, t Target) (through, beside float64, err error) {
	c, err := able[fixtures.Carrying](t.Env, b.Link, "measure the rate")
	if err != nil {
		return 0, 0, err
	}
	size := min(int64(measured.Seconds()*float64(b.Rate)), 16<<20)
	n, slow, fast, err := c.Carry(ctx, b.Link, size)
	if err != nil {
		return 0, 0, err
	}
	if n <= 0 || slow <= 0 || fast <= 0 {
		return 0, 0, fmt.Errorf("%d bytes were carried in %v and %v", n, slow, fast)
	}
	return float64(n) / slow.Seconds(), float64(n) / fast.Seconds(), nil
}

// Healed wants the proxy to carry well more than the bound again.
func (b *Bandwidth) Healed(ctx context.Context, t Target) error {
	through, beside, err := b.rates(ctx, t)
	if err == nil && through < 1.5*float64(b.Rate) && through < beside/2 {
		err = fmt.Errorf("%s still carries only %.0f bytes/s", b.Link, through)
	}
	return err
}

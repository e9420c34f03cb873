package chaos

import (
	"context"
	"errors"
	"fmt"
	"time"

	"holdfast/fixtures"
)

// Latency delays what a link's upstream answers.
type Latency struct {
	Link    string        `json:"link" yaml:"link" jsonschema:"required,enum=keycloak-database,enum=keycloak-cache,enum=balancer-keycloak,enum=client-balancer,description=the connection that is disturbed"`
	Latency time.Duration `json:"latency" yaml:"latency" jsonschema:"required,description=added to each answer"`
	Jitter  time.Duration `json:"jitter" yaml:"jitter" jsonschema:"description=more or less than that, evenly (default 0s)"`
	Facts   `json:"facts,omitzero" yaml:"-" jsonschema:"-"`
}

// Kind is "latency".
func (*Latency) Kind() string { return "latency" }

// Voluntary is false.
func (*Latency) Voluntary() bool { return false }

// Check wants a link, and a delay that can be told from none.
func (l *Latency) Check(t fixtures.Topology, targets []string) error {
	err := checkLink(l.Kind(), t, targets, l.Link)
	if l.Latency < 10*time.Millisecond || l.Latency > time.Minute {
		err = errors.Join(err, wrong("latency", "latency is %v, out of range: 10ms (less cannot be told from none) to 1m", l.Latency))
	}
	if l.Jitter < 0 || l.Jitter > l.Latency {
		err = errors.Join(err, wrong("jitter", "jitter is %v; at most the latency, %v", l.Jitter, l.Latency))
	}
	return err
}

// Needs is the proxy on the link.
func (l *Latency) Needs(t *fixtures.Topology) { needLink(t, l.Link) }

// Allowed wants the link to work.
func (l *Latency) Allowed(ctx context.Context, targets []Target) error {
	return canShape(ctx, targets, l.Link)
}

// Inject adds the delay.
func (l *Latency) Inject(ctx context.Context, t Target) error {
	return shape(ctx, t, l.Link, fixtures.Toxic{ID: l.tag(), Latency: l.Latency, Jitter: l.Jitter})
}

// Undo takes it away.
func (l *Latency) Undo(ctx context.Context, t Target) error { return unshape(ctx, t, l.Link, l.tag()) }

// exchanges is how many a look at a delay makes: what the machine adds to one is not in all.
const exchanges = 5

// Probe makes exchanges through the proxy and beside it; the quickest of each must differ by the
// delay, not just by some.
func (l *Latency) Probe(ctx context.Context, t Target) Sighting {
	var through, beside time.Duration
	for i := range exchanges {
		x := exchangeOver(ctx, t, l.Link)
		if x.err != nil {
			return Sighting{Source: "round trip", Seen: "not known: " + x.err.Error()}
		}
		if i == 0 {
			through, beside = x.through, x.beside
		}
		through, beside = min(through, x.through), min(beside, x.beside)
	}
	added := through - beside
	return Sighting{
		Effect: (added - l.Latency).Abs() <= tolerance(l.Latency, l.Jitter), Source: "round trips over the proxy and beside it",
		Seen: fmt.Sprintf("%v longer over the proxy than beside it (the quickest of %d each); %v was asked for", added.Round(time.Millisecond/10), exchanges, l.Latency),
	}
}

// Healed wants the round trip to be back.
func (l *Latency) Healed(ctx context.Context, t Target) error { return back(ctx, t, l.Link) }

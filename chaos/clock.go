package chaos

import (
	"context"
	"errors"
	"fmt"
	"time"

	"holdfast/fixtures"
)

// Clock sets a node's clock apart from the others'.
type Clock struct {
	Offset time.Duration `json:"offset" yaml:"offset" jsonschema:"required,description=ahead of the true time; negative is behind"`
	Facts  `json:"facts,omitzero" yaml:"-" jsonschema:"-"`
}

// Kind is "clock".
func (*Clock) Kind() string { return "clock" }

// Voluntary is false.
func (*Clock) Voluntary() bool { return false }

// clockSlack is what reading a node's clock may be off by.
const clockSlack = 2 * time.Second

// Check wants an offset that can be told from reading the clock late.
func (c *Clock) Check(fixtures.Topology, []string) error {
	if d := c.Offset.Abs(); d <= 2*clockSlack || d > 365*24*time.Hour {
		return wrong("offset", "offset is %v; it must be more than %v (less cannot be told from a late answer) and at most a year", c.Offset, 2*clockSlack)
	}
	return nil
}

// Needs is a clock of each node's own.
func (*Clock) Needs(t *fixtures.Topology) { t.Keycloak.OwnClock = true }

func clocked(t Target) (fixtures.Clocked, error) {
	return able[fixtures.Clocked](t.Node, t.Node.Name(), "set the clock")
}

// Allowed wants nodes whose clock can be set and is right.
func (c *Clock) Allowed(ctx context.Context, targets []Target) error {
	return every(targets, func(t Target) error { return clockRight(ctx, t) })
}

func clockRight(ctx context.Context, t Target) error {
	off, err := clockOff(ctx, t)
	if err == nil && off.Abs() > clockSlack {
		err = fmt.Errorf("the clock of %s is %v off", t.Node.Name(), off.Round(time.Second/10))
	}
	return err
}

// clockOff is how far the node's clock is ahead of ours.
func clockOff(ctx context.Context, t Target) (time.Duration, error) {
	n, err := clocked(t)
	if err != nil {
		return 0, err
	}
	began := time.Now()
	at, err := n.Clock(ctx)
	if err != nil {
		return 0, err
	}
	took := time.Since(began)
	if took > 2*clockSlack {
		return 0, errors.New("reading the clock took " + took.String())
	}
	return at.Sub(began.Add(took / 2)), nil
}

// Inject sets the clock apart.
func (c *Clock) Inject(ctx context.Context, t Target) error {
	n, err := clocked(t)
	if err != nil {
		return err
	}
	return n.SetClock(ctx, c.Offset)
}

// Undo sets it right.
func (*Clock) Undo(ctx context.Context, t Target) error {
	n, err := clocked(t)
	if err != nil {
		return err
	}
	return n.SetClock(ctx, 0)
}

// Probe asks the node what time it is.
func (c *Clock) Probe(ctx context.Context, t Target) Sighting {
	off, err := clockOff(ctx, t)
	if err != nil {
		return Sighting{Source: "the node's clock", Seen: "not known: " + err.Error()}
	}
	return Sighting{Effect: (off - c.Offset).Abs() <= clockSlack, Source: "the node's clock",
		Seen: fmt.Sprintf("%v ahead; %v was asked for", off.Round(time.Second/10), c.Offset)}
}

// Healed wants the clock right.
func (c *Clock) Healed(ctx context.Context, t Target) error { return clockRight(ctx, t) }

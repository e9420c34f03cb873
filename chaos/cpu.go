package chaos

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"holdfast/fixtures"
)

// CPU bounds how much CPU a node may use.
type CPU struct {
	Cores float64 `json:"cores" yaml:"cores" jsonschema:"required,description=cores the node may use: 0.25 is a quarter of one"`
	// Before are the targets' limits before, for the undo.
	Before map[string]fixtures.Limits `json:"before,omitempty" yaml:"-" jsonschema:"-"`
	Facts  `json:"facts,omitzero" yaml:"-" jsonschema:"-"`
}

// Kind is "cpu".
func (*CPU) Kind() string { return "cpu" }

// Voluntary is false.
func (*CPU) Voluntary() bool { return false }

// Check wants a share that is less than much and more than nothing.
func (c *CPU) Check(fixtures.Topology, []string) error {
	if c.Cores < 0.01 || c.Cores > 64 {
		return wrong("cores", "cores is %v, out of range: 0.01 to 64", c.Cores)
	}
	return nil
}

func limited(t Target) (fixtures.Limited, error) {
	return able[fixtures.Limited](t.Node, t.Node.Name(), "change limits")
}

// Allowed wants nodes whose limits can be changed.
func (*CPU) Allowed(_ context.Context, targets []Target) error {
	return every(targets, func(t Target) error { _, err := limited(t); return err })
}

// Observe notes the limits before.
func (c *CPU) Observe(ctx context.Context, id string, targets []Target) (err error) {
	c.Before, err = limitsOf(ctx, targets)
	return errors.Join(err, c.Facts.Observe(ctx, id, targets))
}

func limitsOf(ctx context.Context, targets []Target) (map[string]fixtures.Limits, error) {
	out := map[string]fixtures.Limits{}
	for _, t := range targets {
		n, err := limited(t)
		if err != nil {
			return nil, err
		}
		if out[t.Node.Name()], err = n.Limits(ctx); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Inject sets the limit.
func (c *CPU) Inject(ctx context.Context, t Target) error {
	n, err := limited(t)
	if err != nil {
		return err
	}
	l := c.Before[t.Node.Name()]
	l.CPU = c.Cores
	return n.SetLimits(ctx, l)
}

// Undo sets the limit that was.
func (c *CPU) Undo(ctx context.Context, t Target) error { return unlimit(ctx, t, c.Before) }

func unlimit(ctx context.Context, t Target, before map[string]fixtures.Limits) error {
	n, err := limited(t)
	if err != nil {
		return err
	}
	was, known := before[t.Node.Name()]
	if !known {
		return fmt.Errorf("what the limits of %s were is not known", t.Node.Name())
	}
	return n.SetLimits(ctx, was)
}

// throttleLook is for how long the probe watches the scheduler's books.
const throttleLook = time.Second

// Probe reads the scheduler's books twice: the node must have been kept from the CPU in between,
// and have used no more than its share.
func (c *CPU) Probe(ctx context.Context, t Target) Sighting {
	n, err := limited(t)
	if err != nil {
		return Sighting{Source: "scheduler", Seen: err.Error()}
	}
	began := time.Now()
	throttled, used, err := n.Throttled(ctx)
	if err != nil || pause(ctx, throttleLook) != nil {
		return Sighting{Source: "scheduler", Seen: fmt.Sprintf("not known: %v", err)}
	}
	throttledThen, usedThen, err := n.Throttled(ctx)
	if err != nil {
		return Sighting{Source: "scheduler", Seen: "not known: " + err.Error()}
	}
	cores := float64(usedThen-used) / float64(time.Since(began))
	kept := throttledThen - throttled
	// What was used is counted per period of 0.1 s, so that a tenth more may show.
	return Sighting{Effect: kept > 0 && cores <= 1.25*c.Cores+0.05, Source: "the scheduler's books",
		Seen: fmt.Sprintf("in %v kept from the CPU for %v; used %.2f cores", throttleLook, kept.Round(time.Millisecond), cores)}
}

// Healed wants the limits that were.
func (c *CPU) Healed(ctx context.Context, t Target) error { return limitsBack(ctx, t, c.Before) }

func limitsBack(ctx context.Context, t Target, before map[string]fixtures.Limits) error {
	n, err := limited(t)
	if err != nil {
		return err
	}
	now, err := n.Limits(ctx)
	if err != nil {
		return err
	}
	was := before[t.Node.Name()]
	if math.Abs(now.CPU-was.CPU) > 0.005 || now.MemoryMiB != was.MemoryMiB {
		return fmt.Errorf("the limits of %s are %v cores and %d MiB; they were %v and %d", t.Node.Name(), now.CPU, now.MemoryMiB, was.CPU, was.MemoryMiB)
	}
	return nil
}

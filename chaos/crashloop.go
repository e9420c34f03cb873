package chaos

import (
	"context"
	"fmt"
	"time"

	"holdfast/fixtures"
)

// CrashLoop kills the node, starts it, and kills it again each Every: a process that comes up
// and dies.
type CrashLoop struct {
	Every time.Duration `json:"every" yaml:"every" jsonschema:"default=10s,description=from one death to the next"`
	Facts `json:"facts,omitzero" yaml:"-" jsonschema:"-"`
}

// Kind is "crash-loop".
func (*CrashLoop) Kind() string { return "crash-loop" }

// Voluntary is false.
func (*CrashLoop) Voluntary() bool { return false }

// Check bounds the period.
func (c *CrashLoop) Check(fixtures.Topology, []string) error {
	if d := c.every(); d < time.Second || d > 10*time.Minute {
		return wrong("every", "every is %v, out of range: 1s to 10m", d)
	}
	return nil
}

func (c *CrashLoop) every() time.Duration { return orDefault(c.Every, 10*time.Second) }

// Inject kills the node for the first time.
func (*CrashLoop) Inject(ctx context.Context, t Target) error { return t.Node.Kill(ctx) }

// Last starts the node and kills it again each period. It wants to see each start become a new
// process and each kill end it.
func (c *CrashLoop) Last(ctx context.Context, t Target) error {
	for deaths := 1; ctx.Err() == nil; deaths++ {
		if err := c.bringBack(ctx, t, t.Node.Start, nil); err != nil {
			return ended(ctx, err)
		}
		state, err := t.Node.State(ctx)
		if err != nil || !c.restarted(t.Node, state) {
			return ended(ctx, fmt.Errorf("start %s again: no new process (%v)", t.Node.Name(), err))
		}
		if err := pause(ctx, c.every()); err != nil {
			return ended(ctx, err)
		}
		if err := t.Node.Kill(ctx); err != nil {
			return ended(ctx, err)
		}
		s := gone(ctx, t.Node)
		if !s.Effect {
			return ended(ctx, fmt.Errorf("kill %s again: %s", t.Node.Name(), s.Seen))
		}
		t.note(Sighting{Source: s.Source, Seen: fmt.Sprintf("died for the %d. time: %s", deaths+1, s.Seen)})
	}
	return nil
}

// ended is err, unless ctx ended: then nothing is amiss.
func ended(ctx context.Context, err error) error {
	if ctx.Err() == nil {
		return err
	}
	return nil
}

// Undo lets the node run.
func (c *CrashLoop) Undo(ctx context.Context, t Target) error {
	return c.bringBack(ctx, t, t.Node.Start, nil)
}

// Probe looks for a node that is gone or a process other than before.
func (c *CrashLoop) Probe(ctx context.Context, t Target) Sighting {
	if state, err := t.Node.State(ctx); err == nil && c.restarted(t.Node, state) {
		return Sighting{Effect: true, Source: "process start time",
			Seen: fmt.Sprintf("pid %d only since %s", state.PID, hour(state.StartedAt))}
	}
	return gone(ctx, t.Node)
}

// Healed adds nothing to being ready.
func (*CrashLoop) Healed(context.Context, Target) error { return nil }

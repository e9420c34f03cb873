package chaos

import (
	"context"
	"fmt"
	"time"

	"holdfast/fixtures"
)

// Restart stops each target and starts it again. With InTurn the next one only begins when
// the last one serves: a rolling restart.
type Restart struct {
	// Grace is how long the process may take to end by itself; 0 is [DefaultGrace].
	Grace  time.Duration `json:"grace" yaml:"grace" jsonschema:"default=30s,description=how long the process may take to end by itself"`
	InTurn bool          `json:"one_by_one" yaml:"one_by_one" jsonschema:"description=the next target only when the last one serves again (a rolling restart)"`
	Facts  `json:"facts,omitzero" yaml:"-" jsonschema:"-"`
}

// Kind is "restart".
func (*Restart) Kind() string { return "restart" }

// Voluntary is true: somebody asked for it.
func (*Restart) Voluntary() bool { return true }

// Check bounds the grace.
func (r *Restart) Check(fixtures.Topology, []string) error { return checkGrace(r.Grace) }

// OneByOne is the setting.
func (r *Restart) OneByOne() bool { return r.InTurn }

// restartPatience is how long a node may take to serve after its start.
const restartPatience = 3 * time.Minute

// Patience is the grace and a start.
func (r *Restart) Patience() time.Duration { return graceOr(r.Grace) + restartPatience }

// Inject stops the node, starts it and, one by one, waits until it serves.
func (r *Restart) Inject(ctx context.Context, t Target) error {
	if err := t.Node.Stop(ctx, graceOr(r.Grace)); err != nil {
		return err
	}
	if err := r.bringBack(ctx, t, t.Node.Start, nil); err != nil {
		return err
	}
	if r.InTurn {
		return awaitReady(ctx, t.Node)
	}
	return nil
}

// Undo finishes what Inject may have left: it starts a node that does not run.
func (r *Restart) Undo(ctx context.Context, t Target) error {
	return r.bringBack(ctx, t, t.Node.Start, nil)
}

// Probe looks for another process than before.
func (r *Restart) Probe(ctx context.Context, t Target) Sighting {
	state, err := t.Node.State(ctx)
	switch {
	case err != nil:
		return Sighting{Source: "process", Seen: "not known: " + err.Error()}
	case !r.restarted(t.Node, state):
		return Sighting{Source: "process", Seen: fmt.Sprintf("no new process (pid %d since %s)", state.PID, hour(state.StartedAt))}
	}
	return Sighting{Effect: true, Source: "process start time",
		Seen: fmt.Sprintf("pid %d since %s; before: %s", state.PID, hour(state.StartedAt), hour(r.Started[t.Node.Name()]))}
}

// Healed adds nothing to being ready: the new process is what stays.
func (*Restart) Healed(context.Context, Target) error { return nil }

func hour(t time.Time) string { return t.UTC().Format("15:04:05.000") }

package chaos

import (
	"context"
	"errors"
	"fmt"
	"time"

	"holdfast/fixtures"
)

// ReplayPause lets a replica receive the primary's log but not apply it: it falls behind and
// what it is asked it answers from the past.
type ReplayPause struct {
	Facts `json:"facts,omitzero" yaml:"-" jsonschema:"-"`
}

// Kind is "replay-pause".
func (*ReplayPause) Kind() string { return "replay-pause" }

// Voluntary is false.
func (*ReplayPause) Voluntary() bool { return false }

// Check wants database nodes and a replica among them.
func (f *ReplayPause) Check(t fixtures.Topology, targets []string) error {
	if t.Database.Replicas < 1 {
		return fmt.Errorf("a %s needs a replica: set topology.database.replicas", f.Kind())
	}
	return only(f.Kind(), t, targets, fixtures.Database)
}

// Allowed wants replicas of a living primary.
func (*ReplayPause) Allowed(ctx context.Context, targets []Target) error {
	return every(targets, func(t Target) error { return isReplica(ctx, t) })
}

// Inject pauses the replay.
func (*ReplayPause) Inject(ctx context.Context, t Target) error {
	db, err := replicating(t)
	if err != nil {
		return err
	}
	return db.PauseReplay(ctx)
}

// Undo resumes it.
func (*ReplayPause) Undo(ctx context.Context, t Target) error {
	db, err := replicating(t)
	if err != nil {
		return err
	}
	return db.ResumeReplay(ctx)
}

// replaySettle is how long a replica that applies its log may need to apply one row.
const replaySettle = 300 * time.Millisecond

// Probe writes a row on the primary and looks whether the replica gets to where the primary was
// then: one that applies what it receives does.
func (*ReplayPause) Probe(ctx context.Context, t Target) Sighting {
	db, err := replicating(t)
	if err != nil {
		return Sighting{Source: "database", Seen: err.Error()}
	}
	p, err := primary(ctx, t.Env, t.Node.Name())
	if err != nil || p == nil {
		return Sighting{Source: "database", Seen: fmt.Sprintf("no primary (%v)", err)}
	}
	if err := p.Write(ctx); err != nil {
		return Sighting{Source: p.Name(), Seen: "takes no write: " + err.Error()}
	}
	at, err := replication(ctx, p)
	if err != nil || pause(ctx, replaySettle) != nil {
		return Sighting{Source: p.Name(), Seen: fmt.Sprintf("not known: %v", err)}
	}
	r, err := replication(ctx, db)
	switch {
	case err != nil:
		return Sighting{Source: t.Node.Name(), Seen: "not known: " + err.Error()}
	case r.Position >= at.Position:
		return Sighting{Source: t.Node.Name(), Seen: fmt.Sprintf("has applied all up to %d", at.Position)}
	case !r.Paused:
		return Sighting{Source: t.Node.Name(), Seen: fmt.Sprintf("is %d bytes behind, but goes on", at.Position-r.Position)}
	}
	return Sighting{Effect: true, Source: "log of " + p.Name() + " and " + t.Node.Name(),
		Seen: fmt.Sprintf("applied up to %d of %d, received %d; it stands still", r.Position, at.Position, r.Received)}
}

// Healed wants the replica to apply again and to have come to where the primary is.
func (*ReplayPause) Healed(ctx context.Context, t Target) error {
	db, err := replicating(t)
	if err != nil {
		return err
	}
	p, err := primary(ctx, t.Env, t.Node.Name())
	if err != nil || p == nil {
		return errors.Join(err, errNoPrimary)
	}
	at, err := replication(ctx, p)
	if err != nil {
		return err
	}
	if pause(ctx, replaySettle) != nil {
		return ctx.Err()
	}
	r, err := replication(ctx, db)
	if err == nil && (r.Paused || r.Position < at.Position) {
		err = fmt.Errorf("%s has applied %d of %d (paused: %v)", t.Node.Name(), r.Position, at.Position, r.Paused)
	}
	return err
}

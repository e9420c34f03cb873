package chaos

import (
	"context"
	"errors"
	"fmt"

	"holdfast/fixtures"
)

// DBPromote promotes a replica although the primary lives: both take writes, a split brain. The
// undo keeps the old primary and throws away what only the promoted one has; it says how much.
type DBPromote struct {
	// Fork is where the log stood when the replica left its primary, at the least.
	Fork  uint64 `json:"fork,omitempty" yaml:"-" jsonschema:"-"`
	Facts `json:"facts,omitzero" yaml:"-" jsonschema:"-"`
}

// Kind is "db-promote".
func (*DBPromote) Kind() string { return "db-promote" }

// Voluntary is false: nobody means to.
func (*DBPromote) Voluntary() bool { return false }

// Sweeps is true: the primary loses a replica.
func (*DBPromote) Sweeps() bool { return true }

// Check wants one replica without a manager, which would not let it happen.
func (f *DBPromote) Check(t fixtures.Topology, targets []string) error {
	err := checkPrimary(f.Kind(), t, targets)
	if t.Database.Manager != fixtures.ManagerNone {
		err = errors.Join(err, fmt.Errorf("a db-promote needs database.manager none: %s does not allow a second primary", t.Database.Manager))
	}
	return err
}

// Allowed wants a primary that takes writes, and a target that is its replica.
func (f *DBPromote) Allowed(ctx context.Context, targets []Target) error {
	return every(targets, func(t Target) error { return isReplica(ctx, t) })
}

// isReplica wants a replica of a living primary.
func isReplica(ctx context.Context, t Target) error {
	db, err := replicating(t)
	if err != nil {
		return err
	}
	r, err := replication(ctx, db)
	if err != nil {
		return err
	}
	if r.Primary {
		return fmt.Errorf("%s is a primary, not a replica", db.Name())
	}
	now, err := primary(ctx, t.Env, db.Name())
	if err == nil && now == nil {
		err = errNoPrimary
	}
	return err
}

// Observe notes how far the replica had come.
func (f *DBPromote) Observe(ctx context.Context, id string, targets []Target) error {
	if err := f.Facts.Observe(ctx, id, targets); err != nil {
		return err
	}
	for _, t := range targets {
		db, err := replicating(t)
		if err != nil {
			return err
		}
		r, err := replication(ctx, db)
		if err != nil {
			return err
		}
		f.Fork = max(r.Received, r.Position)
	}
	return nil
}

// Inject promotes the replica.
func (*DBPromote) Inject(ctx context.Context, t Target) error {
	db, err := replicating(t)
	if err != nil {
		return err
	}
	return db.Promote(ctx)
}

// Undo makes the promoted server a replica of the primary again.
func (f *DBPromote) Undo(ctx context.Context, t Target) error {
	db, err := replicating(t)
	if err != nil {
		return err
	}
	if f.Primary == "" {
		return errNoPrimary
	}
	if r, err := replication(ctx, db); err == nil && r.Primary {
		var written uint64
		if r.Position > f.Fork {
			written = r.Position - f.Fork
		}
		t.note(Sighting{Source: t.Node.Name(), Seen: fmt.Sprintf("at most %d bytes of its log since it left %s are thrown away", written, f.Primary)})
	}
	return db.Follow(ctx, f.Primary)
}

// Probe looks for two servers that take writes.
func (f *DBPromote) Probe(ctx context.Context, t Target) Sighting {
	db, err := replicating(t)
	if err != nil {
		return Sighting{Source: "database", Seen: err.Error()}
	}
	if t.Node.Name() == f.Primary {
		return Sighting{Source: t.Node.Name(), Seen: "is the primary"}
	}
	if err := db.Write(ctx); err != nil {
		return Sighting{Source: t.Node.Name(), Seen: "takes no write: " + err.Error()}
	}
	n, err := fixtures.Find(t.Env, f.Primary)
	if err != nil {
		return Sighting{Source: "database", Seen: err.Error()}
	}
	was, err := replicating(t.other(n))
	if err == nil {
		err = was.Write(ctx)
	}
	if err != nil {
		return Sighting{Source: f.Primary, Seen: "takes no write: " + err.Error()}
	}
	return Sighting{Effect: true, Source: "writes to " + t.Node.Name() + " and " + f.Primary, Seen: "both took a write"}
}

// Healed wants one primary and every other server streaming from it.
func (*DBPromote) Healed(ctx context.Context, t Target) error { return inOrder(ctx, t.Env) }

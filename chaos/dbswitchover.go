package chaos

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"holdfast/fixtures"
)

// DBSwitchover changes the primary as planned maintenance: the old one is stopped in order, so
// that the replicas have all of it, the one that has most is promoted, and the old one follows.
type DBSwitchover struct {
	Facts   `json:"facts,omitzero" yaml:"-" jsonschema:"-"`
	decided atomic.Bool
}

// Kind is "db-switchover".
func (*DBSwitchover) Kind() string { return "db-switchover" }

// Voluntary is true.
func (*DBSwitchover) Voluntary() bool { return true }

// Sweeps is true: every server changes its part.
func (*DBSwitchover) Sweeps() bool { return true }

// Check wants the primary and a replica.
func (f *DBSwitchover) Check(t fixtures.Topology, targets []string) error {
	return checkPrimary(f.Kind(), t, targets)
}

// Allowed wants the target to be the primary now.
func (*DBSwitchover) Allowed(ctx context.Context, targets []Target) error {
	return isPrimary(ctx, targets)
}

// Patience is a stop, a promotion and a new replica.
func (*DBSwitchover) Patience() time.Duration { return DefaultGrace + promotePatience }

// Inject changes the primary.
func (f *DBSwitchover) Inject(ctx context.Context, t Target) error {
	_, err := switchover(ctx, t, &f.decided, func(n fixtures.Node) bool { return n.Name() != t.Node.Name() })
	return err
}

// switchover makes the best of those that are fit the primary in t's place and t its replica. A
// manager does all of it when it is told whom to promote.
func switchover(ctx context.Context, t Target, decided *atomic.Bool, fit func(fixtures.Node) bool) (fixtures.Replicating, error) {
	old, err := replicating(t)
	if err == nil {
		err = isPrimary(ctx, []Target{t})
	}
	if err != nil {
		return nil, err
	}
	next, err := candidate(ctx, t.Env, fit)
	if err != nil {
		return nil, err
	}
	managed := t.Env.Topology().Database.Manager == fixtures.ManagerPatroni
	if !managed {
		if err := old.Stop(ctx, DefaultGrace); err != nil {
			return nil, err
		}
		if s := gone(ctx, old); !s.Effect {
			return nil, fmt.Errorf("%s was stopped, but %s", old.Name(), s.Seen)
		}
		// What the old one sent while it ended may have gone to another replica further.
		if next, err = candidate(ctx, t.Env, fit); err != nil {
			return nil, err
		}
	}
	decided.Store(true)
	if err := takeOver(ctx, t, next); err != nil {
		return nil, err
	}
	return next, old.Follow(ctx, next.Name())
}

// Undo finishes what Inject may have left: the old primary serves if nobody took its place, and
// else follows who did. A switchover that was completed stays.
func (f *DBSwitchover) Undo(ctx context.Context, t Target) error {
	if err := f.bringBack(ctx, t, t.Node.Start, nil); err != nil {
		return err
	}
	return rally(ctx, t.Env)
}

// Probe looks for another primary that takes writes, and a target that is none.
func (*DBSwitchover) Probe(ctx context.Context, t Target) Sighting {
	db, err := replicating(t)
	if err != nil {
		return Sighting{Source: "database", Seen: err.Error()}
	}
	r, err := replication(ctx, db)
	if err != nil || r.Primary {
		return Sighting{Source: t.Node.Name(), Seen: fmt.Sprintf("primary: %v (%v)", r.Primary, err)}
	}
	now, err := primary(ctx, t.Env, t.Node.Name())
	if err != nil || now == nil {
		return Sighting{Source: "database", Seen: fmt.Sprintf("nobody else is primary (%v)", err)}
	}
	if err := now.Write(ctx); err != nil {
		return Sighting{Source: now.Name(), Seen: "takes no write: " + err.Error()}
	}
	return Sighting{Effect: true, Source: t.Node.Name() + " and " + now.Name(),
		Seen: fmt.Sprintf("%s is in recovery; %s took a write", t.Node.Name(), now.Name())}
}

// Healed wants one primary and every other server streaming from it.
func (*DBSwitchover) Healed(ctx context.Context, t Target) error { return inOrder(ctx, t.Env) }

// Steps are those of a failover that nobody has to detect.
func (*DBSwitchover) Steps() []string { return []string{StepDecided, StepServing, StepRedundant} }

// Passed looks for one of them.
func (f *DBSwitchover) Passed(ctx context.Context, t Target, step string) Sighting {
	return passed(ctx, t, step, failover{old: t.Node.Name(), decided: f.decided.Load()})
}

var errNoPrimary = errors.New("the deployment had no primary when this began")

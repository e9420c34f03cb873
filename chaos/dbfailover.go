package chaos

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"holdfast/fixtures"
)

// DBFailover takes the primary away and has a replica take its place: by holdfast, as an operator
// would, or by the topology's own manager. The old primary is kept from serving until the undo,
// which makes it a replica of the new one.
type DBFailover struct {
	How string `json:"how" yaml:"how" jsonschema:"enum=kill,enum=stop,enum=pause,enum=partition,default=kill,description=how the primary is lost: killed or stopped or frozen or cut off from everyone"`
	// PromoteAfter is how long an operator takes to promote; with a manager it has no meaning.
	PromoteAfter time.Duration `json:"promote_after" yaml:"promote_after" jsonschema:"default=2s,description=how long until holdfast promotes a replica; a topology with a manager decides by itself"`
	Facts        `json:"facts,omitzero" yaml:"-" jsonschema:"-"`

	decided, lost atomic.Bool // as this process saw it
}

// DefaultPromoteAfter is how long holdfast waits before it promotes a replica in an operator's place.
const DefaultPromoteAfter = 2 * time.Second

// Kind is "db-failover".
func (*DBFailover) Kind() string { return "db-failover" }

// Voluntary is false.
func (*DBFailover) Voluntary() bool { return false }

// Sweeps is true: replicas follow another primary afterwards.
func (*DBFailover) Sweeps() bool { return true }

// Check wants one database node, a replica beside it, and a known way to lose it.
func (f *DBFailover) Check(t fixtures.Topology, targets []string) error {
	return errors.Join(word("how", f.how(), "kill", "stop", "pause", "partition"),
		checkPromoteAfter(f.PromoteAfter), checkPrimary(f.Kind(), t, targets))
}

func checkPromoteAfter(d time.Duration) error {
	if d < 0 || d > 10*time.Minute {
		return wrong("promote_after", "promote_after is %v, out of range: at most 10m", d)
	}
	return nil
}

// checkPrimary wants one database node with a replica to take its place.
func checkPrimary(kind string, t fixtures.Topology, targets []string) error {
	err := only(kind, t, targets, fixtures.Database)
	if len(targets) != 1 {
		err = errors.Join(err, fmt.Errorf("a %s has one target, the primary; these are %d", kind, len(targets)))
	}
	if t.Database.Replicas < 1 {
		err = errors.Join(err, fmt.Errorf("a %s needs a replica: set topology.database.replicas", kind))
	}
	return err
}

func (f *DBFailover) how() string {
	if f.How == "" {
		return "kill"
	}
	return f.How
}

// breaker is the fault that takes the primary away.
func (f *DBFailover) breaker() Fault {
	switch f.how() {
	case "stop":
		return &Stop{Facts: f.Facts}
	case "pause":
		return &Pause{Facts: f.Facts}
	case "partition":
		return &Partition{To: everyone, Mode: "drop", Way: "both", Facts: f.Facts}
	}
	return &Kill{Facts: f.Facts}
}

// Allowed wants the target to be the primary now, and what the break needs.
func (f *DBFailover) Allowed(ctx context.Context, targets []Target) error {
	if p, ok := f.breaker().(Precondition); ok {
		if err := p.Allowed(ctx, targets); err != nil {
			return err
		}
	}
	return isPrimary(ctx, targets)
}

// isPrimary wants the one target to be the primary, by its own word.
func isPrimary(ctx context.Context, targets []Target) error {
	return every(targets, func(t Target) error {
		db, err := replicating(t)
		if err != nil {
			return err
		}
		r, err := replication(ctx, db)
		if err == nil && !r.Primary {
			err = fmt.Errorf("%s is not the primary", t.Node.Name())
		}
		return err
	})
}

// Patience is the wait before the promotion, and the promotion.
func (f *DBFailover) Patience() time.Duration {
	return orDefault(f.PromoteAfter, DefaultPromoteAfter) + promotePatience
}

// promotePatience is how long a promotion and the others' following may take.
const promotePatience = 2 * time.Minute

// Inject takes the primary away and, where nobody else does, promotes the replica that has most.
func (f *DBFailover) Inject(ctx context.Context, t Target) error {
	if err := f.breaker().Inject(ctx, t); err != nil {
		return err
	}
	if t.Env.Topology().Database.Manager == fixtures.ManagerPatroni {
		return nil
	}
	if err := pause(ctx, orDefault(f.PromoteAfter, DefaultPromoteAfter)); err != nil {
		return err
	}
	next, err := candidate(ctx, t.Env, func(n fixtures.Node) bool { return n.Name() != t.Node.Name() })
	if err != nil {
		return err
	}
	f.decided.Store(true)
	return takeOver(ctx, t, next)
}

// Undo takes the break away; if another was promoted the old primary is ended before it can take
// a write, and becomes a replica.
func (f *DBFailover) Undo(ctx context.Context, t Target) error {
	if err := f.breaker().Undo(ctx, t); err != nil {
		return err
	}
	return rally(ctx, t.Env)
}

// Probe looks for a primary that serves nobody.
func (f *DBFailover) Probe(ctx context.Context, t Target) Sighting {
	s := f.breaker().Probe(ctx, t)
	if s.Effect {
		f.lost.Store(true)
	}
	return s
}

// Healed wants one primary and every other server streaming from it.
func (*DBFailover) Healed(ctx context.Context, t Target) error { return inOrder(ctx, t.Env) }

// Steps are those of every failover.
func (*DBFailover) Steps() []string {
	return []string{StepDetected, StepDecided, StepServing, StepRedundant}
}

// Passed looks for one of them.
func (f *DBFailover) Passed(ctx context.Context, t Target, step string) Sighting {
	return passed(ctx, t, step, failover{old: t.Node.Name(), decided: f.decided.Load(), lost: f.lost.Load()})
}

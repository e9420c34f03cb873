package chaos

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"holdfast/fixtures"
)

// The moments of a failover.
const (
	StepDetected   = "detected"   // the platform knows that the old one is gone
	StepDecided    = "decided"    // another is to take its place: its promotion began
	StepRedirected = "redirected" // the name leads to the new place
	StepServing    = "serving"    // the new primary took a write
	StepRedundant  = "redundant"  // a replica streams from the new primary
	StepEverywhere = "everywhere" // every node serves the change
)

// takeOver promotes next and has every other server but the target follow it.
func takeOver(ctx context.Context, t Target, next fixtures.Replicating) error {
	if r, err := replication(ctx, next); err == nil {
		t.note(Sighting{Source: "holdfast", Seen: fmt.Sprintf("promotes %s, which has received the log up to %d", next.Name(), max(r.Received, r.Position))})
	}
	if err := next.Owned(ctx); err != nil {
		return err
	}
	if err := next.Promote(ctx); err != nil {
		return err
	}
	return followAll(ctx, t.Env, next.Name(), t.Node.Name())
}

// streamsWithin is how long a server that was told to follow may take to be seen streaming.
const streamsWithin = 30 * time.Second

// followAll has every running server but except follow the primary, and wants the primary to say
// that they stream from it.
func followAll(ctx context.Context, e fixtures.Environment, primary, except string) error {
	dbs := databases(e)
	errs := make([]error, len(dbs))
	var wg sync.WaitGroup
	for i, d := range dbs {
		state, err := d.State(ctx)
		if err != nil || !state.Running || d.Name() == primary || d.Name() == except {
			continue
		}
		wg.Go(func() {
			if errs[i] = d.Owned(ctx); errs[i] == nil {
				errs[i] = d.Follow(ctx, primary)
			}
			if errs[i] == nil {
				errs[i] = streamsFrom(ctx, e, d.Name(), primary)
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// streamsFrom waits until the primary says that the server streams from it.
func streamsFrom(ctx context.Context, e fixtures.Environment, name, primary string) error {
	ctx, cancel := context.WithTimeout(ctx, streamsWithin)
	defer cancel()
	return until(ctx, func(ctx context.Context) error {
		for _, d := range databases(e) {
			if d.Name() != primary {
				continue
			}
			if r, err := replication(ctx, d); err != nil || !slices.Contains(r.Streaming, name) {
				return fmt.Errorf("%s was told to follow %s; only %v stream from it (%v)", name, primary, r.Streaming, err)
			}
		}
		return nil
	})
}

// rally has every server follow the primary there is: holdfast may have been killed between a
// promotion and that. A manager sees to it itself.
func rally(ctx context.Context, e fixtures.Environment) error {
	if e.Topology().Database.Manager == fixtures.ManagerPatroni {
		return nil
	}
	var now fixtures.Replicating
	err := until(ctx, func(ctx context.Context) (err error) {
		if now, err = primary(ctx, e, ""); err == nil && now == nil {
			err = errors.New("there is no primary")
		}
		return err
	})
	if err != nil {
		return err
	}
	return followAll(ctx, e, now.Name(), "")
}

// failover is what is known of one under way.
type failover struct {
	old     string // the primary that was
	decided bool   // holdfast itself promotes already
	lost    bool   // our own probe saw it gone
}

// passed looks for one moment of a database failover.
func passed(ctx context.Context, t Target, step string, f failover) Sighting {
	if step == StepDetected {
		return f.noticed(ctx, t)
	}
	if step == StepDecided && f.decided {
		return Sighting{Effect: true, Source: "holdfast", Seen: "promotes a replica"}
	}
	now, err := primary(ctx, t.Env, f.old)
	switch {
	case err != nil:
		return Sighting{Source: "database", Seen: "not known: " + err.Error()}
	case now == nil:
		return Sighting{Source: "database", Seen: "no other server is primary"}
	case step == StepDecided:
		return Sighting{Effect: true, Source: now.Name(), Seen: "is not in recovery any more"}
	case step == StepServing:
		if err := now.Write(ctx); err != nil {
			return Sighting{Source: now.Name(), Seen: "takes no write: " + err.Error()}
		}
		return Sighting{Effect: true, Source: now.Name(), Seen: "took a write"}
	}
	r, err := replication(ctx, now)
	if err != nil || len(r.Streaming) == 0 {
		return Sighting{Source: now.Name(), Seen: fmt.Sprintf("nobody streams from it (%v)", err)}
	}
	return Sighting{Effect: true, Source: now.Name(), Seen: fmt.Sprintf("%v stream from it", r.Streaming)}
}

// noticed asks those who have to know, the manager or the proxy, whether they do; where there is
// neither it is our own look at the server.
func (f failover) noticed(ctx context.Context, t Target) Sighting {
	asked := Sighting{Source: "nobody", Seen: "says that " + f.old + " is gone"}
	watched := false
	for _, n := range t.Env.Nodes() {
		if e, ok := n.(fixtures.Electing); ok {
			watched = true
			if leader, err := e.Leader(ctx); err == nil && leader != f.old {
				return Sighting{Effect: true, Source: n.Name(), Seen: fmt.Sprintf("the leader is %q", leader)}
			}
		}
		if b, ok := n.(fixtures.Balancing); ok && n.Role() == fixtures.Proxy {
			watched = true
			states, err := b.Servers(ctx)
			if s, knows := states[f.old]; err == nil && knows && !s.Up {
				return Sighting{Effect: true, Source: n.Name(), Seen: f.old + " is " + s.Status}
			}
		}
	}
	if !watched && f.lost {
		return Sighting{Effect: true, Source: "holdfast", Seen: "nobody else watches " + f.old + "; our own look saw it gone"}
	}
	return asked
}

// inOrder wants exactly one primary and everyone else streaming from it.
func inOrder(ctx context.Context, e fixtures.Environment) error {
	var primaries, others []string
	var streaming []string
	for _, d := range databases(e) {
		r, err := replication(ctx, d)
		switch {
		case err != nil:
			return fmt.Errorf("ask %s for its replication: %w", d.Name(), err)
		case r.Primary:
			primaries, streaming = append(primaries, d.Name()), r.Streaming
		default:
			others = append(others, d.Name())
		}
	}
	if len(primaries) != 1 {
		return fmt.Errorf("there are %d primaries: %v", len(primaries), primaries)
	}
	for _, name := range others {
		if !slices.Contains(streaming, name) {
			return fmt.Errorf("%s does not stream from %s", name, primaries[0])
		}
	}
	return nil
}

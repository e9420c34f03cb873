package chaos

import (
	"context"
	"errors"
	"fmt"
	"time"

	"holdfast/fixtures"
)

// databases are the servers whose role can change.
func databases(e fixtures.Environment) []fixtures.Replicating {
	var out []fixtures.Replicating
	for _, n := range fixtures.ByRole(e, fixtures.Database) {
		if r, ok := n.(fixtures.Replicating); ok {
			out = append(out, r)
		}
	}
	return out
}

// replicating is the node as a database server whose role can change.
func replicating(t Target) (fixtures.Replicating, error) {
	return able[fixtures.Replicating](t.Node, t.Node.Name(), "change a database's role")
}

// askWithin bounds one question to a database server: one that hangs must not hold up the others.
const askWithin = 3 * time.Second

// replication asks a server for its part. One that is known to be down or frozen is not asked.
func replication(ctx context.Context, d fixtures.Replicating) (fixtures.Replication, error) {
	state, err := d.State(ctx)
	if err != nil {
		return fixtures.Replication{}, err
	}
	if !state.Running || state.Paused {
		return fixtures.Replication{}, fmt.Errorf("%s is down or frozen", d.Name())
	}
	ctx, cancel := context.WithTimeout(ctx, askWithin)
	defer cancel()
	return d.Replication(ctx)
}

// primary is the server that says it is one, other than except: of several the one on the
// newest timeline, of none nil. Servers that do not answer are passed over.
func primary(ctx context.Context, e fixtures.Environment, except string) (fixtures.Replicating, error) {
	var found fixtures.Replicating
	timeline := -1
	for _, d := range databases(e) {
		if d.Name() == except {
			continue
		}
		r, err := replication(ctx, d)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err == nil && r.Primary && r.Timeline > timeline {
			found, timeline = d, r.Timeline
		}
	}
	return found, nil
}

// promoted is the server that became primary in t's place, or nil if none did. A server that runs and
// does not answer might be it; so it is waited for, and in the end an error: starting a second
// primary is worse than leaving one down. Servers the same disruption took down cannot be it.
func (f *Facts) promoted(ctx context.Context, t Target) (fixtures.Replicating, error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	err := until(ctx, func(ctx context.Context) error { return f.allAnswer(ctx, t) })
	if err != nil {
		return nil, fmt.Errorf("bring %s back: cannot tell whether another was promoted: %w", t.Node.Name(), err)
	}
	return primary(ctx, t.Env, t.Node.Name())
}

func (f *Facts) allAnswer(ctx context.Context, t Target) error {
	var errs []error
	for _, d := range databases(t.Env) {
		if d.Name() == t.Node.Name() || f.targets(d.Name()) {
			continue
		}
		if _, err := replication(ctx, d); err != nil && !halted(ctx, d) {
			errs = append(errs, fmt.Errorf("ask %s: %w", d.Name(), err))
		}
	}
	return errors.Join(errs...)
}

// halted says that the server's process is not there: it is nobody's primary, and whoever starts it
// asks first. Waiting for it here could be for ever: it may be waiting for this undo.
func halted(ctx context.Context, n fixtures.Node) bool {
	s, err := n.State(ctx)
	return err == nil && !s.Running
}

func (f *Facts) targets(name string) bool {
	for _, t := range f.Targets {
		if t == name {
			return true
		}
	}
	return false
}

// rejoinPatience is how long a replica that was only down may take to stream again before it is
// made anew.
const rejoinPatience = 20 * time.Second

// bringBack takes a break of a node back by plain; a database server though never beside another
// primary: if another was promoted meanwhile, the old one is fenced (killed, also when frozen),
// its break is taken away by loosen (nil if the kill did) and it follows the new one.
func (f *Facts) bringBack(ctx context.Context, t Target, plain, loosen func(context.Context) error) error {
	db, ok := t.Node.(fixtures.Replicating)
	if !ok {
		return plain(ctx)
	}
	now, err := f.promoted(ctx, t)
	switch {
	case err != nil:
		return err
	case now == nil:
		return plain(ctx)
	case f.Primary != "" && f.Primary != t.Node.Name():
		return backInLine(ctx, db, now.Name(), plain)
	}
	if r, err := replication(ctx, db); err == nil && !r.Primary {
		return backInLine(ctx, db, now.Name(), plain) // it follows already, as after an undo before this one
	}
	if err := db.Kill(ctx); err != nil {
		return fmt.Errorf("fence %s: %w", db.Name(), err)
	}
	if loosen != nil {
		if err := loosen(ctx); err != nil {
			return err
		}
	}
	t.note(Sighting{Source: "undo", Seen: "fenced; it is to follow " + now.Name()})
	return db.Follow(ctx, now.Name())
}

// backInLine brings a server back that was a replica; if it does not stream by itself, because
// its primary is another now, it is made to.
func backInLine(ctx context.Context, db fixtures.Replicating, primary string, plain func(context.Context) error) error {
	if err := plain(ctx); err != nil {
		return err
	}
	wait, cancel := context.WithTimeout(ctx, rejoinPatience)
	defer cancel()
	if until(wait, db.Ready) == nil {
		return nil
	}
	return db.Follow(ctx, primary)
}

// candidate is the replica that has received most of the log, of those that pass fit: who an
// operator promotes to lose least.
func candidate(ctx context.Context, e fixtures.Environment, fit func(fixtures.Node) bool) (fixtures.Replicating, error) {
	var best fixtures.Replicating
	var most uint64
	var errs []error
	for _, d := range databases(e) {
		if !fit(d) {
			continue
		}
		r, err := replication(ctx, d)
		if err != nil {
			errs = append(errs, fmt.Errorf("ask %s: %w", d.Name(), err))
			continue
		}
		if has := max(r.Received, r.Position); !r.Primary && (best == nil || has > most) {
			best, most = d, has
		}
	}
	if best == nil {
		return nil, errors.Join(append(errs, errors.New("no replica can be promoted"))...)
	}
	return best, nil
}

package chaos

import (
	"context"
	"errors"
	"fmt"
	"time"

	"holdfast/fixtures"
)

// database is the state of a database server.
type database struct {
	primary  bool
	upstream string // whom it streams from when it is no primary
	timeline int
	log      uint64 // written, or applied
	received uint64
	paused   bool
	taken    int // connections left; -1 when none were taken
	full     bool
}

type fakeDatabase struct{ *fakeNode }

// upstream is the primary the server streams from, or nil.
func (n *fakeNode) upstream() *fakeNode {
	up := n.env.parts[n.db.upstream]
	if up == nil || up.db == nil || n.db.primary || !n.alive() || !up.alive() || !up.db.primary {
		return nil
	}
	if up.db.timeline != n.db.timeline || !n.passes(up.addr) || !up.passes(n.addr) {
		return nil
	}
	return up
}

// flush has every server receive and apply what it can now.
func (n *fakeNode) flush() {
	for _, m := range n.env.parts {
		if m.db == nil {
			continue
		}
		if up := m.upstream(); up != nil {
			m.db.received = up.db.log
			if !m.db.paused {
				m.db.log = m.db.received
			}
		}
	}
}

func (d *fakeDatabase) Replication(context.Context) (fixtures.Replication, error) {
	d.env.mu.Lock()
	defer d.env.mu.Unlock()
	if !d.alive() || time.Now().Before(d.readyAt) {
		return fixtures.Replication{}, errors.New("no connection to " + d.name)
	}
	d.flush()
	r := fixtures.Replication{Primary: d.db.primary, Timeline: d.db.timeline, Position: d.db.log,
		Received: d.db.received, Paused: d.db.paused, ReadOnly: !d.db.primary}
	for _, x := range d.env.topology.NodeNames() {
		if n := d.env.parts[x.Name]; n.db != nil && n.upstream() == d.fakeNode {
			r.Streaming = append(r.Streaming, n.name)
		}
	}
	return r, nil
}

func (d *fakeDatabase) Promote(context.Context) error {
	if r, err := d.Replication(context.Background()); err != nil || r.Primary {
		return err
	}
	return d.env.act(d.fakeNode, "promote", func() {
		d.db.primary, d.db.upstream, d.db.paused = true, "", false
		d.db.timeline++
	})
}

func (d *fakeDatabase) Follow(_ context.Context, primary string) error {
	d.env.mu.Lock()
	p := d.env.parts[primary]
	follows := d.upstream() == p
	d.env.mu.Unlock()
	if follows {
		return nil
	}
	return d.env.act(d.fakeNode, "follow", func() {
		taken, full := d.db.taken, d.db.full
		*d.db = database{upstream: primary, timeline: p.db.timeline, log: p.db.log, received: p.db.log, taken: taken, full: full}
		d.end(0)()
		d.begin()
		d.readyAt = time.Now()
	})
}

func (d *fakeDatabase) PauseReplay(context.Context) error {
	return d.env.act(d.fakeNode, "pause replay", func() {
		d.flush()
		d.db.paused = true
	})
}

func (d *fakeDatabase) ResumeReplay(context.Context) error {
	return d.env.act(d.fakeNode, "resume replay", func() { d.db.paused = false })
}

// Write is no change anybody counts.
func (d *fakeDatabase) Write(context.Context) error {
	d.env.mu.Lock()
	defer d.env.mu.Unlock()
	switch {
	case !d.alive() || time.Now().Before(d.readyAt):
		return errors.New("no connection to " + d.name)
	case !d.db.primary:
		return errors.New("cannot execute INSERT in a read-only transaction")
	case d.db.full:
		return errors.New("could not extend file: No space left on device")
	}
	d.db.log += 100
	return nil
}

func (d *fakeDatabase) Exhaust(_ context.Context, leave int) error {
	return d.env.act(d.fakeNode, "exhaust", func() { d.db.taken = leave })
}

func (d *fakeDatabase) Relieve(context.Context) error {
	return d.env.act(d.fakeNode, "relieve", func() { d.db.taken = -1 })
}

func (d *fakeDatabase) Connections(context.Context) (others, limit int, err error) {
	d.env.mu.Lock()
	defer d.env.mu.Unlock()
	if !d.alive() {
		return 0, 0, fmt.Errorf("no connection to %s", d.name)
	}
	if d.db.taken >= 0 {
		return d.db.taken, 97, nil
	}
	return 97, 97, nil
}

func (d *fakeDatabase) FillDisk(context.Context, int64) error {
	return d.env.act(d.fakeNode, "fill disk", func() { d.db.full = true })
}

func (d *fakeDatabase) FreeDisk(context.Context) error {
	return d.env.act(d.fakeNode, "free disk", func() { d.db.full = false })
}

func (d *fakeDatabase) DiskFree(context.Context) (int64, error) {
	d.env.mu.Lock()
	defer d.env.mu.Unlock()
	if d.db.full {
		return 0, nil
	}
	return 1 << 30, nil
}

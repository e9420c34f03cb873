package chaos

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"holdfast/fixtures"
)

// hostAddr is where holdfast and its clients are.
var hostAddr = netip.MustParseAddr("198.18.0.1")

type fakeNode struct {
	env     *fakeEnv
	outer   fixtures.Node
	name    string
	role    fixtures.Role
	site    string
	addr    netip.Addr
	state   fixtures.State
	boot    time.Duration
	readyAt time.Time
	foreign bool
	acts    []string
	// twist replaces an act by another behaviour: a mutant.
	twist map[string]func(*fakeNode)

	lie       *bool
	offset    time.Duration
	limits    fixtures.Limits
	throttled time.Duration // until since
	since     time.Time
	cuts      map[string]*fakeCut
	db        *database
}

type fakeCut struct {
	fixtures.Cut
	met uint64
}

func (n *fakeNode) Name() string        { return n.name }
func (n *fakeNode) Role() fixtures.Role { return n.role }
func (n *fakeNode) Site() string        { return n.site }
func (n *fakeNode) Addr() netip.Addr    { return n.addr }

func (n *fakeNode) alive() bool { return n.state.Running && !n.state.Paused }

func (n *fakeNode) Owned(context.Context) error {
	if n.foreign {
		return errors.New(n.name + " does not carry the run's label")
	}
	return nil
}

func (n *fakeNode) State(context.Context) (fixtures.State, error) {
	n.env.mu.Lock()
	defer n.env.mu.Unlock()
	return n.state, nil
}

func (n *fakeNode) Reach(context.Context) fixtures.Reach {
	n.env.mu.Lock()
	defer n.env.mu.Unlock()
	return n.reach()
}

func (n *fakeNode) reach() fixtures.Reach {
	switch {
	case !n.state.Running:
		return fixtures.Reach{Detail: "connection refused"}
	case !n.passes(hostAddr):
		return fixtures.Reach{Detail: "timed out"}
	case n.lie != nil:
		return fixtures.Reach{Connected: true, Answered: true, OK: *n.lie, Detail: "as it was told"}
	case n.state.Paused:
		return fixtures.Reach{Connected: true, Detail: "no answer within 2s"}
	case time.Now().Before(n.readyAt):
		return fixtures.Reach{Connected: true, Answered: true, Detail: "503"}
	}
	return fixtures.Reach{Connected: true, Answered: true, OK: true, Detail: "200"}
}

func (n *fakeNode) Ready(context.Context) error {
	n.env.mu.Lock()
	defer n.env.mu.Unlock()
	if r := n.reach(); !r.OK {
		return errors.New(r.Detail)
	}
	if n.db != nil && !n.db.primary && n.upstream() == nil {
		return errors.New("does not stream")
	}
	return nil
}

// end is what becomes of a process: its network, and the cuts in it, go with it.
func (n *fakeNode) end(code int) func() {
	return func() {
		if n.state.Running {
			n.state = fixtures.State{ExitCode: code, StartedAt: n.state.StartedAt}
			n.cuts = map[string]*fakeCut{}
		}
	}
}

func (n *fakeNode) Kill(context.Context) error { return n.env.act(n, "kill", n.end(137)) }

func (n *fakeNode) Stop(context.Context, time.Duration) error {
	return n.env.act(n, "stop", func() {
		n.flush()
		n.end(143)()
	})
}

func (n *fakeNode) Start(context.Context) error {
	if s, _ := n.State(context.Background()); s.Running {
		return nil
	}
	return n.env.act(n, "start", n.begin)
}

func (n *fakeNode) begin() {
	now := time.Now()
	n.state = fixtures.State{Running: true, PID: int(now.UnixNano() % 1_000_000), StartedAt: now}
	n.readyAt = now.Add(n.boot)
}

func (n *fakeNode) Pause(context.Context) error {
	return n.env.act(n, "pause", func() { n.state.Paused = n.state.Running })
}

func (n *fakeNode) Unpause(context.Context) error {
	if s, _ := n.State(context.Background()); !s.Paused {
		return nil
	}
	return n.env.act(n, "unpause", func() { n.state.Paused = false })
}

// demand is how much CPU a node would use, in cores.
const demand = 0.5

func (n *fakeNode) Limits(context.Context) (fixtures.Limits, error) {
	n.env.mu.Lock()
	defer n.env.mu.Unlock()
	return n.limits, nil
}

func (n *fakeNode) SetLimits(_ context.Context, l fixtures.Limits) error {
	return n.env.act(n, "limit", func() {
		n.throttled, n.since = n.keptFrom(), time.Now()
		n.limits = l
		if l.MemoryMiB < 128 && n.state.Running {
			n.end(137)()
			n.state.OOMKilled = true
		}
	})
}

func (n *fakeNode) keptFrom() time.Duration {
	if n.limits.CPU == 0 || n.limits.CPU >= demand {
		return n.throttled
	}
	return n.throttled + time.Since(n.since)
}

func (n *fakeNode) Throttled(context.Context) (throttled, used time.Duration, err error) {
	n.env.mu.Lock()
	defer n.env.mu.Unlock()
	cores := demand
	if n.limits.CPU > 0 {
		cores = min(cores, n.limits.CPU)
	}
	return n.keptFrom(), time.Duration(cores * float64(time.Since(n.since))), nil
}

// memory is what a node uses, in MiB: half of what it may at first, and no more than it may.
func (n *fakeNode) memory() float64 { return min(512, float64(n.limits.MemoryMiB)) }

func (n *fakeNode) SetClock(_ context.Context, d time.Duration) error {
	return n.env.act(n, "set clock", func() { n.offset = d })
}

func (n *fakeNode) Clock(context.Context) (time.Time, error) {
	n.env.mu.Lock()
	defer n.env.mu.Unlock()
	return time.Now().Add(n.offset), nil
}

func (n *fakeNode) Cut(_ context.Context, c fixtures.Cut) error {
	if len(c.ID) < 1 || len(c.ID) > 20 {
		return fmt.Errorf("%q is no id of a cut", c.ID)
	}
	return n.env.act(n, "cut", func() { n.cuts[c.ID] = &fakeCut{Cut: c} })
}

func (n *fakeNode) Mend(_ context.Context, id string) error {
	n.env.mu.Lock()
	_, there := n.cuts[id]
	n.env.mu.Unlock()
	if !there {
		return nil
	}
	return n.env.act(n, "mend", func() { delete(n.cuts, id) })
}

// passes says whether a packet of the node and the other address gets through, and counts it.
func (n *fakeNode) passes(other netip.Addr) bool {
	for _, c := range n.cuts {
		if len(c.Peers) == 0 && other != hostAddr || slices.Contains(c.Peers, other) {
			c.met++
			if c.Loss == 0 || c.Loss > 0.95 {
				return false
			}
		}
	}
	return true
}

func (n *fakeNode) Contact(_ context.Context, peer fixtures.Node) fixtures.Reach {
	n.env.mu.Lock()
	defer n.env.mu.Unlock()
	p := n.env.parts[peer.Name()]
	switch ours, theirs := n.passes(p.addr), p.passes(n.addr); {
	case !n.state.Running || !p.state.Running:
		return fixtures.Reach{Detail: "no route to host"}
	case !ours || !theirs:
		return fixtures.Reach{Detail: "timed out"}
	}
	return fixtures.Reach{Connected: true, Detail: "connected"}
}

func (n *fakeNode) Dropped(_ context.Context, id string) (uint64, error) {
	n.env.mu.Lock()
	defer n.env.mu.Unlock()
	c, there := n.cuts[id]
	if !there {
		return 0, errors.New("no such cut")
	}
	return c.met, nil
}

package load

import (
	"math"
	"sync"
	"time"
)

// halt is the instant after which no arrival is released.
type halt struct {
	mu   sync.Mutex
	at   time.Duration
	done bool
	ch   chan struct{}
}

func newHalt() *halt { return &halt{ch: make(chan struct{})} }

// now stops at the clock's reading. The clock is read under the lock: an arrival released
// without seeing the halt was then due no later than it, and is among those scheduled.
func (h *halt) now(clock func() time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.done {
		return
	}
	h.at, h.done = clock(), true
	close(h.ch)
}

func (h *halt) when() (at time.Duration, done bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.at, h.done
}

// pacer is a vegeta.Pacer that waits for each arrival itself: vegeta sleeps uninterruptibly,
// and a sparse schedule would hold up Stop until its next arrival.
//
//	waiting ── due ──▶ released ──▶ waiting … ── schedule ends or halt ──▶ stopped
//
// Arrivals that were due before the halt are still released, late, so that none is lost.
type pacer struct {
	schedule Schedule
	began    time.Duration
	now      func() time.Duration
	halt     *halt

	timer    *time.Timer
	alarm    alarm
	released uint64
	stopped  time.Duration
}

func newPacer(s Schedule, began time.Duration, now func() time.Duration, h *halt) *pacer {
	t := time.NewTimer(time.Hour)
	t.Stop()
	return &pacer{schedule: s, began: began, now: now, halt: h, timer: t, alarm: newAlarm()}
}

// Pace waits until arrival k is due.
func (p *pacer) Pace(_ time.Duration, k uint64) (time.Duration, bool) {
	if k >= p.schedule.Len() {
		p.stopped = p.now()
		if at, done := p.halt.when(); done {
			p.stopped = at
		}
		return 0, true
	}
	if at, ok := p.wait(after(p.began, p.schedule.Due(k))); !ok {
		p.stopped = at
		return 0, true
	}
	p.released = k + 1
	return 0, false
}

// Rate is not used by an attack.
func (p *pacer) Rate(time.Duration) float64 { return p.schedule.Rate() }

func (p *pacer) wait(due time.Duration) (stopped time.Duration, ok bool) {
	for {
		now := p.now()
		if at, done := p.halt.when(); done && due > at {
			return at, false
		}
		if due <= now {
			return 0, true
		}
		// The alarm comes second: one that rang before the timer is due would find nothing to do.
		p.timer.Reset(due - now)
		p.alarm.set(due - now)
		select {
		case <-p.timer.C:
		case <-p.halt.ch:
			p.timer.Stop()
		}
	}
}

// after adds without wrapping round.
func after(began, due time.Duration) time.Duration {
	if due > math.MaxInt64-began {
		return math.MaxInt64
	}
	return began + due
}

func (p *pacer) close() {
	p.timer.Stop()
	p.alarm.close()
}

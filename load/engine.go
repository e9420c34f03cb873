package load

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// DefaultTimeout bounds a journey when the engine is not told.
const DefaultTimeout = 10 * time.Second

// An Engine releases journeys when they are due and records what became of each. It is open
// loop: a slow deployment does not slow the arrivals down. Set the fields before first use.
// An engine runs its load once.
type Engine struct {
	// Now is the offset from the start of the run, on the axis of all records.
	Now func() time.Duration
	// Recorder takes the records; nil discards them.
	Recorder Recorder
	// Client carries the requests when there is one kind of client only.
	Client *Client
	// Clients, if any, are used instead of Client, each for its share of the arrivals: which one
	// an arrival's is depends on Seed, its class and its number alone. The first also carries
	// the journeys that no schedule releases.
	Clients []NamedClient
	Seed    uint64
	// Timeout bounds each journey from its start.
	Timeout time.Duration

	once     sync.Once
	shares   *shares
	halt     *halt
	meter    *meter
	inFlight atomic.Int64
	buffers  sync.Pool

	mu   sync.Mutex
	ones map[string]uint64 // journeys run by One so far, by class
}

// A Class is one kind of traffic: journeys released on a schedule.
type Class struct {
	Name     string
	Journey  string
	Schedule Schedule
	// InFlight caps the journeys in flight; arrivals beyond it are dropped and counted. 0 is
	// what the rate can have in flight within the timeout, and a fifth more.
	InFlight int
	Run      Journey
}

// A Journey is what one arrival does. Its requests go through the call.
type Journey func(ctx context.Context, c *Call) Result

// Result is how a journey ended.
type Result struct {
	Outcome Outcome
	Reason  string // why not ok: a short stable phrase
	Step    string // the request that decided a bad outcome
	Starved bool   // nothing was sent: there was no session to send it for
}

func (e *Engine) setup() {
	e.once.Do(func() {
		if e.Now == nil {
			began := time.Now()
			e.Now = func() time.Duration { return time.Since(began) }
		}
		if e.Recorder == nil {
			e.Recorder = discard{}
		}
		if e.Timeout <= 0 {
			e.Timeout = DefaultTimeout
		}
		e.halt, e.meter, e.shares = newHalt(), newMeter(), newShares(e)
		e.ones = map[string]uint64{}
		e.buffers.New = func() any { return new([]byte) }
	})
}

// Run releases the classes' journeys until every schedule has ended, Stop is called or ctx
// ends, and returns when those in flight have ended. When ctx ends they are cut short and its
// cause is returned.
func (e *Engine) Run(ctx context.Context, classes []Class) error {
	e.setup()
	if err := e.check(classes); err != nil {
		return err
	}
	defer context.AfterFunc(ctx, e.Stop)()
	watch, ended := context.WithCancel(context.WithoutCancel(ctx))
	var gauges, attacks sync.WaitGroup
	gauges.Go(func() { e.gauge(watch) })

	began := e.Now()
	errs := make([]error, len(classes))
	for i, c := range classes {
		attacks.Go(func() { errs[i] = e.attack(ctx, c, began) })
	}
	attacks.Wait()
	ended()
	gauges.Wait()
	return errors.Join(append(errs, context.Cause(ctx))...)
}

func (e *Engine) check(classes []Class) error {
	if err := e.shares.check(); err != nil {
		return err
	}
	seen := map[string]bool{}
	for _, c := range classes {
		switch {
		case c.Name == "" || seen[c.Name]:
			return fmt.Errorf("run load: class name %q is empty or used twice", c.Name)
		case c.Schedule == nil || c.Run == nil:
			return fmt.Errorf("run load: class %q has no schedule or no journey", c.Name)
		}
		seen[c.Name] = true
	}
	return nil
}

// Stop releases no more arrivals, for good; those in flight finish, within the timeout.
func (e *Engine) Stop() {
	e.setup()
	e.halt.now(e.Now)
}

// One runs one unscheduled journey, such as a cohort login, recorded under class.
func (e *Engine) One(ctx context.Context, class string, j Journey) Result {
	e.setup()
	e.mu.Lock()
	seq := e.ones[class]
	e.ones[class]++
	e.mu.Unlock()

	now := e.Now()
	name, client := e.shares.first()
	a := Arrival{Class: class, Client: name, Journey: class, Seq: seq, Due: now, Start: now}
	res := e.journey(ctx, &a, client, j)
	e.Recorder.Arrival(a)
	return res
}

// journey runs one journey within the timeout and completes its arrival.
func (e *Engine) journey(ctx context.Context, a *Arrival, client *Client, j Journey) Result {
	ctx, cancel := context.WithTimeout(ctx, e.Timeout)
	defer cancel()
	buf := e.buffers.Get().(*[]byte)
	call := &Call{
		Class: a.Class, Client: a.Client, Journey: a.Journey, Seq: a.Seq, Due: a.Due,
		engine: e, client: client, body: *buf, first: true,
	}
	res := j(ctx, call)
	*buf = call.body[:0]
	if cap(*buf) <= keepBuffer {
		e.buffers.Put(buf)
	}
	if res.Outcome == "" {
		res.Outcome = OK
	}
	if res.Starved {
		res.Outcome, res.Reason = Failed, "no session free"
	}
	a.End, a.Held = e.Now(), call.held
	a.Outcome, a.Reason, a.Step, a.Starved = res.Outcome, res.Reason, res.Step, res.Starved
	return res
}

// transport is the RoundTripper an attack is given: one hit is one journey.
type transport func(*http.Request) *http.Response

func (t transport) RoundTrip(r *http.Request) (*http.Response, error) { return t(r), nil }

type discard struct{}

func (discard) Arrival(Arrival)     {}
func (discard) Operation(Operation) {}
func (discard) Session(Session)     {}
func (discard) Lookup(Lookup)       {}
func (discard) Gauge(Gauge)         {}
func (discard) Tally(Tally)         {}

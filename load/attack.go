package load

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"
)

// spareWorkers are beyond the in-flight cap, so that vegeta always has a worker free to drop an
// arrival with: without one it would wait, and stop being open loop.
const spareWorkers = 64

const (
	headerSeq    = "X-Vegeta-Seq"
	headerAttack = "X-Vegeta-Attack"
)

// attack is one class's load while it lasts.
type attack struct {
	engine   *Engine
	class    Class
	began    time.Duration
	limit    int64
	inFlight atomic.Int64

	started, dropped, starved atomic.Uint64
}

// attack runs a class's schedule to its end. vegeta has no context: ctx reaches the journeys
// through our transport, and the pacer ends the release.
func (e *Engine) attack(ctx context.Context, c Class, began time.Duration) error {
	a := &attack{engine: e, class: c, began: began, limit: int64(c.limit(e.Timeout))}
	p := newPacer(c.Schedule, began, e.Now, e.halt)
	defer p.close()
	workers := uint64(a.limit) + spareWorkers // #nosec G115 -- positive
	attacker := vegeta.NewAttacker(
		vegeta.Client(&http.Client{Transport: transport(func(r *http.Request) *http.Response { return a.hit(ctx, r) })}),
		vegeta.Workers(min(vegeta.DefaultWorkers, workers)),
		vegeta.MaxWorkers(workers),
		vegeta.MaxBody(0),
	)
	// The results carry nothing we do not know; they are drained as fast as they come because
	// the channel is unbuffered and a slow reader would hold up the workers.
	for range attacker.Attack(target, p, 0, "") {
	}
	t := Tally{
		Class: c.Name, Scheduled: p.released, Began: began, Stopped: p.stopped,
		Started: a.started.Load(), Dropped: a.dropped.Load(), Starved: a.starved.Load(),
	}
	e.Recorder.Tally(t)
	if sum := t.Started + t.Dropped + t.Starved; sum != t.Scheduled {
		return fmt.Errorf("account for class %s: %d arrivals released but %d seen", c.Name, t.Scheduled, sum)
	}
	return nil
}

// limit is the cap on journeys in flight.
func (c Class) limit(timeout time.Duration) int {
	if c.InFlight > 0 {
		return c.InFlight
	}
	return int(math.Ceil(peak(c.Schedule)*timeout.Seconds()*1.2)) + 8
}

func target(t *vegeta.Target) error {
	t.Method, t.URL = http.MethodGet, "http://journey.invalid/"
	return nil
}

// hit runs the journey of one arrival, or drops it at once.
func (a *attack) hit(ctx context.Context, r *http.Request) *http.Response {
	seq, _ := strconv.ParseUint(r.Header.Get(headerSeq), 10, 64)
	r.Header.Del(headerSeq)
	r.Header.Del(headerAttack)
	e := a.engine
	name, client := e.shares.of(a.class.Name, seq)
	arrival := Arrival{
		Class: a.class.Name, Client: name, Journey: a.class.Journey, Seq: seq,
		Due: after(a.began, a.class.Schedule.Due(seq)), Start: e.Now(),
	}
	switch {
	case ctx.Err() != nil:
		a.drop(&arrival, "run cancelled")
	case a.inFlight.Add(1) > a.limit:
		a.inFlight.Add(-1)
		a.drop(&arrival, "in-flight cap reached")
	default:
		e.inFlight.Add(1)
		e.journey(ctx, &arrival, client, a.class.Run)
		e.inFlight.Add(-1)
		a.inFlight.Add(-1)
		if arrival.Starved {
			a.starved.Add(1)
		} else {
			a.started.Add(1)
		}
	}
	e.meter.add(arrival)
	e.Recorder.Arrival(arrival)
	return response(arrival, r)
}

func (a *attack) drop(arrival *Arrival, why string) {
	a.dropped.Add(1)
	arrival.End = arrival.Start
	arrival.Outcome, arrival.Reason, arrival.Dropped = Failed, why, true
}

// response tells vegeta how a journey ended, in its own terms.
func response(a Arrival, r *http.Request) *http.Response {
	status := http.StatusOK
	switch {
	case a.Dropped || a.Starved:
		status = http.StatusTooManyRequests
	case a.Outcome == Failed:
		status = http.StatusInternalServerError
	case a.Outcome == Unknown:
		status = http.StatusGatewayTimeout
	}
	return &http.Response{
		StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{}, Body: http.NoBody, Request: r,
	}
}

package load

import (
	"context"
	"net/http/httptrace"
	"time"
)

// Hold runs at, and counts the time it takes as the harness's, not the deployment's.
func (c *Call) Hold(ctx context.Context, at func(context.Context)) {
	began := c.Now()
	at(ctx)
	c.held += c.Now() - began
}

// HoldNext runs at as soon as the call's next request is written; its answer is not read before
// at has returned, nor is a failure to get one told. It is not run for a request that could not
// be written.
func (c *Call) HoldNext(at func(context.Context)) { c.hold = at }

// holding is a hold in progress: begun by the transport, awaited by the call.
type holding struct {
	began chan struct{}
	done  chan struct{}
	took  time.Duration
}

// begin makes the request's trace start the call's pending hold, if there is one. net/http tells
// of a request when it stands in its buffer, just before it is on the wire: holding it up there
// would keep it from being sent, so that the hold has a goroutine of its own.
func (c *Call) begin(ctx context.Context) (context.Context, *holding) {
	if c.hold == nil {
		return ctx, nil
	}
	at, h := c.hold, &holding{began: make(chan struct{}, 1), done: make(chan struct{})}
	c.hold = nil
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteRequest: func(info httptrace.WroteRequestInfo) {
		if info.Err != nil {
			return
		}
		select {
		case h.began <- struct{}{}: // once, also when the transport sends again
		default:
			return
		}
		go func() {
			began := c.Now()
			at(ctx)
			h.took = c.Now() - began
			close(h.done)
		}()
	}}), h
}

// end waits for the hold, if it has begun, and says how long the request waited for it.
func (h *holding) end() time.Duration {
	if h == nil || len(h.began) == 0 {
		return 0
	}
	<-h.done
	return h.took
}

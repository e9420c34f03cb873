package load

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// TestHoldNext: the request reaches the server although the hold has not returned, the answer is
// read only after, and the time is the harness's. The next request is not held.
func TestHoldNext(t *testing.T) {
	t.Parallel()
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		served := make(chan struct{}, 2)
		s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { served <- struct{}{} }))
		t.Cleanup(s.Close)
		e, rec := netEngine(t, ClientOptions{})
		holds := 0
		res := e.One(t.Context(), "web", func(ctx context.Context, c *Call) Result {
			c.HoldNext(func(ctx context.Context) {
				holds++
				select {
				case <-served: // only a request that was sent is served
				case <-ctx.Done():
					t.Error("held up before it was sent")
				}
				_ = sleepTest(ctx, 50*time.Millisecond)
			})
			fetch(method, s.URL)(ctx, c)
			return fetch(method, s.URL)(ctx, c)
		})
		if res.Outcome != OK || holds != 1 {
			t.Errorf("%s: %+v, held %d times", method, res, holds)
		}
		first, second, a := rec.operations[0], rec.operations[1], rec.arrivals[0]
		if first.Held < 50*time.Millisecond || first.End-first.Start < first.Held || second.Held != 0 || a.Held != first.Held {
			t.Errorf("%s: operations %+v, %+v; arrival %+v", method, first, second, a)
		}
	}
}

func TestHoldIsNotRunForWhatWasNotSent(t *testing.T) {
	t.Parallel()
	e, rec := netEngine(t, ClientOptions{})
	e.One(t.Context(), "web", func(ctx context.Context, c *Call) Result {
		c.HoldNext(func(context.Context) { t.Error("held") })
		return fetch(http.MethodGet, "http://"+closed(t)+"/")(ctx, c)
	})
	if op := rec.operations[0]; op.Reason != "connection refused" || op.Held != 0 {
		t.Errorf("%+v", op)
	}
}

func TestHoldNow(t *testing.T) {
	t.Parallel()
	e, rec := testEngine(t, answering(200))
	e.One(t.Context(), "web", func(ctx context.Context, c *Call) Result {
		c.Hold(ctx, func(ctx context.Context) { _ = sleepTest(ctx, 20*time.Millisecond) })
		return get(ctx, c)
	})
	if a := rec.arrivals[0]; a.Held < 20*time.Millisecond || a.End-a.Start < a.Held || rec.operations[0].Held != 0 {
		t.Errorf("%+v, %+v", a, rec.operations[0])
	}
}

package selftest_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"holdfast/load"
	"holdfast/reports"
)

// TestTruthOnSockets: a few outages over real connections and in real time. How late the
// generator was, which it says itself, is part of the error.
func TestTruthOnSockets(t *testing.T) {
	truth(t)
	const rate = 100
	for _, long := range []time.Duration{50 * time.Millisecond, 200 * time.Millisecond, time.Second} {
		t.Run(long.String(), func(t *testing.T) {
			began, from := time.Now(), 700*time.Millisecond+long/3
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				if at := time.Since(began); at >= from && at < from+long {
					w.WriteHeader(http.StatusServiceUnavailable)
				}
			}))
			defer server.Close()
			v := &virtual{}
			v.Complete = true
			v.Meta = reports.Meta{Run: "sockets", Cores: 1 << 10, Timeout: 10 * time.Second, Objectives: reports.Objectives{Profile: "none", Outage: new(time.Duration)}}
			client := load.NewClient(load.ClientOptions{})
			defer client.Close()
			v.engine = &load.Engine{Now: func() time.Duration { return time.Since(began) }, Recorder: v, Timeout: 10 * time.Second, Client: client}
			v.Marks = append(v.Marks, reports.Mark{Phase: "before"})
			v.Meta.Classes = []reports.ClassMeta{{Name: "web", Journey: "get", Rate: rate}}
			err := v.engine.Run(t.Context(), []load.Class{{Name: "web", Journey: "get", Schedule: load.During(load.Constant(rate), from+long+time.Second),
				Run: func(ctx context.Context, c *load.Call) load.Result {
					req, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL, http.NoBody)
					if err != nil {
						return load.Result{Outcome: load.Failed, Reason: err.Error()}
					}
					return c.Do("get", req).Result()
				}}})
			if err != nil {
				t.Fatal(err)
			}
			v.Marks = append(v.Marks, reports.Mark{Phase: "settle", At: v.engine.Now()}, reports.Mark{Phase: "end", At: v.engine.Now()})
			r := v.judge()
			f := finding(t, r, "outage", "no outage")
			slack := time.Second/rate + milliseconds(finding(t, r, "generator", ""), "slip_p99_ms")
			if low, high := milliseconds(f, "lower_ms"), milliseconds(f, "upper_ms"); low-slack > long || high+slack < long {
				t.Errorf("measured %v to %v (± %v), in truth %v", low, high, slack, long)
			}
		})
	}
}

package selftest_test

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"holdfast/load"
	"holdfast/reports"
)

// truth leaves a test out where it would only take long: make test-truth.
func truth(t *testing.T) {
	t.Helper()
	if testing.Short() || raced {
		t.Skip("takes a while: make test-truth")
	}
}

// virtual is a run in virtual time: the real engine, recorder and checkers, and a deployment
// that is a function of time.
type virtual struct {
	reports.History
	mu     sync.Mutex
	engine *load.Engine
}

// deployment answers a request that begins at an offset of the run.
type deployment func(ctx context.Context, at time.Duration) int

const (
	answered = http.StatusOK
	down     = http.StatusServiceUnavailable
)

// newVirtual is to be called in a bubble: offset 0 is now.
func newVirtual(d deployment) *virtual {
	began := time.Now()
	v := &virtual{}
	now := func() time.Duration { return time.Since(began) }
	stub := roundTripper(func(r *http.Request) (*http.Response, error) {
		status := d(r.Context(), now())
		if err := r.Context().Err(); err != nil {
			return nil, err
		}
		return &http.Response{StatusCode: status, Header: http.Header{load.NodeHeader: {"kc-1"}}, Body: http.NoBody, Request: r}, nil
	})
	v.engine = &load.Engine{Now: now, Recorder: v, Timeout: 10 * time.Second, Client: load.NewClient(load.ClientOptions{Transport: stub})}
	v.Complete = true
	v.Meta = reports.Meta{Run: "virtual", Simulated: true, Cores: 1 << 10, Timeout: 10 * time.Second, Keycloaks: 1, Nodes: map[string]string{"kc-1": "keycloak"}}
	return v
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// get is a journey of one request.
func get(ctx context.Context, c *load.Call) load.Result {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://deployment.test/", http.NoBody)
	if err != nil {
		return load.Result{Outcome: load.Failed, Reason: err.Error()}
	}
	return c.Do("get", req).Result()
}

// offer runs the schedule for a while, as one class that is measured from the beginning.
func (v *virtual) offer(t *testing.T, s load.Schedule, long time.Duration) {
	t.Helper()
	v.Marks = append(v.Marks, reports.Mark{Phase: "before"})
	v.Meta.Classes = []reports.ClassMeta{{Name: "web", Journey: "get", Rate: s.Rate()}}
	err := v.engine.Run(t.Context(), []load.Class{{Name: "web", Journey: "get", Schedule: load.During(s, long), Run: get}})
	if err != nil {
		t.Fatal(err)
	}
	v.Marks = append(v.Marks, reports.Mark{Phase: "settle", At: long}, reports.Mark{Phase: "end", At: v.engine.Now()})
}

// judge puts the records in the order of the History's reader and judges them.
func (v *virtual) judge() *reports.Report {
	slices.SortFunc(v.Arrivals, func(a, b load.Arrival) int { return cmp.Compare(a.Due, b.Due) })
	return reports.Judge(&v.History)
}

// finding is the first of a checker's findings whose claim holds the words.
func finding(t *testing.T, r *reports.Report, checker, words string) reports.Finding {
	t.Helper()
	for _, f := range r.Findings {
		if f.Checker == checker && strings.Contains(f.Claim, words) {
			return f
		}
	}
	t.Fatalf("no finding of %s about %q in %+v", checker, words, r.Findings)
	return reports.Finding{}
}

func milliseconds(f reports.Finding, name string) time.Duration {
	return time.Duration(f.Numbers[name] * float64(time.Millisecond))
}

// Recorder.

func (v *virtual) Arrival(a load.Arrival) { v.add(func() { v.Arrivals = append(v.Arrivals, a) }) }
func (v *virtual) Operation(o load.Operation) {
	v.add(func() { v.Operations = append(v.Operations, o) })
}
func (v *virtual) Session(s load.Session) { v.add(func() { v.Sessions = append(v.Sessions, s) }) }
func (v *virtual) Lookup(l load.Lookup)   { v.add(func() { v.Lookups = append(v.Lookups, l) }) }
func (v *virtual) Gauge(g load.Gauge)     { v.add(func() { v.Gauges = append(v.Gauges, g) }) }
func (v *virtual) Tally(a load.Tally)     { v.add(func() { v.Tallies = append(v.Tallies, a) }) }

func (v *virtual) add(f func()) {
	v.mu.Lock()
	defer v.mu.Unlock()
	f()
}

// stay waits for d of virtual time, or until ctx ends.
func stay(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

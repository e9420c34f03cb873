package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"os"
	"runtime/pprof"
	"sync/atomic"
	"time"

	"holdfast/load"
	"holdfast/load/oidc"
	"holdfast/reports"
)

// driven is what one run of holdfast's engine says of itself.
type driven struct {
	OK   uint64        `json:"ok"`
	Bad  uint64        `json:"bad"`
	P99  time.Duration `json:"p99"`
	Slip time.Duration `json:"slip"` // p99
}

// drive loads a stub with holdfast's engine and its own recorder, which writes every arrival and
// request to disk, and prints what it found.
func drive(ctx context.Context, args []string) error {
	var (
		f       = flag.NewFlagSet("drive", flag.ContinueOnError)
		url     = f.String("url", "", "the stub")
		journey = f.String("journey", "single", "single or login")
		rate    = f.Float64("rate", 0, "journeys a second; 0 is as many as can be")
		closed  = f.Int("closed", 16, "journeys at once when the rate is 0")
		profile = f.String("cpuprofile", "", "a file for a profile of it")
		last    = f.Duration("for", 5*time.Second, "how long")
	)
	if err := f.Parse(args); err != nil {
		return err
	}
	if *profile != "" {
		out, err := os.Create(*profile)
		if err != nil {
			return fmt.Errorf("make profile: %w", err)
		}
		defer func() { _ = out.Close() }()
		if err := pprof.StartCPUProfile(out); err != nil {
			return fmt.Errorf("make profile: %w", err)
		}
		defer pprof.StopCPUProfile()
	}
	// As a run does; without the right to it both are what the others are.
	if err := load.Prioritize(); err != nil {
		fmt.Fprintln(os.Stderr, "loadbench:", err)
	}
	dir, err := os.MkdirTemp("", "loadbench-")
	if err != nil {
		return fmt.Errorf("make folder for the records: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	history, err := reports.Create(dir)
	if err != nil {
		return fmt.Errorf("make records: %w", err)
	}
	defer func() { _ = history.Close() }()

	began := time.Now()
	now := func() time.Duration { return time.Since(began) }
	client := load.NewClient(load.ClientOptions{Now: now, Recorder: history})
	defer client.Close()
	e := &load.Engine{Now: now, Recorder: history, Client: client, Timeout: 10 * time.Second}
	run, err := journeys(*journey, *url, now)
	if err != nil {
		return err
	}
	class := load.Class{Name: *journey, Journey: *journey, Schedule: load.During(load.Constant(*rate), *last), Run: run}
	if *rate <= 0 {
		loop := newClosed(*closed, *last, now)
		class.Schedule, class.InFlight = loop, 4**closed
		class.Run = loop.journey(run)
	}
	if err := e.Run(ctx, []load.Class{class}); err != nil {
		return err
	}
	live := e.Live()
	if err := history.Err(); err != nil {
		return err
	}
	t := live.Total
	return json.NewEncoder(os.Stdout).Encode(driven{
		OK: t.OK, Bad: t.Failed + t.Unknown + t.Dropped + t.Starved, P99: live.Response.P99, Slip: live.Slip.P99})
}

func journeys(name, url string, now func() time.Duration) (load.Journey, error) {
	if name == "single" {
		return func(ctx context.Context, c *load.Call) load.Result {
			req, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/ping", nil)
			if err != nil {
				return load.Result{Outcome: load.Failed, Reason: "no request"}
			}
			return c.Do("ping", req).Result()
		}, nil
	}
	d := oidc.New(oidc.Config{
		URL: url, Realm: "demo", Browser: oidc.Client{ID: "web", RedirectURI: "https://app.test/callback"},
		UserCount: 1000, User: func(i int) (string, string) { return fmt.Sprint("user-", i), "password" }, Now: now,
	})
	var steps []load.Journey
	for _, part := range []string{"login", "userinfo", "logout"} { // three, one and one request
		j, err := d.Journey(part)
		if err != nil {
			return nil, err
		}
		steps = append(steps, j)
	}
	return func(ctx context.Context, c *load.Call) load.Result {
		for _, step := range steps {
			if res := step(ctx, c); res.Outcome != "" && res.Outcome != load.OK || res.Starved {
				return res
			}
		}
		return load.Result{Outcome: load.OK}
	}, nil
}

// closed makes a closed loop of the open one, for a comparison of capacity only: an arrival is due
// as soon as one of so many places is free.
type closed struct {
	places chan struct{}
	until  time.Duration
	now    func() time.Duration
	next   atomic.Uint64
}

func newClosed(places int, last time.Duration, now func() time.Duration) *closed {
	return &closed{places: make(chan struct{}, places), until: now() + last, now: now}
}

// Due waits for a place the first time an arrival is asked about, which is when it is released.
func (c *closed) Due(k uint64) time.Duration {
	if k >= c.next.Load() {
		c.places <- struct{}{}
		c.next.Store(k + 1)
	}
	return 0
}

// Len ends the schedule when the time is over.
func (c *closed) Len() uint64 {
	if c.now() >= c.until {
		return c.next.Load()
	}
	return load.Unbounded
}

func (c *closed) Rate() float64  { return 1 }
func (c *closed) String() string { return fmt.Sprintf("closed loop of %d", cap(c.places)) }

func (c *closed) journey(j load.Journey) load.Journey {
	return func(ctx context.Context, call *load.Call) load.Result {
		defer func() { <-c.places }()
		return j(ctx, call)
	}
}

package load

import (
	"context"
	"errors"
	"math"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// get is a journey of one request.
func get(ctx context.Context, c *Call) Result {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://stub.test/", nil)
	if err != nil {
		return Result{Outcome: Failed, Reason: "no request"}
	}
	return c.Do("get", req).Result()
}

// account checks that every arrival is in the tally once and recorded once, with its due time.
func account(t *testing.T, s Schedule, tally Tally, arrivals []Arrival) {
	t.Helper()
	if sum := tally.Started + tally.Dropped + tally.Starved; sum != tally.Scheduled {
		t.Errorf("scheduled %d, but started %d + dropped %d + starved %d", tally.Scheduled, tally.Started, tally.Dropped, tally.Starved)
	}
	if uint64(len(arrivals)) != tally.Scheduled {
		t.Errorf("%d arrivals recorded of %d scheduled", len(arrivals), tally.Scheduled)
	}
	slices.SortFunc(arrivals, func(a, b Arrival) int { return int(a.Seq) - int(b.Seq) })
	for i, a := range arrivals {
		if a.Seq != uint64(i) || a.Due != tally.Began+s.Due(a.Seq) {
			t.Fatalf("arrival %d has seq %d and due %v, want due %v", i, a.Seq, a.Due, tally.Began+s.Due(uint64(i)))
		}
		if a.Start < a.Due || a.End < a.Start {
			t.Fatalf("arrival %d: due %v, start %v, end %v", i, a.Due, a.Start, a.End)
		}
	}
}

func TestScheduleRunsToItsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, rec := testEngine(t, answering(200))
		s := During(Constant(10), 3*time.Second)
		if err := e.Run(t.Context(), []Class{{Name: "web", Journey: "get", Schedule: s, Run: get}}); err != nil {
			t.Fatal(err)
		}
		tally := rec.tallies[0]
		account(t, s, tally, rec.arrivals)
		if tally.Class != "web" || tally.Scheduled != 30 || tally.Started != 30 || tally.Began != 0 || tally.Stopped != 2900*time.Millisecond {
			t.Errorf("tally %+v", tally)
		}
		a := rec.arrivals[7]
		want := Arrival{Class: "web", Journey: "get", Seq: 7, Due: 700 * time.Millisecond, Start: 700 * time.Millisecond, End: 700 * time.Millisecond, Outcome: OK}
		if a != want {
			t.Errorf("arrival 7 = %+v, want %+v", a, want)
		}
		if len(rec.operations) != 30 || len(rec.gauges) != 2 {
			t.Errorf("%d operations and %d gauges, want 30 and 2", len(rec.operations), len(rec.gauges))
		}
	})
}

func TestStopReleasesNoMoreAndLetsFlightsFinish(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, rec := testEngine(t, slow(time.Second))
		time.AfterFunc(1050*time.Millisecond, e.Stop)
		dense, sparse := Constant(100), Constant(0.001)
		err := e.Run(t.Context(), []Class{
			{Name: "dense", Schedule: dense, Run: get},
			{Name: "sparse", Schedule: sparse, Run: get},
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := e.Now(); got != 2050*time.Millisecond {
			t.Errorf("ended at %v, want 2.05s: the last arrival's journey takes a second", got)
		}
		for _, tally := range rec.tallies {
			s, n := dense, uint64(106) // 0 ms, 10 ms … 1050 ms
			if tally.Class == "sparse" {
				s, n = sparse, 1
			}
			mine := slices.DeleteFunc(slices.Clone(rec.arrivals), func(a Arrival) bool { return a.Class != tally.Class })
			account(t, s, tally, mine)
			if tally.Scheduled != n || tally.Stopped != 1050*time.Millisecond {
				t.Errorf("%s: tally %+v, want %d scheduled, stopped at 1.05s", tally.Class, tally, n)
			}
			for _, a := range mine {
				if a.Outcome != OK {
					t.Fatalf("%s: arrival cut short: %+v", tally.Class, a)
				}
			}
		}
		if err := e.Run(t.Context(), []Class{{Name: "late", Schedule: dense, Run: get}}); err != nil || rec.tallies[2].Scheduled != 0 {
			t.Errorf("after Stop: %v, tally %+v, want nothing scheduled", err, rec.tallies[2])
		}
	})
}

func TestCapDropsAtOnceAndSaysSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, rec := testEngine(t, slow(time.Minute)) // dead: only the 2 s time-out ends a journey
		s := During(Constant(100), 10*time.Second)
		if err := e.Run(t.Context(), []Class{{Name: "web", Schedule: s, InFlight: 50, Run: get}}); err != nil {
			t.Fatal(err)
		}
		tally := rec.tallies[0]
		account(t, s, tally, rec.arrivals)
		// 50 start, 2 s later they end and 50 more start: 5 rounds in 10 s.
		if tally.Scheduled != 1000 || tally.Started != 250 || tally.Dropped != 750 {
			t.Errorf("tally %+v, want 250 started and 750 dropped", tally)
		}
		for _, a := range rec.arrivals {
			switch {
			case a.Dropped && (a.End != a.Start || a.Outcome != Failed || a.Reason != "in-flight cap reached"):
				t.Fatalf("dropped: %+v", a)
			case !a.Dropped && (a.End-a.Start != 2*time.Second || a.Reason != "timeout connecting"):
				t.Fatalf("started: %+v", a)
			}
			if a.Start != a.Due {
				t.Fatalf("arrival %d is late: the cap must not hold up the schedule: %+v", a.Seq, a)
			}
		}
		if live := e.Live(); live.Total.Dropped != 750 || live.Total.Failed != 250 || live.InFlight != 0 {
			t.Errorf("live %+v", live)
		}
	})
}

func TestResponseTimeRunsFromDue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stalled := memory(func(r *http.Request) (*http.Response, error) {
			// The deployment answers nothing between 1 s and 3 s.
			if now := time.Now().UnixMilli() % 60_000; now >= 1000 && now < 3000 {
				time.Sleep(time.Duration(3000-now) * time.Millisecond)
			}
			return answering(200)(r)
		})
		e, _ := testEngine(t, stalled)
		e.Timeout = 10 * time.Second
		s := During(Constant(100), 10*time.Second)
		if err := e.Run(t.Context(), []Class{{Name: "web", Schedule: s, Run: get}}); err != nil {
			t.Fatal(err)
		}
		// 200 of 1000 waited 2 s … 10 ms, evenly: a quarter of them is above 1.5 s.
		live := e.Live()
		for _, q := range []struct {
			name      string
			got, want time.Duration
		}{
			{"p50", live.Response.P50, 0},
			{"p95", live.Response.P95, 1500 * time.Millisecond},
			{"p99", live.Response.P99, 1900 * time.Millisecond},
			{"max", live.Response.Max, 2 * time.Second},
			{"slip", live.Slip.Max, 0},
		} {
			if math.Abs(float64(q.got-q.want)) > float64(20*time.Millisecond) {
				t.Errorf("%s = %v, want %v", q.name, q.got, q.want)
			}
		}
	})
}

func TestCancelCutsJourneysShort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, rec := testEngine(t, slow(time.Minute))
		ctx, cancel := context.WithCancelCause(t.Context())
		why := errors.New("interrupted")
		time.AfterFunc(500*time.Millisecond, func() { cancel(why) })
		s := Constant(10)
		err := e.Run(ctx, []Class{{Name: "web", Schedule: s, Run: get}})
		if !errors.Is(err, why) {
			t.Errorf("Run = %v, want the cause", err)
		}
		if e.Now() != 500*time.Millisecond {
			t.Errorf("ended at %v, want at once", e.Now())
		}
		account(t, s, rec.tallies[0], rec.arrivals)
		for _, a := range rec.arrivals {
			if a.Reason != "run cancelled" || a.Outcome == OK {
				t.Errorf("arrival %+v", a)
			}
		}
	})
}

func TestStarvedIsNeitherStartedNorSilent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, rec := testEngine(t, answering(200))
		s := During(Constant(10), time.Second)
		hungry := func(ctx context.Context, c *Call) Result {
			if c.Seq%2 == 1 {
				return Result{Starved: true}
			}
			return get(ctx, c)
		}
		if err := e.Run(t.Context(), []Class{{Name: "refresh", Schedule: s, Run: hungry}}); err != nil {
			t.Fatal(err)
		}
		account(t, s, rec.tallies[0], rec.arrivals)
		if tally := rec.tallies[0]; tally.Started != 5 || tally.Starved != 5 {
			t.Errorf("tally %+v, want 5 started, 5 starved", tally)
		}
		if a := rec.arrivals[1]; !a.Starved || a.Outcome != Failed || a.Reason != "no session free" {
			t.Errorf("starved arrival %+v", a)
		}
	})
}

func TestOneIsRecordedUnderItsClass(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, rec := testEngine(t, slow(time.Second))
		for range 2 {
			if res := e.One(t.Context(), "cohort", get); res.Outcome != OK {
				t.Fatalf("result %+v", res)
			}
		}
		a := rec.arrivals[1]
		if a.Class != "cohort" || a.Seq != 1 || a.Due != time.Second || a.End != 2*time.Second {
			t.Errorf("arrival %+v", a)
		}
		if op := rec.operations[1]; op.Class != "cohort" || op.Seq != 1 || op.Due != time.Second {
			t.Errorf("operation %+v", op)
		}
	})
}

func TestLive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, _ := testEngine(t, slow(300*time.Millisecond))
		go func() {
			time.Sleep(1500 * time.Millisecond)
			l := e.Live()
			if l.At != 1500*time.Millisecond || l.Second.OK != 8 || l.Total.OK != 13 || l.InFlight != 3 {
				t.Errorf("after 1.5 s: %+v, want 8 ended in second 0, 13 in all, 3 in flight", l)
			}
			if l.P95 < 295*time.Millisecond || l.P95 > 305*time.Millisecond {
				t.Errorf("p95 %v, want 300ms", l.P95)
			}
		}()
		s := During(Constant(10.001), 30*time.Second)
		if err := e.Run(t.Context(), []Class{{Name: "web", Schedule: s, Run: get}}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		if l := e.Live(); l.P95 != 0 || l.Second != (Counts{}) || l.Total.OK != s.Len() {
			t.Errorf("a minute after the end: %+v", l)
		}
	})
}

func TestRunRefusesNonsense(t *testing.T) {
	t.Parallel()
	ok := Class{Name: "a", Schedule: Constant(1), Run: get}
	for want, classes := range map[string][]Class{
		"used twice":  {ok, ok},
		"no schedule": {{Name: "a", Run: get}},
	} {
		e, _ := testEngine(t, answering(200))
		if err := e.Run(t.Context(), classes); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Run = %v, want %q", err, want)
		}
	}
	if err := new(Engine).Run(t.Context(), nil); err == nil {
		t.Error("an engine without a client runs")
	}
}

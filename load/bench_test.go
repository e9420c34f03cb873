package load

import (
	"context"
	"flag"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"sync/atomic"
	"testing"
	"time"
)

var deadFor = flag.Duration("dead", 5*time.Second, "how long BenchmarkDeadTarget loads a target that never answers; 60s is the full form")

// sums counts records and keeps none, so that memory is the engine's.
type sums struct {
	arrivals, dropped atomic.Uint64
	tally             Tally
}

func (s *sums) Arrival(a Arrival) {
	s.arrivals.Add(1)
	if a.Dropped {
		s.dropped.Add(1)
	}
}
func (*sums) Operation(Operation) {}
func (*sums) Session(Session)     {}
func (*sums) Lookup(Lookup)       {}
func (*sums) Gauge(Gauge)         {}
func (s *sums) Tally(t Tally)     { s.tally = t }

func stub(b *testing.B) string {
	b.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok") }))
	b.Cleanup(s.Close)
	return s.URL
}

func benchEngine(b *testing.B, url string) (*Engine, *sums, Journey) {
	b.Helper()
	rec := &sums{}
	c := NewClient(ClientOptions{})
	b.Cleanup(c.Close)
	return &Engine{Recorder: rec, Client: c, Timeout: 5 * time.Second}, rec, func(ctx context.Context, c *Call) Result {
		req, _ := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		return c.Do("get", req).Result()
	}
}

// BenchmarkJourneys is journeys of one request as fast as one core can do them, with the stub on
// the same core: all are due at once, and 16 are let through at a time.
func BenchmarkJourneys(b *testing.B) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	const n = 2000
	url := stub(b)
	gate := make(chan struct{}, 16)
	b.ReportAllocs()
	cpu := cpuTime()
	for b.Loop() {
		e, rec, journey := benchEngine(b, url)
		e.Timeout = time.Minute
		gated := func(ctx context.Context, c *Call) Result {
			gate <- struct{}{}
			defer func() { <-gate }()
			return journey(ctx, c)
		}
		if err := e.Run(b.Context(), []Class{{Name: "get", Schedule: During(Constant(1e9), n), InFlight: n, Run: gated}}); err != nil {
			b.Fatal(err)
		}
		if live := e.Live(); live.Total.OK != n {
			b.Fatalf("%+v of %+v", live.Total, rec.tally)
		}
	}
	used := cpuTime() - cpu
	b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "journeys/s")
	b.ReportMetric(float64(n*b.N)/used.Seconds(), "journeys/cpu-s")
}

// BenchmarkSlip is how late arrivals are released at a fixed rate.
func BenchmarkSlip(b *testing.B) {
	for _, rate := range []float64{500, 2000} {
		b.Run(strconv.Itoa(int(rate)), func(b *testing.B) {
			url := stub(b)
			for b.Loop() {
				e, rec, journey := benchEngine(b, url)
				cpu := cpuTime()
				if err := e.Run(b.Context(), []Class{{Name: "get", Schedule: During(Constant(rate), 5*time.Second), Run: journey}}); err != nil {
					b.Fatal(err)
				}
				used := cpuTime() - cpu
				live := e.Live()
				b.ReportMetric(float64(live.Slip.P50.Microseconds()), "p50-slip-µs")
				b.ReportMetric(float64(live.Slip.P99.Microseconds()), "p99-slip-µs")
				b.ReportMetric(float64(live.Slip.Max.Microseconds()), "max-slip-µs")
				b.ReportMetric(float64(live.Total.OK)/5, "achieved/s")
				b.ReportMetric(used.Seconds()/5, "cores")
				if want := uint64(rate * 5); rec.tally.Scheduled != want || rec.arrivals.Load() != want {
					b.Fatalf("want %v arrivals: %+v, %d recorded", want, rec.tally, rec.arrivals.Load())
				}
			}
		})
	}
}

// blackHole takes connections and never answers.
func blackHole(b *testing.B) string {
	b.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() { _, _ = io.Copy(io.Discard, c); _ = c.Close() }()
		}
	}()
	return "http://" + l.Addr().String()
}

// BenchmarkInFlight is the memory of one journey that waits for its answer, with the stub's end
// of the connection in the same process.
func BenchmarkInFlight(b *testing.B) {
	const n = 2000
	url := blackHole(b)
	for b.Loop() {
		e, _, journey := benchEngine(b, url)
		before := inUse()
		ctx, cancel := context.WithCancel(b.Context())
		ended := make(chan error, 1)
		go func() {
			ended <- e.Run(ctx, []Class{{Name: "get", Schedule: During(Constant(2000), time.Second), InFlight: n, Run: journey}})
		}()
		for e.Live().InFlight < n {
			time.Sleep(10 * time.Millisecond)
		}
		b.ReportMetric(float64(inUse()-before)/n/1024, "KiB/in-flight")
		cancel()
		<-ended
	}
}

func inUse() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapInuse + m.StackInuse)
}

// BenchmarkDeadTarget loads a target that never answers at 1,000/s: every arrival is accounted
// for and memory stays bounded.
func BenchmarkDeadTarget(b *testing.B) {
	url := blackHole(b)
	for b.Loop() {
		e, rec, journey := benchEngine(b, url)
		e.Timeout = time.Second
		warm := residentBytes()
		most := &atomic.Int64{}
		ctx, cancel := context.WithCancel(b.Context())
		go func() {
			for ctx.Err() == nil {
				most.Store(max(most.Load(), residentBytes()))
				_ = sleepTest(ctx, 100*time.Millisecond)
			}
		}()
		if err := e.Run(ctx, []Class{{Name: "get", Schedule: During(Constant(1000), *deadFor), InFlight: 500, Run: journey}}); err != nil {
			b.Fatal(err)
		}
		cancel()
		t := rec.tally
		if want := uint64(deadFor.Seconds() * 1000); t.Scheduled != want || t.Started+t.Dropped != want || rec.arrivals.Load() != want || rec.dropped.Load() != t.Dropped {
			b.Fatalf("want %d arrivals accounted for: %+v, %d recorded", want, t, rec.arrivals.Load())
		}
		growth := float64(most.Load()-warm) / (1 << 20)
		b.ReportMetric(growth, "MiB-growth")
		b.ReportMetric(float64(t.Started), "started")
		b.ReportMetric(float64(t.Dropped), "dropped")
		b.ReportMetric(float64(e.Live().Slip.P99.Microseconds()), "p99-slip-µs")
		if growth > 50 {
			b.Errorf("memory grew by %.0f MiB", growth)
		}
	}
}

func sleepTest(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// BenchmarkWake is how late an idle process wakes for an instant between whole milliseconds,
// by the timer alone and with the alarm.
func BenchmarkWake(b *testing.B) {
	for _, with := range []bool{false, true} {
		b.Run(map[bool]string{false: "timer", true: "alarm"}[with], func(b *testing.B) {
			m := newMeter()
			timer := time.NewTimer(time.Hour)
			var a alarm
			if with {
				a = newAlarm()
				defer a.close()
			}
			for b.Loop() {
				d := 1700 * time.Microsecond
				at := time.Now().Add(d)
				timer.Reset(d)
				a.set(d)
				<-timer.C
				record(m.slip, time.Since(at))
			}
			b.ReportMetric(float64(quantiles(m.slip).P50.Microseconds()), "p50-late-µs")
			b.ReportMetric(float64(quantiles(m.slip).P99.Microseconds()), "p99-late-µs")
		})
	}
}

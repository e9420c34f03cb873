package main

import (
	"cmp"
	"math"
	"slices"
	"sync"
	"syscall"
	"time"
)

// trial is what the stub is told of a measurement before it begins.
type trial struct {
	Rate       float64       `json:"rate"`  // journeys a second; 0 is as many as can be
	Count      int           `json:"count"` // journeys that will be due; 0 is not known
	StallAfter time.Duration `json:"stall_after"`
	StallFor   time.Duration `json:"stall_for"`
}

// seen is what the stub saw of it. What is not known is 0.
type seen struct {
	Arrived  int           `json:"arrived"`  // journeys whose first request came
	Finished int           `json:"finished"` // journeys whose last request was answered
	PerSec   float64       `json:"per_sec"`  // finished, between the first and the last
	Late     quantiles     `json:"late"`     // how late first requests came, against the rate's even schedule
	Truth    time.Duration `json:"truth"`    // p99 of the time from when journeys were due until they were answered
	CPU      time.Duration `json:"cpu"`      // used by the stub
	Busy     float64       `json:"busy"`     // of the stub's core
}

type quantiles struct{ P50, P99, Max time.Duration }

// watch notes when journeys come and go, the same for every generator, and makes the stall.
type watch struct {
	mu       sync.Mutex
	trial    trial
	zero     time.Time
	arrivals []time.Duration // of journeys, in their order
	ends     []time.Duration // of the same journeys; 0 is not yet
	finished int
	first    time.Duration // the first to finish, and the last
	last     time.Duration
	cpu      time.Duration
}

func newWatch() *watch { return &watch{} }

func (w *watch) begin(t trial) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.trial, w.zero, w.finished = t, time.Time{}, 0
	w.arrivals, w.ends = make([]time.Duration, 0, max(t.Count, 1<<17)), make([]time.Duration, 0, max(t.Count, 1<<17))
	w.cpu = cpuTime()
}

// arrive notes the first request of a journey and gives it its number.
func (w *watch) arrive() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now()
	if w.zero.IsZero() {
		w.zero = now
	}
	w.arrivals, w.ends = append(w.arrivals, now.Sub(w.zero)), append(w.ends, 0)
	return len(w.arrivals) - 1
}

// finish notes that the last request of a journey is answered.
func (w *watch) finish(journey int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now()
	if journey < 0 || journey >= len(w.ends) {
		return
	}
	w.ends[journey] = now.Sub(w.zero)
	if w.finished++; w.finished == 1 {
		w.first = now.Sub(w.zero)
	}
	w.last = now.Sub(w.zero)
}

// stall holds a request that comes during the stall until its end.
func (w *watch) stall() {
	w.mu.Lock()
	t, at := w.trial, time.Since(w.zero)
	w.mu.Unlock()
	if t.StallFor > 0 && at >= t.StallAfter && at < t.StallAfter+t.StallFor {
		<-time.After(t.StallAfter + t.StallFor - at)
	}
}

func (w *watch) report() seen {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := seen{Arrived: len(w.arrivals), Finished: w.finished, CPU: cpuTime() - w.cpu}
	if took := w.last - w.first; took > 0 {
		s.PerSec = float64(w.finished-1) / took.Seconds()
		s.Busy = s.CPU.Seconds() / w.last.Seconds()
	}
	if w.trial.Rate > 0 && len(w.arrivals) > 0 {
		late, zero := lateness(w.arrivals, w.trial.Rate)
		s.Late = late
		s.Truth = truth(w.ends, w.trial.Rate, zero)
	}
	return s
}

// lateness compares arrivals with an even schedule that begins as early as the promptest of them
// allows: what a generator cannot know of itself, and what is common to all generators (the way
// to the stub) is not counted.
func lateness(arrivals []time.Duration, rate float64) (q quantiles, zero time.Duration) {
	sorted := slices.Clone(arrivals)
	zero = math.MaxInt64
	for k, at := range sorted {
		sorted[k] = at - due(k, rate)
		zero = min(zero, sorted[k])
	}
	for k := range sorted {
		sorted[k] -= zero
	}
	slices.Sort(sorted)
	return quantiles{quantile(sorted, .5), quantile(sorted, .99), sorted[len(sorted)-1]}, zero
}

func due(k int, rate float64) time.Duration { return time.Duration(float64(k) / rate * 1e9) }

// truth is the p99 of the time from when journeys were due until the stub had answered their last
// request, whatever their generator makes of it.
func truth(ends []time.Duration, rate float64, zero time.Duration) time.Duration {
	var took []time.Duration
	for k, end := range ends {
		if end > 0 {
			took = append(took, end-zero-due(k, rate))
		}
	}
	slices.Sort(took)
	return quantile(took, .99)
}

// quantile is of a sorted list, by nearest rank.
func quantile[T cmp.Ordered](sorted []T, q float64) T {
	var none T
	if len(sorted) == 0 {
		return none
	}
	return sorted[max(0, int(math.Ceil(q*float64(len(sorted))))-1)]
}

func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

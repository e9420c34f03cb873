package load

import (
	"sync"
	"time"

	hdr "github.com/HdrHistogram/hdrhistogram-go"
)

// Counts are arrivals by what became of them. Dropped and starved ones are in no outcome.
type Counts struct {
	OK, Failed, Unknown, Dropped, Starved uint64
}

func (c *Counts) add(a Arrival) {
	switch {
	case a.Dropped:
		c.Dropped++
	case a.Starved:
		c.Starved++
	case a.Outcome == OK:
		c.OK++
	case a.Outcome == Failed:
		c.Failed++
	default:
		c.Unknown++
	}
}

// Live is a snapshot of the load for a status line. Latencies of the History are computed from
// its records, not from this.
type Live struct {
	At       time.Duration
	InFlight int
	Total    Counts
	Second   Counts // ended in the last whole second
	// P95 is of response times, from due, of the journeys that ended in the last 10 s.
	P95 time.Duration
	// Response, Service and Slip are over everything so far.
	Response, Service, Slip Quantiles
}

// Quantiles summarise a histogram; all are 0 when there is nothing in it.
type Quantiles struct{ P50, P95, P99, Max time.Duration }

// Live is the load as of now.
func (e *Engine) Live() Live {
	e.setup()
	now := e.Now()
	l := e.meter.live(now)
	l.At, l.InFlight = now, int(e.inFlight.Load())
	return l
}

const (
	window    = 10                          // seconds of which Live gives a percentile
	ring      = window + 2                  // and the second that is not over yet
	longest   = int64(time.Hour / microsec) // longest latency told apart
	microsec  = time.Microsecond
	fineHDR   = 3 // significant digits of totals
	coarseHDR = 2 // and of one-second slices
)

// meter keeps totals and one-second slices by when journeys ended.
type meter struct {
	mu                      sync.Mutex
	total                   Counts
	response, service, slip *hdr.Histogram
	slices                  [ring]slice
}

type slice struct {
	second   int64
	counts   Counts
	response *hdr.Histogram
}

func newMeter() *meter {
	m := &meter{response: hdr.New(1, longest, fineHDR), service: hdr.New(1, longest, fineHDR), slip: hdr.New(1, longest, fineHDR)}
	for i := range m.slices {
		m.slices[i] = slice{second: -1, response: hdr.New(1, longest, coarseHDR)}
	}
	return m
}

func record(h *hdr.Histogram, d time.Duration) {
	_ = h.RecordValue(min(max(int64(d/microsec), 0), longest))
}

func (m *meter) add(a Arrival) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.at(int64(a.End / time.Second))
	m.total.add(a)
	if s != nil {
		s.counts.add(a)
	}
	record(m.slip, a.Start-a.Due)
	if a.Dropped || a.Starved {
		return
	}
	record(m.response, a.End-a.Due)
	record(m.service, a.End-a.Start)
	if s != nil {
		record(s.response, a.End-a.Due)
	}
}

// at is the slice of a second, or nil when a later one has taken its place.
func (m *meter) at(second int64) *slice {
	s := &m.slices[second%ring]
	if s.second < second {
		s.second, s.counts = second, Counts{}
		s.response.Reset()
	}
	if s.second != second {
		return nil
	}
	return s
}

func (m *meter) live(now time.Duration) Live {
	m.mu.Lock()
	defer m.mu.Unlock()
	l := Live{Total: m.total, Response: quantiles(m.response), Service: quantiles(m.service), Slip: quantiles(m.slip)}
	recent := hdr.New(1, longest, coarseHDR)
	this := int64(now / time.Second)
	for i := range m.slices {
		s := &m.slices[i]
		if s.second == this-1 {
			l.Second = s.counts
		}
		if s.second >= this-window && s.second >= 0 {
			recent.Merge(s.response)
		}
	}
	l.P95 = quantiles(recent).P95
	return l
}

func quantiles(h *hdr.Histogram) Quantiles {
	if h.TotalCount() == 0 {
		return Quantiles{}
	}
	at := func(q float64) time.Duration { return time.Duration(h.ValueAtQuantile(q)) * microsec }
	return Quantiles{P50: at(50), P95: at(95), P99: at(99), Max: time.Duration(h.Max()) * microsec}
}

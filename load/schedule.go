package load

import (
	"fmt"
	"math"
	"sort"
	"time"
)

// A Schedule says when each arrival of a traffic class is due, in closed form, so that an
// arrival's due time is known however late the generator or the deployment is. Due never
// decreases and is the same for the same k; it may be called from many goroutines.
type Schedule interface {
	// Due is the offset of arrival k, from 0, from the schedule's beginning.
	Due(k uint64) time.Duration
	// Len is how many arrivals there are; math.MaxUint64 is without end.
	Len() uint64
	// Rate is the mean of arrivals per second; of a schedule without end, in the long run.
	Rate() float64
	// String is the schedule for people: "poisson 4/s, seed 12".
	String() string
}

// Unbounded is the Len of a schedule without end.
const Unbounded = math.MaxUint64

// Constant is even arrivals, rate a second, without end. A rate of 0 or less is no arrivals.
func Constant(rate float64) Schedule { return constant(rate) }

type constant float64

func (c constant) Due(k uint64) time.Duration { return seconds(float64(k) / float64(c)) }
func (c constant) Rate() float64              { return math.Max(float64(c), 0) }
func (c constant) String() string             { return fmt.Sprintf("constant %g/s", float64(c)) }

func (c constant) Len() uint64 {
	if c <= 0 {
		return 0
	}
	return Unbounded
}

// During is the arrivals of s that are due before end.
func During(s Schedule, end time.Duration) Schedule {
	n := s.Len()
	if n == Unbounded {
		n = 1
		for n < 1<<62 && s.Due(n) < end {
			n *= 2
		}
	}
	// #nosec G115 -- n is at most 1<<62.
	first := sort.Search(int(n), func(k int) bool { return s.Due(uint64(k)) >= end })
	return during{Schedule: s, end: end, n: uint64(first)} // #nosec G115
}

type during struct {
	Schedule
	end time.Duration
	n   uint64
}

func (d during) Len() uint64    { return d.n }
func (d during) Peak() float64  { return peak(d.Schedule) }
func (d during) String() string { return fmt.Sprintf("%s for %v", d.Schedule, d.end) }

func (d during) Rate() float64 {
	if d.end <= 0 {
		return 0
	}
	return float64(d.n) / d.end.Seconds()
}

// peak is the highest rate a schedule keeps up, which bounds how much can be in flight.
func peak(s Schedule) float64 {
	if p, ok := s.(interface{ Peak() float64 }); ok {
		return p.Peak()
	}
	return s.Rate()
}

// seconds converts without wrapping round: a schedule may reach beyond what a Duration holds.
func seconds(s float64) time.Duration {
	ns := s * 1e9
	if ns >= math.MaxInt64 {
		return math.MaxInt64
	}
	return time.Duration(math.Round(ns))
}

package load

import (
	"fmt"
	"math"
	"time"
)

// Ramp changes the rate evenly from from to to over the time over and then holds it. A ramp
// down to 0 ends there.
func Ramp(from, to float64, over time.Duration) Schedule {
	return ramp{from: math.Max(from, 0), to: math.Max(to, 0), over: over.Seconds()}
}

type ramp struct{ from, to, over float64 }

func (r ramp) area() float64 { return (r.from + r.to) / 2 * r.over }

func (r ramp) Due(k uint64) time.Duration {
	n := float64(k)
	if n == 0 && r.from+r.to > 0 {
		return 0
	}
	if n < r.area() {
		// The root of from·t + a·t²/2 = n in the form that does not cancel when a is small.
		a := (r.to - r.from) / r.over
		return seconds(2 * n / (r.from + math.Sqrt(math.Max(r.from*r.from+2*a*n, 0))))
	}
	return seconds(r.over + (n-r.area())/r.to)
}

func (r ramp) Len() uint64 {
	if r.to > 0 {
		return Unbounded
	}
	return uint64(math.Ceil(r.area()))
}

func (r ramp) Rate() float64 {
	if r.to > 0 || r.over <= 0 {
		return r.to
	}
	return r.area() / r.over
}

func (r ramp) Peak() float64 { return math.Max(r.from, r.to) }

func (r ramp) String() string {
	return fmt.Sprintf("ramp %g/s to %g/s over %v", r.from, r.to, seconds(r.over))
}

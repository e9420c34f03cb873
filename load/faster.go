package load

import (
	"fmt"
	"time"
)

// Faster is s with its time run factor times as fast: the same arrivals, closer together.
func Faster(s Schedule, factor float64) Schedule {
	if factor == 1 {
		return s
	}
	return faster{s, factor}
}

type faster struct {
	Schedule
	factor float64
}

func (f faster) Due(k uint64) time.Duration {
	return time.Duration(float64(f.Schedule.Due(k)) / f.factor)
}
func (f faster) Rate() float64  { return f.Schedule.Rate() * f.factor }
func (f faster) Peak() float64  { return peak(f.Schedule) * f.factor }
func (f faster) String() string { return fmt.Sprintf("%s, %g times as fast", f.Schedule, f.factor) }

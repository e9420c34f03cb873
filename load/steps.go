package load

import (
	"fmt"
	"math"
	"sort"
	"strings"
	"time"
)

// Step is a constant Rate kept For a time; the last step of a schedule may have a For of 0,
// which is without end.
type Step struct {
	Rate float64
	For  time.Duration
}

// Steps is one constant rate after another. A step's arrivals are even from its beginning; a
// step with a rate of 0 is a pause. A step without end ends the list.
func Steps(list []Step) Schedule {
	s := &steps{}
	at, n := 0.0, uint64(0)
	for _, step := range list {
		s.list = append(s.list, step)
		s.at, s.first = append(s.at, at), append(s.first, n)
		if step.For <= 0 {
			if step.Rate > 0 {
				n = Unbounded
			}
			break
		}
		n += uint64(math.Ceil(math.Max(step.Rate, 0)*step.For.Seconds() - 1e-9))
		at += step.For.Seconds()
	}
	s.n, s.end = n, at
	return s
}

type steps struct {
	list  []Step
	at    []float64 // when each step begins
	first []uint64  // its first arrival
	n     uint64
	end   float64
}

func (s *steps) Due(k uint64) time.Duration {
	i := sort.Search(len(s.first), func(i int) bool { return s.first[i] > k }) - 1
	if i < 0 || k >= s.n {
		return seconds(s.end)
	}
	return seconds(s.at[i] + float64(k-s.first[i])/s.list[i].Rate)
}

func (s *steps) Len() uint64 { return s.n }

func (s *steps) Rate() float64 {
	switch {
	case s.n == Unbounded:
		return s.list[len(s.list)-1].Rate
	case s.end == 0:
		return 0
	}
	return float64(s.n) / s.end
}

func (s *steps) Peak() float64 {
	var most float64
	for _, step := range s.list {
		most = math.Max(most, step.Rate)
	}
	return most
}

func (s *steps) String() string {
	parts := make([]string, len(s.list))
	for i, step := range s.list {
		parts[i] = fmt.Sprintf("%g/s", step.Rate)
		if step.For > 0 {
			parts[i] += fmt.Sprintf(" for %v", step.For)
		}
	}
	return "steps " + strings.Join(parts, ", ")
}

package load

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestScheduleDue(t *testing.T) {
	t.Parallel()
	ms := time.Millisecond
	for _, tc := range []struct {
		name string
		s    Schedule
		k    uint64
		want time.Duration
	}{
		{"constant begins at once", Constant(10), 0, 0},
		{"constant 10/s: every 100 ms", Constant(10), 7, 700 * ms},
		{"constant beyond what a duration holds", Constant(1e-9), 1 << 40, math.MaxInt64},
		{"ramp 0 to 10/s over 10 s: t = sqrt(2k/a), a = 1/s²", Ramp(0, 10, 10*time.Second), 8, 4 * time.Second},
		{"ramp has 50 arrivals, then holds 10/s", Ramp(0, 10, 10*time.Second), 55, 10500 * ms},
		{"ramp down 10 to 0 over 10 s: n = 10t − t²/2, n(2) = 18", Ramp(10, 0, 10*time.Second), 18, 2 * time.Second},
		{"level ramp is constant", Ramp(4, 4, 10*time.Second), 6, 1500 * ms},
		{"ramp over no time", Ramp(4, 2, 0), 3, 1500 * ms},
		{"steps: first", Steps([]Step{{2, time.Second}, {10, 0}}), 1, 500 * ms},
		{"steps: second begins at its own zero", Steps([]Step{{2, time.Second}, {10, 0}}), 2, time.Second},
		{"steps: and goes on", Steps([]Step{{2, time.Second}, {10, 0}}), 5, 1300 * ms},
		{"steps with a pause", Steps([]Step{{1, time.Second}, {0, 3 * time.Second}, {1, 0}}), 1, 4 * time.Second},
		{"during does not move arrivals", During(Constant(10), time.Minute), 7, 700 * ms},
	} {
		if got := tc.s.Due(tc.k); got != tc.want {
			t.Errorf("%s: Due(%d) = %v, want %v", tc.name, tc.k, got, tc.want)
		}
	}
}

func TestScheduleLenAndRate(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		s    Schedule
		n    uint64
		rate float64
		peak float64
		text string
	}{
		{Constant(4), Unbounded, 4, 4, "constant 4/s"},
		{Constant(0), 0, 0, 0, "constant 0/s"},
		{Ramp(0, 10, 10*time.Second), Unbounded, 10, 10, "ramp 0/s to 10/s over 10s"},
		{Ramp(10, 0, 10*time.Second), 50, 5, 10, "ramp 10/s to 0/s over 10s"},
		{Ramp(0, 0, time.Second), 0, 0, 0, "ramp 0/s to 0/s over 1s"},
		{Steps([]Step{{2, time.Second}, {10, 2 * time.Second}}), 22, 22.0 / 3, 10, "steps 2/s for 1s, 10/s for 2s"},
		{Steps([]Step{{20, time.Second}, {10, 0}}), Unbounded, 10, 20, "steps 20/s for 1s, 10/s"},
		{Steps(nil), 0, 0, 0, "steps "},
		{Poisson(3, 12), Unbounded, 3, 3, "poisson 3/s, seed 12"},
		{Poisson(0, 12), 0, 0, 0, "poisson 0/s, seed 12"},
		{During(Constant(10), time.Second), 10, 10, 10, "constant 10/s for 1s"},
		{During(Constant(10), 0), 0, 0, 10, "constant 10/s for 0s"},
		{During(Ramp(10, 0, 10*time.Second), 2*time.Second), 18, 9, 10, "ramp 10/s to 0/s over 10s for 2s"},
		{During(Ramp(10, 0, 10*time.Second), time.Hour), 50, 50.0 / 3600, 10, "ramp 10/s to 0/s over 10s for 1h0m0s"},
	} {
		if got := tc.s.Len(); got != tc.n {
			t.Errorf("%v: Len = %d, want %d", tc.s, got, tc.n)
		}
		if got := tc.s.Rate(); math.Abs(got-tc.rate) > 1e-9 {
			t.Errorf("%v: Rate = %v, want %v", tc.s, got, tc.rate)
		}
		if got := peak(tc.s); got != tc.peak {
			t.Errorf("%v: peak = %v, want %v", tc.s, got, tc.peak)
		}
		if got := tc.s.String(); got != tc.text {
			t.Errorf("String = %q, want %q", got, tc.text)
		}
	}
}

func anySchedule(t *rapid.T) Schedule {
	rate := rapid.Float64Range(0.1, 5000)
	length := rapid.Int64Range(int64(time.Millisecond), int64(time.Hour))
	switch rapid.IntRange(0, 4).Draw(t, "kind") {
	case 0:
		return Constant(rate.Draw(t, "rate"))
	case 1:
		return Ramp(rate.Draw(t, "from"), rate.Draw(t, "to"), time.Duration(length.Draw(t, "over")))
	case 2:
		return Ramp(rate.Draw(t, "from"), 0, time.Duration(length.Draw(t, "over")))
	case 3:
		var list []Step
		for range rapid.IntRange(1, 5).Draw(t, "steps") {
			list = append(list, Step{rate.Draw(t, "rate"), time.Duration(length.Draw(t, "for"))})
		}
		return Steps(list)
	}
	return Poisson(rate.Draw(t, "rate"), rapid.Uint64().Draw(t, "seed"))
}

// TestScheduleNeverGoesBack: due times are ordered, whatever the schedule.
func TestScheduleNeverGoesBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := anySchedule(t)
		last := uint64(200_000)
		if s.Len() <= last {
			last = max(s.Len(), 1) - 1
		}
		i := rapid.Uint64Range(0, last).Draw(t, "i")
		j := rapid.Uint64Range(i, last).Draw(t, "j")
		if a, b := s.Due(i), s.Due(j); a < 0 || a > b {
			t.Fatalf("%v: Due(%d) = %v, Due(%d) = %v", s, i, a, j, b)
		}
	})
}

// TestDuringCountsWhatIsDue: Len is the number of arrivals before the end, neither more nor fewer.
func TestDuringCountsWhatIsDue(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := anySchedule(t)
		end := time.Duration(rapid.Int64Range(0, int64(10*time.Second)).Draw(t, "end"))
		n := During(s, end).Len()
		if n > 0 && s.Due(n-1) >= end {
			t.Fatalf("%v: arrival %d is due at %v, not before %v", s, n-1, s.Due(n-1), end)
		}
		if n < s.Len() && s.Due(n) < end {
			t.Fatalf("%v: arrival %d is due at %v, before %v", s, n, s.Due(n), end)
		}
	})
}

func TestPoissonIsPureInSeedAndArrival(t *testing.T) {
	t.Parallel()
	forward, random := Poisson(50, 7), Poisson(50, 7)
	want := make([]time.Duration, 40*blockLen)
	for k := range want {
		want[k] = forward.Due(uint64(k))
	}
	for _, k := range []int{39*blockLen + 5, 3, blockLen, blockLen - 1, 20 * blockLen, 8*blockLen + 3, 0} {
		if got := random.Due(uint64(k)); got != want[k] {
			t.Errorf("Due(%d) = %v asked out of order, %v in order", k, got, want[k])
		}
	}
	if Poisson(50, 8).Due(100) == want[100] {
		t.Error("another seed gives the same arrivals")
	}
}

// TestPoissonGaps: the mean gap is 1/rate within 5 standard errors, and gaps vary as exponential ones do.
func TestPoissonGaps(t *testing.T) {
	t.Parallel()
	const n, rate = 100_000, 200.0
	s := Poisson(rate, 3)
	var sum, squares, before float64
	for k := range uint64(n) {
		at := s.Due(k).Seconds()
		gap := at - before
		before = at
		sum += gap
		squares += gap * gap
	}
	mean := sum / n
	deviation := math.Sqrt(squares/n - mean*mean)
	if math.Abs(mean*rate-1) > 5/math.Sqrt(n) {
		t.Errorf("mean gap is %v of 1/rate", mean*rate)
	}
	if math.Abs(deviation/mean-1) > 0.02 {
		t.Errorf("standard deviation is %v of the mean, want 1", deviation/mean)
	}
}

func TestPoissonIsCheapFarOut(t *testing.T) {
	t.Parallel()
	s := Poisson(1000, 1).(*poisson)
	const far = 1_000_000
	if got := s.Due(far).Seconds(); math.Abs(got/1000-1) > 0.01 {
		t.Errorf("arrival %d at 1000/s is due at %v s, want about 1000", far, got)
	}
	if len(s.starts) > far/blockLen+2 {
		t.Errorf("%d block starts kept for %d arrivals", len(s.starts), far)
	}
}

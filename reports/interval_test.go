package reports

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"
	"pgregory.net/rapid"
)

func TestBetaQuantileIsGonums(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 50_000).Draw(t, "n")
		k := rapid.IntRange(0, n-1).Draw(t, "k")
		p := rapid.Float64Range(0.001, 0.999).Draw(t, "p")
		a, b := float64(k+1), float64(n-k)
		want := distuv.Beta{Alpha: a, Beta: b}.Quantile(p)
		if got := betaQuantile(p, a, b); math.Abs(got-want) > 1e-9+1e-6*want {
			t.Fatalf("quantile(%v; %v, %v) = %v, gonum says %v", p, a, b, got, want)
		}
	})
}

func TestBinomialQuantileIsGonums(t *testing.T) {
	for _, n := range []int{1, 2, 10, 59, 200, 1000, 10_000} {
		for _, q := range []float64{0.5, 0.95, 0.99, 0.999} {
			for _, p := range []float64{0.025, 0.5, 0.975} {
				k := binomialQuantile(p, n, q)
				d := distuv.Binomial{N: float64(n), P: q}
				if d.CDF(float64(k)) < p-1e-9 || k > 0 && d.CDF(float64(k-1)) >= p+1e-9 {
					t.Errorf("quantile(%v) of %d trials of %v = %d: P(X ≤ k) = %v, P(X < k) = %v",
						p, n, q, k, d.CDF(float64(k)), d.CDF(float64(k-1)))
				}
			}
		}
	}
}

// How many arrivals an availability takes to claim, with k failures among them.
func TestNeeded(t *testing.T) {
	for _, row := range []struct {
		limit float64
		want  map[int]int
	}{
		{0.01, map[int]int{0: 299, 1: 473, 2: 628, 3: 773, 5: 1_049}},
		{0.005, map[int]int{0: 598, 1: 947, 2: 1_258, 3: 1_549, 5: 2_100}},
		{0.001, map[int]int{0: 2_995, 1: 4_742, 2: 6_294, 3: 7_752, 5: 10_511}},
		{0.0005, map[int]int{0: 5_990, 1: 9_486, 2: 12_590, 3: 15_505, 5: 21_024}},
		{0.0001, map[int]int{0: 29_956, 1: 47_437, 2: 62_956, 3: 77_535, 5: 105_128}},
	} {
		for k, want := range row.want {
			if got, ok := needed(k, row.limit); got != want || !ok {
				t.Errorf("needed(%d, %v) = %d, want %d", k, row.limit, got, want)
			}
		}
	}
	if n, ok := needed(0, 0); ok {
		t.Errorf("needed(0, 0) = %d: nothing shows that a ratio is 0", n)
	}
}

func TestIntervals(t *testing.T) {
	for _, row := range []struct {
		k, n                       int
		wilsonLo, wilsonHi, cpOver float64
	}{
		{3, 3000, 0.00034, 0.00294, 0.00258},
		{30, 30000, 0.00070, 0.00143, 0.00136},
		{0, 1000, 0, 0.00383, 0.00299},
		{0, 0, 0, 1, 1},
		{5, 5, 0.5655, 1, 1},
	} {
		lo, hi := wilson(row.k, row.n)
		if math.Abs(lo-row.wilsonLo) > 5e-5 || math.Abs(hi-row.wilsonHi) > 5e-5 {
			t.Errorf("wilson(%d, %d) = %.5f to %.5f, want %.5f to %.5f", row.k, row.n, lo, hi, row.wilsonLo, row.wilsonHi)
		}
		if got := upperRatio(row.k, row.n); math.Abs(got-row.cpOver) > 5e-5 {
			t.Errorf("upperRatio(%d, %d) = %.5f, want %.5f", row.k, row.n, got, row.cpOver)
		}
	}
	if got := lowerRatio(5, 5); math.Abs(got-math.Pow(0.05, 0.2)) > 1e-9 {
		t.Errorf("lowerRatio(5, 5) = %v, want the fifth root of 0.05", got)
	}
}

func TestRanks(t *testing.T) {
	for _, row := range []struct {
		n      int
		q      float64
		lo, hi int
	}{
		{1000, 0.95, 936, 964},
		{1000, 0.99, 983, 997},
		{10_000, 0.99, 9880, 9920},
		{10_000, 0.999, 9983, 9997},
		{1000, 0.999, 997, 1001}, // there is no upper rank
	} {
		if lo, hi := ranks(row.n, row.q); lo != row.lo || hi != row.hi {
			t.Errorf("ranks(%d, %v) = %d to %d, want %d to %d", row.n, row.q, lo, hi, row.lo, row.hi)
		}
	}
}

func TestJudgeRatioNeverImproves(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 20_000).Draw(t, "n")
		k := rapid.IntRange(0, min(n, 50)).Draw(t, "k")
		limit := rapid.SampledFrom([]float64{0.0001, 0.001, 0.01, 0.05}).Draw(t, "limit")
		was, is := judgeRatio(k, n, limit), judgeRatio(k+1, n+1, limit)
		if is.rank() < was.rank() {
			t.Fatalf("%d of %d is %s, one more bad is %s", k, n, was, is)
		}
	})
}

func TestQuantileRefusesWhatItCannotKnow(t *testing.T) {
	h := newHistogram()
	for i := range 199 {
		h.record(sec(i) / 100)
	}
	if x, _, _, ok := h.quantile(0.95); ok {
		t.Errorf("p95 of 199 samples = %v, want none: fewer than ten lie beyond it", x)
	}
	h.record(sec(2))
	x, lo, hi, ok := h.quantile(0.95)
	if !ok || math.Abs(x.Seconds()-1.89) > 0.011 || lo >= x || hi <= x {
		t.Errorf("p95 of 0, 10 ms … 1.98 s, 2 s = %v (%v to %v), %v; want 1.89 s inside its interval", x, lo, hi, ok)
	}
}

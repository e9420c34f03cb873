package reports

import "math"

// confidence of every claim.
const confidence = 0.95

// upperRatio is the one-sided 95 % Clopper–Pearson upper bound on the ratio behind k of n. Of
// nothing it is 1: nothing is known.
func upperRatio(k, n int) float64 {
	if n <= 0 || k >= n {
		return 1
	}
	return betaQuantile(confidence, float64(k+1), float64(n-k))
}

// lowerRatio is the one-sided 95 % lower bound, 0 of nothing.
func lowerRatio(k, n int) float64 {
	if n <= 0 || k <= 0 {
		return 0
	}
	return betaQuantile(1-confidence, float64(k), float64(n-k+1))
}

// wilson is the two-sided 95 % interval to show a ratio with; claims use the bounds above.
func wilson(k, n int) (lo, hi float64) {
	if n <= 0 {
		return 0, 1
	}
	const z = 1.959963984540054
	p, m := float64(k)/float64(n), float64(n)
	mid := (p + z*z/(2*m)) / (1 + z*z/m)
	half := z / (1 + z*z/m) * math.Sqrt(p*(1-p)/m+z*z/(4*m*m))
	return max(0, mid-half), min(1, mid+half)
}

// needed is how many samples in all would show that a ratio is at most limit if k went bad and
// no more did; ok is false if no run could have so many.
func needed(k int, limit float64) (n int, ok bool) {
	const most = 1 << 40
	if limit >= 1 {
		return k, true
	}
	lo, hi := k, k+1
	for ; upperRatio(k, hi) > limit; lo, hi = hi, hi*2 {
		if hi > most {
			return 0, false
		}
	}
	for hi-lo > 1 {
		mid := lo + (hi-lo)/2
		if upperRatio(k, mid) > limit {
			lo = mid
		} else {
			hi = mid
		}
	}
	return hi, true
}

// judgeRatio says whether k bad of n are shown to be at most limit, shown to be more, or neither.
func judgeRatio(k, n int, limit float64) Verdict {
	switch {
	case n <= 0:
		return Inconclusive
	case upperRatio(k, n) <= limit:
		return Pass
	case lowerRatio(k, n) > limit:
		return Fail
	}
	return Inconclusive
}

// ranks are the order statistics (from 1) that enclose the q-quantile of n samples with 95 %;
// hi is n+1 when the samples do not reach that far.
func ranks(n int, q float64) (lo, hi int) {
	tail := (1 - confidence) / 2
	return binomialQuantile(tail, n, q), binomialQuantile(1-tail, n, q) + 1
}

// binomialQuantile is the least k with P(X ≤ k) ≥ p for n trials of q.
func binomialQuantile(p float64, n int, q float64) int {
	lo, hi := 0, n
	for lo < hi {
		mid := (lo + hi) / 2
		// P(X ≤ k) = I_{1−q}(n−k, k+1)
		if betaCDF(1-q, float64(n-mid), float64(mid+1)) >= p {
			hi = mid
		} else {
			lo = mid + 1
		}
	}
	return lo
}

package reports

import (
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// few is how many samples must lie beyond a quantile before it is shown.
const few = 10

// histogram holds durations to 0.1 %, up to ten minutes.
type histogram struct{ *hdrhistogram.Histogram }

func newHistogram() histogram {
	return histogram{hdrhistogram.New(1, int64(10*time.Minute/time.Microsecond), 3)}
}

// record adds a duration; one beyond the range counts as the greatest there is.
func (h histogram) record(d time.Duration) {
	us := min(max(1, int64(d/time.Microsecond)), h.HighestTrackableValue())
	_ = h.RecordValue(us) // in range, so it cannot fail
}

// quantile is the q-quantile and its 95 % interval; ok is false if too few samples lie beyond it.
func (h histogram) quantile(q float64) (x, lo, hi time.Duration, ok bool) {
	n := int(h.TotalCount())
	if !dense(n, q) {
		return 0, 0, 0, false
	}
	l, u := ranks(n, q)
	return h.rank(q * float64(n)), h.rank(float64(max(1, l))), h.rank(float64(min(u, n))), true
}

// rank is the value of an order statistic.
func (h histogram) rank(r float64) time.Duration {
	return time.Duration(h.ValueAtQuantile(100*r/float64(h.TotalCount()))) * time.Microsecond
}

// dense says whether n samples suffice to speak of the q-quantile.
func dense(n int, q float64) bool { return float64(n)*(1-q) >= few-1e-9 }

package load

import (
	"testing"
	"time"
)

func TestFasterIsTheSameArrivalsCloserTogether(t *testing.T) {
	slow := Poisson(4, 7)
	fast := Faster(slow, 8)
	for k := range uint64(1000) {
		if got, want := fast.Due(k), slow.Due(k)/8; got-want > time.Nanosecond || want-got > time.Nanosecond {
			t.Fatalf("arrival %d due at %v, want %v", k, got, want)
		}
	}
	if fast.Rate() != 32 || peak(fast) != 32 || fast.Len() != slow.Len() {
		t.Errorf("rate %v, peak %v, len %v", fast.Rate(), peak(fast), fast.Len())
	}
	if Faster(slow, 1) != slow {
		t.Error("once as fast is not the schedule itself")
	}
}

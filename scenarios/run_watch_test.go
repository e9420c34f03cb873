package scenarios

import (
	"context"
	"testing"

	"holdfast/fixtures"
	"holdfast/reports"
)

// unasked is an environment whose reading ends with its context.
type unasked struct{ fixtures.Environment }

func (unasked) Sample(context.Context) []fixtures.Sample {
	return []fixtures.Sample{{Node: "kc-1", Metric: "ready"}}
}

// TestAReadingThatWasCutShortIsNone: the load's end cuts the last reading, and who was not asked
// to the end is not down.
func TestAReadingThatWasCutShortIsNone(t *testing.T) {
	for _, cut := range []bool{false, true} {
		dir := t.TempDir()
		w, err := reports.Create(dir)
		if err != nil {
			t.Fatal(err)
		}
		r := &run{history: w, env: unasked{}}
		ctx, cancel := context.WithCancel(t.Context())
		if cut {
			cancel()
		}
		r.sample(ctx)
		cancel()
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		h, err := reports.Read(dir)
		if err != nil {
			t.Fatal(err)
		}
		if want := map[bool]int{false: 1, true: 0}[cut]; len(h.Samples) != want {
			t.Errorf("cut short: %v; %d samples, want %d", cut, len(h.Samples), want)
		}
	}
}

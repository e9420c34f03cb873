package main

import (
	"strings"
	"testing"
	"time"
)

const ms = time.Millisecond

// TestLateness: ten a second; the promptest arrival sets the schedule's zero, whichever it is and
// however the arrivals are ordered.
func TestLateness(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name     string
		arrivals []time.Duration
		want     quantiles
		zero     time.Duration
	}{
		{"on time", []time.Duration{0, 100 * ms, 200 * ms}, quantiles{}, 0},
		{"one is late", []time.Duration{0, 130 * ms, 200 * ms}, quantiles{Max: 30 * ms, P99: 30 * ms}, 0},
		{"the first is late", []time.Duration{0, 90 * ms, 190 * ms}, quantiles{Max: 10 * ms, P99: 10 * ms}, -10 * ms},
	} {
		got, zero := lateness(tc.arrivals, 10)
		if got != tc.want || zero != tc.zero {
			t.Errorf("%s: %+v from %v, want %+v from %v", tc.name, got, zero, tc.want, tc.zero)
		}
	}
}

// TestTruth: of 1,000 journeys, one every 10 ms, those due in the 2 s of a stall from 3 s on are
// answered at its end: the ten worst wait longer than the p99, 1.9 s. One that is never answered has no time.
func TestTruth(t *testing.T) {
	t.Parallel()
	ends := make([]time.Duration, 1000)
	for k := range ends {
		at := due(k, 100)
		ends[k] = at + ms
		if at >= 3*time.Second && at < 5*time.Second {
			ends[k] = 5 * time.Second
		}
	}
	if got := truth(ends, 100, 0); got != 1900*ms {
		t.Errorf("p99 %v, want 1.9s", got)
	}
	if got := truth(ends, 100, -5*ms); got != 1905*ms {
		t.Errorf("p99 %v of a schedule 5 ms earlier, want 1.905s", got)
	}
	if got := truth([]time.Duration{0, 0, 150 * ms}, 10, -100*ms); got != 50*ms {
		t.Errorf("p99 %v of one answer", got)
	}
}

func TestQuantile(t *testing.T) {
	t.Parallel()
	list := []float64{1, 2, 3, 4}
	for q, want := range map[float64]float64{0.5: 2, 0.99: 4, 0.25: 1, 0: 1} {
		if got := quantile(list, q); got != want {
			t.Errorf("quantile %g = %g, want %g", q, got, want)
		}
	}
	if quantile([]float64{}, .5) != 0 {
		t.Error("a quantile of nothing")
	}
}

// TestTargets: each is missed by exactly the figure that misses it.
func TestTargets(t *testing.T) {
	t.Parallel()
	make := func() map[string]*row {
		out := map[string]*row{}
		for _, name := range []string{"holdfast", "vegeta", "k6"} {
			for _, journey := range []string{"single", "login"} {
				out[name+" "+journey] = &row{
					tool: &tool{name: name}, journey: journey, perCore: []float64{1000}, late: []quantiles{{P99: ms}},
					p99: 1900 * ms, truth: 1900 * ms}
			}
		}
		out["holdfast login"].perCore = []float64{2000}
		return out
	}
	for _, tc := range []struct {
		name  string
		spoil func(map[string]*row)
		miss  string
	}{
		{"all reached", func(map[string]*row) {}, ""},
		{"late", func(r map[string]*row) { r["holdfast single"].late[0].P99 = 2 * ms }, "p99 lateness of single"},
		{"late login", func(r map[string]*row) { r["holdfast login"].late[0].P99 = 2 * ms }, "p99 lateness of logins"},
		{"slow", func(r map[string]*row) { r["holdfast single"].perCore[0] = 899 }, "single requests per core"},
		{"slow login", func(r map[string]*row) { r["holdfast login"].perCore[0] = 1999 }, "logins per core"},
		{"a stall made small", func(r map[string]*row) { r["holdfast single"].p99 = 1860 * ms }, "p99 of the stall"},
		{"a stall not measured", func(r map[string]*row) { r["holdfast login"].truth = 0 }, "p99 of the stall"},
		{"left out", func(r map[string]*row) { r["k6 single"].bad = 1 }, "no journey failed"},
	} {
		rows := make()
		tc.spoil(rows)
		var list []*row
		for _, r := range rows {
			list = append(list, r)
		}
		var b strings.Builder
		targets(&b, list)
		var missed []string
		for line := range strings.Lines(b.String()) {
			if strings.Contains(line, "**no**") {
				missed = append(missed, line)
			}
		}
		if tc.miss == "" && len(missed) == 0 {
			continue
		}
		if len(missed) != 1 || !strings.HasPrefix(missed[0], "| "+tc.miss) {
			t.Errorf("%s: missed %q, want %q", tc.name, missed, tc.miss)
		}
	}
}

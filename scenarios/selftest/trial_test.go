package selftest_test

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
	"testing"

	"holdfast/fixtures/sim"
	"holdfast/scenarios/selftest"
)

// TestEveryDefectHasOneTrial: none is left out, none is named twice, and there are enough.
func TestEveryDefectHasOneTrial(t *testing.T) {
	var tried []string
	for _, trial := range selftest.Trials() {
		tried = append(tried, trial.Defects...)
	}
	names := sim.DefectNames()
	slices.Sort(tried)
	slices.Sort(names)
	if !slices.Equal(tried, names) {
		t.Errorf("trials provoke %v\nthe registry has  %v", tried, names)
	}
	if slices.Equal(names, slices.Compact(slices.Clone(names))) == false || len(names) < 30 {
		t.Errorf("%d defects, some perhaps twice: %v", len(names), names)
	}
	for _, d := range sim.Defects() {
		if d.Title == "" || d.Finding == "" {
			t.Errorf("%s: no title or no finding: %+v", d.Name, d)
		}
	}
}

// TestTheSeedDecides: the faults of every trial's plan and its first arrivals, as one hash that is the
// same in every process, with the race detector or without.
func TestTheSeedDecides(t *testing.T) {
	const golden = "dc83b65f3224296f048ad171"
	hash := func(seed uint64) string {
		sum := sha256.New()
		for _, trial := range selftest.Trials() {
			s, err := trial.Scenario()
			if err != nil {
				t.Fatal(err)
			}
			plan, err := s.Plan(seed)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range plan.Faults {
				fmt.Fprintln(sum, f.ID, f.Targets, f.At, f.For, f.Control)
			}
			for _, c := range plan.Classes {
				for k := range min(c.Schedule.Len(), 1000) {
					sum.Write(binary.BigEndian.AppendUint64(nil, uint64(c.Schedule.Due(k)))) // #nosec G115 -- an offset
				}
			}
		}
		return hex.EncodeToString(sum.Sum(nil)[:12])
	}
	if got := hash(7); got != golden || got != hash(7) {
		t.Errorf("seed 7 gives %s, want %s", got, golden)
	}
	if hash(8) == golden {
		t.Error("seed 8 gives what seed 7 gives")
	}
}

// TestResults: one that was not as it should be, or was not made, is not OK.
func TestResults(t *testing.T) {
	d := sim.Defects()[0]
	for _, tt := range []struct {
		name   string
		result selftest.Result
		ok     bool
	}{
		{"all as it should be", selftest.Result{Rows: []selftest.Row{{Defect: d, Found: 3, Of: 3}}, Controls: []selftest.Control{{Clean: 3, Of: 3}}}, true},
		{"missed once", selftest.Result{Rows: []selftest.Row{{Defect: d, Found: 2, Of: 3}}, Controls: []selftest.Control{{Clean: 3, Of: 3}}}, false},
		{"a control failed", selftest.Result{Rows: []selftest.Row{{Defect: d, Found: 3, Of: 3}}, Controls: []selftest.Control{{Clean: 2, Of: 3}}}, false},
		{"not run", selftest.Result{Rows: []selftest.Row{{Defect: d}}}, false},
		{"nothing asked for", selftest.Result{}, false},
	} {
		if got := tt.result.OK(); got != tt.ok {
			t.Errorf("%s: OK is %v", tt.name, got)
		}
	}
}

// TestRunRefuses what it does not know, before anything is run.
func TestRunRefuses(t *testing.T) {
	for _, o := range []selftest.Options{{Seeds: 1, Defects: []string{"no-such-defect"}}, {Seeds: 0}} {
		if _, err := selftest.Run(t.Context(), o); err == nil {
			t.Errorf("%+v was run", o)
		}
	}
}

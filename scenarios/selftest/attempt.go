package selftest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"holdfast/fixtures/sim"
	"holdfast/reports"
	"holdfast/scenarios"
)

// Attempt is one run of a trial, with a defect or, as its control, without.
type Attempt struct {
	Trial  string
	Defect string // empty for a control
	Seed   uint64
	// Found says that the right checker failed the run; of a control, that nothing failed.
	Found   bool
	Verdict reports.Verdict // of the whole run
	Why     string          // what was concluded instead, when not found
	Took    time.Duration
}

// attempt runs the trial once in a folder of its own, which is removed if all is as it should be.
func attempt(ctx context.Context, t Trial, d sim.Defect, seed uint64, root string) Attempt {
	a := Attempt{Trial: t.Name, Defect: d.Name, Seed: seed, Verdict: reports.Inconclusive}
	began := time.Now()
	name := fmt.Sprintf("%s-%s-%d", t.Name, d.Name, seed)
	report, err := t.run(ctx, d.Name, seed, filepath.Join(root, name))
	a.Took = time.Since(began)
	if err != nil {
		a.Why = err.Error()
		return a
	}
	a.Verdict = report.Verdict
	if d.Name == "" {
		a.Found, a.Why = report.Verdict != reports.Fail, failures(report)
	} else {
		a.Found, a.Why = found(report, d.Finding)
	}
	if a.Found {
		a.Why = ""
		_ = os.RemoveAll(filepath.Join(root, name)) // the rest goes with its parent
	}
	return a
}

// run is one run the way holdfast run makes it: History on disk, judged from there.
func (t Trial) run(ctx context.Context, defect string, seed uint64, dir string) (*reports.Report, error) {
	s, err := t.Scenario()
	if err != nil {
		return nil, err
	}
	plan, err := s.Plan(seed)
	if err != nil {
		return nil, fmt.Errorf("plan %s: %w", t.Name, err)
	}
	twin := t.Twin
	twin.Defect = defect
	return scenarios.Run(ctx, plan, scenarios.RunOptions{
		Provider: sim.New(twin), ID: fmt.Sprintf("selftest-%d-%s", os.Getpid(), filepath.Base(dir)), Dir: dir, TimeScale: 1,
	})
}

// found looks for the checker's failure, or says what there was instead.
func found(r *reports.Report, checker string) (bool, string) {
	if slices.ContainsFunc(r.Findings, func(f reports.Finding) bool {
		return f.Checker == checker && f.Verdict == reports.Fail && !f.Info
	}) {
		return true, ""
	}
	var instead []string
	for _, f := range r.Findings {
		if f.Checker == checker {
			instead = append(instead, fmt.Sprintf("%s: %s, %s %s", f.Claim, f.Verdict, f.Measured, f.Missing))
		}
	}
	if len(instead) == 0 {
		instead = []string{"no finding of " + checker}
	}
	return false, strings.Join(append(instead, failures(r)), "; ")
}

// failures names what failed.
func failures(r *reports.Report) string {
	var out []string
	for _, f := range r.Findings {
		if f.Verdict == reports.Fail && !f.Info {
			out = append(out, fmt.Sprintf("%s failed (%s)", f.Checker, f.Measured))
		}
	}
	return strings.Join(out, "; ")
}

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
	Found bool
	// Void is how many runs before this one did not come off: see [tries].
	Void    int
	Verdict reports.Verdict // of the whole run
	Why     string          // what was concluded instead, when not found
	Took    time.Duration
}

// tries is how often a run is made that does not come off: one that broke, whose load was not
// offered on time because the machine had no time for it, or whose disruption was not proven
// shows nothing of the defect or of the harness, and says so itself. The last one counts.
const tries = 3

// attempt runs the trial until it comes off.
func attempt(ctx context.Context, t Trial, d sim.Defect, seed uint64, root string) Attempt {
	var a Attempt
	for try := range tries {
		off := false
		a, off = once(ctx, t, d, seed, filepath.Join(root, fmt.Sprintf("%s-%s-%d-%d", t.Name, d.Name, seed, try)))
		a.Void = try
		if a.Found || !off || ctx.Err() != nil {
			break
		}
		if try == tries-1 {
			a.Why = "it never came off, which a machine with more time may mend: " + a.Why
		}
	}
	return a
}

// once runs the trial in a folder of its own, and says whether it did not come off.
func once(ctx context.Context, t Trial, d sim.Defect, seed uint64, dir string) (Attempt, bool) {
	a := Attempt{Trial: t.Name, Defect: d.Name, Seed: seed, Verdict: reports.Inconclusive}
	began := time.Now()
	report, err := t.run(ctx, d.Name, seed, dir)
	a.Took = time.Since(began)
	_ = os.RemoveAll(dir) // what is left goes with its parent
	if err != nil {
		a.Why = err.Error()
		return a, true
	}
	a.Verdict = report.Verdict
	if d.Name == "" {
		a.Found, a.Why = report.Verdict != reports.Fail, failures(report)
	} else {
		a.Found, a.Why = found(report, d.Finding)
	}
	if a.Found {
		a.Why = ""
	}
	return a, !cameOff(report)
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

// cameOff says that the run itself may be believed: see [tries].
func cameOff(r *reports.Report) bool {
	return !slices.ContainsFunc(r.Findings, func(f reports.Finding) bool {
		return f.Verdict == reports.Inconclusive && slices.Contains([]string{"generator", "receipts", "completeness"}, f.Checker)
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

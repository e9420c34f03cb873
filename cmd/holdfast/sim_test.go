package main

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"holdfast/reports"
	"holdfast/scenarios"
)

// TestEveryScenarioOnTheTwin runs each built-in from its command line to its verdict.
func TestEveryScenarioOnTheTwin(t *testing.T) {
	if testing.Short() || raced {
		t.Skip("takes half a minute a scenario, and two cores to itself: make test-twin")
	}
	mustFail := map[string]bool{"all-nodes-kill": true, "impossible-latency": true}
	for _, s := range scenarios.Catalogue() {
		t.Run(s.Name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "run")
			var stdout, stderr bytes.Buffer
			code := execute(t.Context(), []string{"run", s.Name, "--on", "sim", "--time-scale", "8", "--seed", "7", "--out", dir}, &stdout, &stderr)
			h, err := reports.Read(dir)
			if err != nil {
				t.Fatalf("%v\n%s", err, stderr.String())
			}
			r := reports.Judge(h)
			t.Logf("%s\n%s", stderr.String(), stdout.String())
			if !r.Complete || !strings.Contains(stdout.String(), "SIMULATED") {
				t.Errorf("complete %v, or not marked as simulated", r.Complete)
			}
			if code != reports.ExitCode(r.Verdict) {
				t.Errorf("exit code %d, verdict %s", code, r.Verdict)
			}
			if failed := r.Verdict == reports.Fail; failed != mustFail[s.Name] {
				t.Errorf("verdict %s", r.Verdict)
			}
			for _, in := range h.Injections {
				if !in.Receipt.Proven() || !in.Undone {
					t.Errorf("%s: not proven or not undone: %+v", in.ID, in)
				}
			}
		})
	}
}

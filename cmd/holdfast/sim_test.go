package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"holdfast/reports"
	"holdfast/scenarios"
)

// quick are the flags of a run on the twin: as fast as two cores carry two of them at once, with
// phases as long as verdicts need in the twin's time. Latency is not scaled, and is the machine's:
// what it is promised to be is for a deployment.
var quick = []string{"--time-scale", "8", "--set", "phases.warmup=5s", "--set", "phases.before=15s", "--set", "phases.after=30s",
	"--set", "objectives.p95=3s"}

// mustFail are the built-ins that fail on the twin, as they should. The others must not.
var mustFail = map[string]string{
	"all-nodes-kill":     "nobody is served until they have booted",
	"impossible-latency": "no answer takes under 1 ms",
	"volatile-restart":   "sessions were in memory only",
	"db-lag-failover":    "the replica that was promoted had not heard of them",
	"cluster-partition":  "parts of the cluster do not hear of each other's rotations, as the twin has it",
}

// TestEveryScenarioOnTheTwin runs each built-in from its command line to its verdict.
func TestEveryScenarioOnTheTwin(t *testing.T) {
	if testing.Short() || raced {
		t.Skip("takes half a minute a scenario, and two cores to itself: make test-twin")
	}
	for _, s := range scenarios.Catalogue() {
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			flags := quick
			switch s.Name {
			case "spike": // its steps are counted from the beginning of the load
				flags = []string{"--time-scale", "4"}
			case "impossible-latency":
				flags = quick[:len(quick)-2]
			case "slow-database": // the twin's after is that much shorter
				flags = append(slices.Clone(quick), "--set", "objectives.full_recovery=8s")
			}
			r, h := onTwin(t, s.Name, flags)
			if late(r) {
				t.Log("the machine was too busy to offer the load on time; once more")
				r, h = onTwin(t, s.Name, flags)
			}
			why, must := mustFail[s.Name]
			if r.Verdict == reports.Fail && !must && late(r) {
				t.Logf("late twice: verdict %s is about this machine, not the scenario", r.Verdict)
			} else if (r.Verdict == reports.Fail) != must {
				t.Errorf("verdict %s; it must fail: %v %s", r.Verdict, must, why)
			}
			for _, in := range h.Injections {
				if !in.Receipt.Proven() || !in.Undone {
					t.Errorf("%s: not proven or not undone: %+v", in.ID, in)
				}
			}
		})
	}
}

// onTwin runs a scenario and reads back what it left.
func onTwin(t *testing.T, name string, flags []string) (*reports.Report, *reports.History) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "run")
	var stdout, stderr bytes.Buffer
	args := append([]string{"run", name, "--on", "sim", "--seed", "7", "--out", dir}, flags...)
	code := execute(t.Context(), args, &stdout, &stderr)
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
	return r, h
}

// late says that the load was not offered on time, so that the verdict is about the machine.
func late(r *reports.Report) bool {
	return slices.ContainsFunc(r.Findings, func(f reports.Finding) bool {
		return f.Checker == "generator" && f.Verdict != reports.Pass
	})
}

// planted breaks a promise with one of its faults only: the others take one node of three.
const planted = `name: planted
description: one of these faults is too much
topology: {keycloak: {nodes: 3}}
load: {cohort: 10, classes: [{journey: login, rate: 2/s}, {journey: client-credentials, rate: 8/s}]}
phases: {warmup: 5s, before: 10s, after: 20s, settle: 10s}
faults:
  - {kind: stop, target: pg-2, at: 2s, for: 5s}
  - {kind: drain, target: kc-2, at: 10s, for: 5s}
  - {kind: kill, target: all keycloak, at: 80s, for: 20s}
  - {kind: kill, target: pg-2, at: 82s, for: 5s}
objectives: {profile: none, outage: 800ms}
`

// TestShrinkOnTheTwin plants a failure in a schedule, and it is found again.
func TestShrinkOnTheTwin(t *testing.T) {
	if testing.Short() || raced {
		t.Skip("takes half a minute, and two cores to itself: make test-twin")
	}
	file := filepath.Join(t.TempDir(), "planted.yaml")
	if err := os.WriteFile(file, []byte(planted), 0o600); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "run")
	var stdout, stderr bytes.Buffer
	code := execute(t.Context(), []string{"run", file, "--on", "sim", "--time-scale", "10", "--seed", "3", "--out", dir, "--shrink"}, &stdout, &stderr)
	if code != exitFail {
		t.Fatalf("exit code %d\n%s\n%s", code, stderr.String(), stdout.String())
	}
	s, err := scenarios.Load(filepath.Join(dir, shrunkFile), nil)
	if err != nil {
		t.Fatalf("%v\n%s", err, stderr.String())
	}
	if len(s.Faults) != 1 || s.Faults[0].Kind != "kill" || s.Faults[0].Target.String() != "kc-1, kc-2, kc-3" || s.Faults[0].At.From != 0 {
		t.Errorf("what is left is %+v\n%s", s.Faults, stderr.String())
	}
	if !strings.Contains(stdout.String(), "smallest that still fails: 1-kill-kc-1+kc-2+kc-3 (1 of 4 faults)") {
		t.Errorf("stdout is\n%s", stdout.String())
	}
}

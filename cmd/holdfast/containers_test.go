//go:build containers

package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"holdfast/chaos"
	"holdfast/fixtures"
	"holdfast/fixtures/docker"
	"holdfast/fixtures/images"
	"holdfast/load"
	"holdfast/reports"
	"holdfast/scenarios"
)

// small is a scenario whose runs are short: what happens is looked at, not how often or how fast.
const small = `
name: small
description: short runs for tests
load:
  cohort: 10
  timeout: 5s
  classes:
    - {journey: login, rate: 2/s}
    - {journey: refresh, rate: 4/s}
    - {journey: userinfo, rate: 10/s}
phases: {warmup: 3s, before: 10s, after: 15s}
objectives: {profile: keycloak-docs, p95: 10s}
`

// built is the binary under test, on an engine without what an earlier test left that was killed.
func built(t *testing.T) string {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "holdfast")
	if out, err := exec.Command("go", "build", "-o", bin, ".").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	cleanOnce.Do(func() { holdfast(t, bin, "clean") })
	return bin
}

var cleanOnce sync.Once

func scenarioFile(t *testing.T, more string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "small.yaml")
	if err := os.WriteFile(path, []byte(small+more), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// holdfast runs the binary to its end and returns what it printed and its exit code.
func holdfast(t *testing.T, bin string, args ...string) (string, int) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), bin, args...).CombinedOutput()
	t.Logf("holdfast %s\n%s", strings.Join(args, " "), out)
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if exit != nil {
		return string(out), exit.ExitCode()
	}
	return string(out), 0
}

func result(t *testing.T, dir string) reports.Report {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "result.json"))
	if err != nil {
		t.Fatal(err)
	}
	var r reports.Report
	if err := json.Unmarshal(data, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// nothingLeft fails if a container or network of any run is there.
func nothingLeft(t *testing.T) {
	t.Helper()
	p, err := docker.New(docker.Options{})
	if err != nil {
		t.Fatal(err)
	}
	runs, err := p.Runs(context.WithoutCancel(t.Context()))
	if err != nil || len(runs) != 0 {
		t.Errorf("left behind: %+v, %v", runs, err)
	}
}

// TestContainersNodeKill is the main job: a node is killed, the receipt proves it, every cohort
// session is accounted for, the verdict is the folder's, and no secret is in it. The node is not
// the cluster's coordinator: the loss of that one may rightly fail (see docs/findings.md).
func TestContainersNodeKill(t *testing.T) {
	bin, dir := built(t), filepath.Join(t.TempDir(), "run")
	_, code := holdfast(t, bin, "run", "node-kill", "--seed", "7", "--out", dir, "--set", "faults[0].target=kc-2",
		"--set", "objectives.p95=5s") // outcomes are looked at: the machine's milliseconds are not Keycloak's alone
	r := result(t, dir)
	if want := reports.ExitCode(r.Verdict); code != want {
		t.Errorf("exit code %d with verdict %s", code, r.Verdict)
	}
	if !r.Complete {
		t.Error("the run is not complete")
	}
	h, err := reports.Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(h.Injections) != 1 || !h.Injections[0].Receipt.Proven() || !h.Injections[0].Undone {
		t.Errorf("injections: %+v", h.Injections)
	}
	if ok := h.Injections[0].Receipt.ControlOK; ok == nil || !*ok {
		t.Errorf("control: %+v", h.Injections[0].Receipt.Evidence)
	}
	fates := map[load.Fate]int{}
	for _, s := range h.Sessions {
		if s.Cohort {
			fates[s.Fate]++
		}
	}
	if fates[load.Kept] == 0 || fates[load.Kept]+fates[load.Lost]+fates[load.Indeterminate]+fates[load.Ended] != 150 {
		t.Errorf("the cohort of 150 became %v", fates)
	}
	if r.Verdict == reports.Fail {
		t.Errorf("verdict %s", r.Verdict)
	}
	again, code2 := holdfast(t, bin, "judge", dir)
	if code2 != code || !strings.Contains(again, string(r.Verdict)) && !strings.Contains(again, strings.ToUpper(string(r.Verdict))) {
		t.Errorf("judged again: exit code %d, was %d", code2, code)
	}
	noSecrets(t, dir)
	nothingLeft(t)
}

// noSecrets looks for tokens, codes, cookies and every password in each file of the folder.
func noSecrets(t *testing.T, dir string) {
	t.Helper()
	secrets := canaries(t)
	shapes := map[string]*regexp.Regexp{
		"token":  regexp.MustCompile(`eyJ[A-Za-z0-9_-]{10,}\.`),
		"code":   regexp.MustCompile(`[0-9a-f-]{36}\.[0-9a-f-]{36}\.[0-9a-f-]{36}`),
		"cookie": regexp.MustCompile(`(AUTH_SESSION_ID|KEYCLOAK_IDENTITY|KC_RESTART)=\S`),
	}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if want := map[bool]fs.FileMode{true: 0o700, false: 0o600}[d.IsDir()]; info.Mode().Perm() != want {
			t.Errorf("%s has mode %v, want %v", path, info.Mode().Perm(), want)
		}
		if d.IsDir() {
			return nil
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for what, shape := range shapes {
			if m := shape.Find(data); m != nil {
				t.Errorf("%s holds a %s: %.20s…", path, what, m)
			}
		}
		for what, secret := range secrets {
			if bytes.Contains(data, secret) {
				t.Errorf("%s holds %s", path, what)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// canaries are the passwords of users, clients and databases, as they are and in base64.
func canaries(t *testing.T) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	state, err := images.DefaultStateDir()
	if err != nil {
		t.Fatal(err)
	}
	secret, err := images.LoadSecret(state)
	if err != nil {
		t.Fatal(err)
	}
	realm := images.Realm{Users: 200, Secret: secret}
	add := func(what, s string) {
		out[what] = []byte(s)
		out[what+" in base64"] = []byte(base64.StdEncoding.EncodeToString([]byte(s)))
	}
	for i := range realm.Users {
		add("the password of "+images.UserName(i), realm.Password(i))
	}
	add("the service client's secret", realm.ServiceSecret())
	for _, purpose := range []string{"database/keycloak", "database/replicator", "admin"} {
		add("the password of "+purpose, secret.Derive(purpose))
	}
	if len(out) < 400 {
		t.Fatalf("only %d canaries", len(out))
	}
	return out
}

// TestContainersControlFails shows that a promise that cannot be kept is found broken.
func TestContainersControlFails(t *testing.T) {
	bin, dir := built(t), filepath.Join(t.TempDir(), "run")
	_, code := holdfast(t, bin, "run", "all-nodes-kill", "--seed", "7", "--out", dir,
		"--set", "phases.warmup=5s", "--set", "phases.before=20s", "--set", "phases.after=15s", "--set", "faults[0].for=5s")
	if r := result(t, dir); code != 1 || r.Verdict != reports.Fail {
		t.Errorf("exit code %d, verdict %s; this control must fail", code, r.Verdict)
	}
	nothingLeft(t)
}

// noop is a platform whose nodes cannot be hurt: every injector does nothing and says it did.
type noop struct{ fixtures.Provider }

func (n noop) Up(ctx context.Context, t fixtures.Topology, o fixtures.UpOptions) (fixtures.Environment, error) {
	env, err := n.Provider.Up(ctx, t, o)
	if err != nil {
		return nil, err
	}
	return noopEnv{env}, nil
}

type noopEnv struct{ fixtures.Environment }

func (e noopEnv) Nodes() []fixtures.Node {
	var out []fixtures.Node
	for _, n := range e.Environment.Nodes() {
		if b, ok := n.(fixtures.Balancing); ok {
			out = append(out, noopBalancer{b})
			continue
		}
		out = append(out, noopNode{n})
	}
	return out
}

type noopNode struct{ fixtures.Node }

func (noopNode) Kill(context.Context) error                { return nil }
func (noopNode) Stop(context.Context, time.Duration) error { return nil }
func (noopNode) Pause(context.Context) error               { return nil }

type noopBalancer struct{ fixtures.Balancing }

func (noopBalancer) Drain(context.Context, string) error { return nil }

// TestContainersNoOpIsInconclusive runs faults with an injector that does nothing: those whose acts
// are a node's and a balancer's own. The mutants of every kind are package chaos's tests.
func TestContainersNoOpIsInconclusive(t *testing.T) {
	var faults strings.Builder
	faults.WriteString("faults:\n")
	for i, kind := range []string{"kill", "stop, grace: 2s", "pause", "drain, grace: 2s"} {
		at := time.Duration(i) * 45 * time.Second
		faults.WriteString("  - {target: kc-2, at: " + at.String() + ", for: 2s, kind: " + kind + "}\n")
	}
	s, err := scenarios.Load(scenarioFile(t, faults.String()), nil)
	if err != nil {
		t.Fatal(err)
	}
	// Only what the faults are about: nothing else may decide the verdict.
	s.Objectives = reports.Objectives{Profile: "none", Recovery: 30 * time.Second}
	plan, err := s.Plan(7)
	if err != nil {
		t.Fatal(err)
	}
	p, err := docker.New(docker.Options{})
	if err != nil {
		t.Fatal(err)
	}
	report, err := scenarios.Run(t.Context(), plan, scenarios.RunOptions{
		Provider: noop{p}, ID: runID("noop"), Dir: filepath.Join(t.TempDir(), "run"), TimeScale: 1})
	if err != nil {
		t.Fatal(err)
	}
	if report.Verdict != reports.Inconclusive {
		t.Errorf("verdict %s of a run in which nothing was done", report.Verdict)
	}
	for _, f := range report.Findings {
		if f.Verdict == reports.Fail {
			t.Logf("%s: %s: %s", f.Checker, f.Claim, f.Measured)
		}
		if f.Checker != "receipts" {
			continue
		}
		for _, p := range plan.Faults {
			if !strings.Contains(f.Missing, p.ID+": ") {
				t.Errorf("%s is not said to lack a receipt: %s", p.ID, f.Missing)
			}
		}
	}
	nothingLeft(t)
}

// started begins a run in the background and waits until the journal says act.
func started(t *testing.T, bin, dir, act string, args ...string) (*exec.Cmd, *bytes.Buffer) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), bin, append([]string{"run", "--out", dir}, args...)...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(6 * time.Minute); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		data, _ := os.ReadFile(filepath.Join(dir, chaos.JournalFile))
		if bytes.Contains(data, []byte(`"act":"`+act+`"`)) {
			return cmd, &out
		}
	}
	t.Fatalf("no %s in the journal:\n%s", act, out.String())
	return nil, nil
}

const pauseFault = "faults: [{kind: pause, target: kc-2, for: 60s}]\n"

// TestContainersSIGKILL kills holdfast in the middle of a fault; clean must find it all.
func TestContainersSIGKILL(t *testing.T) {
	bin, dir := built(t), filepath.Join(t.TempDir(), "run")
	cmd, _ := started(t, bin, dir, "done", scenarioFile(t, pauseFault))
	live, code := holdfast(t, bin, "clean")
	if code != 0 || !strings.Contains(live, "still goes on") {
		t.Errorf("clean touched a run that goes on: %d %s", code, live)
	}
	if err := cmd.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	cmd.Wait()
	first, code := holdfast(t, bin, "clean")
	if code != 0 || !strings.Contains(first, "removed small-") {
		t.Errorf("first clean: %d %s", code, first)
	}
	second, code := holdfast(t, bin, "clean")
	if code != 0 || strings.TrimSpace(second) != "nothing to clean" {
		t.Errorf("second clean: %d %s", code, second)
	}
	nothingLeft(t)
	if out, code := holdfast(t, bin, "judge", dir); code != 3 {
		t.Errorf("a run cut short was judged %d: %s", code, out)
	}
}

// TestContainersInterrupt presses Ctrl-C in the middle of a fault, twice.
func TestContainersInterrupt(t *testing.T) {
	bin, dir := built(t), filepath.Join(t.TempDir(), "run")
	cmd, out := started(t, bin, dir, "done", scenarioFile(t, pauseFault))
	for range 2 {
		if err := cmd.Process.Signal(os.Interrupt); err != nil {
			t.Fatal(err)
		}
		time.Sleep(300 * time.Millisecond)
	}
	cmd.Wait()
	t.Log(out.String())
	if code := cmd.ProcessState.ExitCode(); code != 3 {
		t.Errorf("exit code %d, want 3", code)
	}
	story, err := chaos.ReadJournal(filepath.Join(dir, chaos.JournalFile))
	if err != nil || len(story.Open) != 0 || !story.Down {
		t.Errorf("journal: %+v, %v", story, err)
	}
	if r := result(t, dir); r.Complete || r.Verdict == reports.Pass {
		t.Errorf("complete %v, verdict %s", r.Complete, r.Verdict)
	}
	nothingLeft(t)
}

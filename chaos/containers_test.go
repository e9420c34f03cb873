//go:build containers

package chaos

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"holdfast/fixtures"
	"holdfast/fixtures/docker"
	"holdfast/fixtures/shaper"
)

// disruptCommand makes the test binary a holdfast that makes one disruption, to be killed meanwhile.
const disruptCommand = "disrupt-for-test"

// job is what such a holdfast is told, as JSON.
type job struct {
	Run, Journal, Kind, Control string
	Settings                    json.RawMessage
	Targets                     []string
}

func TestMain(m *testing.M) {
	var err error
	switch {
	case len(os.Args) == 3 && os.Args[1] == shaper.Command: // what the proxy node runs, as holdfast's own binary is
		ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
		err = shaper.Run(ctx, os.Args[2], os.Stderr)
		stop()
	case len(os.Args) == 3 && os.Args[1] == disruptCommand:
		err = disruptNow(os.Args[2])
	default:
		os.Exit(m.Run())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
}

func disruptNow(text string) error {
	var j job
	if err := json.Unmarshal([]byte(text), &j); err != nil {
		return err
	}
	env, err := attach(context.Background(), j.Run)
	if err != nil {
		return err
	}
	journal, err := CreateJournal(j.Journal, j.Run, "docker")
	if err != nil {
		return err
	}
	fmt.Println("begins")
	in, err := disruptOn(context.Background(), env, journal, j)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(in)
}

// disruptOn makes one disruption of two seconds.
func disruptOn(ctx context.Context, env fixtures.Environment, journal *Journal, j job) (in Injection, err error) {
	f, err := New(j.Kind, j.Settings)
	if err != nil {
		return in, err
	}
	began := time.Now()
	r := Runner{Env: env, Journal: journal, Now: func() time.Duration { return time.Since(began) }, Record: func(i Injection) { in = i }}
	step := Step{ID: "1-" + j.Kind, Fault: f, Targets: j.Targets, Control: j.Control, For: 2 * time.Second}
	return in, r.Run(ctx, []Step{step})
}

func attach(ctx context.Context, run string) (fixtures.Environment, error) {
	p, err := docker.New(docker.Options{})
	if err != nil {
		return nil, err
	}
	return p.Attach(ctx, run)
}

// deployed brings what the rows need up once.
func deployed(t *testing.T, run string, t0 fixtures.Topology, rows []row) fixtures.Environment {
	t.Helper()
	for _, r := range rows {
		if n, ok := r.fault(t).(Needing); ok {
			n.Needs(&t0)
		}
	}
	t0.Keycloak.Users = 5
	p, err := docker.New(docker.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Remove(t.Context(), run); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	env, err := p.Up(t.Context(), t0, fixtures.UpOptions{Run: run, Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := env.Down(context.Background()); err != nil {
			t.Error(err)
		}
	})
	t.Logf("up after %v", time.Since(began).Round(time.Second))
	return env
}

// job is the row's disruption where the roles are now: an earlier failover may have moved them.
func (r row) job(ctx context.Context, env fixtures.Environment, journal string) job {
	names := map[string]string{}
	var servers []string
	for _, d := range databases(env) {
		servers = append(servers, d.Name())
	}
	now := slices.Clone(servers)
	slices.SortStableFunc(now, func(a, b string) int { return rank(ctx, env, a) - rank(ctx, env, b) })
	for i, name := range servers {
		names[name] = now[i]
	}
	moved := func(name string) string {
		if to, ok := names[name]; ok {
			return to
		}
		return name
	}
	j := job{Run: env.Run(), Journal: journal, Kind: r.kind, Control: moved(r.control), Settings: json.RawMessage(r.settings)}
	if r.settings == "" {
		j.Settings = json.RawMessage("{}")
	}
	for _, name := range r.targets {
		j.Targets = append(j.Targets, moved(name))
	}
	return j
}

// rank is 0 for the primary and 1 for a replica.
func rank(ctx context.Context, env fixtures.Environment, name string) int {
	n, err := fixtures.Find(env, name)
	if err != nil {
		return 1
	}
	if r, err := replication(ctx, n.(fixtures.Replicating)); err != nil || !r.Primary {
		return 1
	}
	return 0
}

// whole says why the deployment is not as it was: a node that is down or out of its place, a
// target of what was undone that still shows the effect, a helper that was left running.
func whole(ctx context.Context, env fixtures.Environment, undone []Entry) error {
	var errs []error
	for _, n := range env.Nodes() {
		t := Target{Env: env, Node: n}
		if err := errors.Join(n.Ready(ctx), inPlace(ctx, t)); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", n.Name(), err))
		}
	}
	for _, e := range undone {
		f, err := New(e.Kind, e.Settings)
		if err != nil {
			return err
		}
		for _, name := range e.Targets {
			n, err := fixtures.Find(env, name)
			if err != nil {
				return err
			}
			a := act{Step: Step{Fault: f}}
			if err := a.healed(ctx, Target{Env: env, Node: n}); err != nil {
				errs = append(errs, fmt.Errorf("%s: %w", name, err))
			}
		}
	}
	out, err := exec.CommandContext(ctx, "docker", "ps", "-a", "--format", "{{.Names}} {{.State}}", "--filter", "label=holdfast.run="+env.Run()).Output()
	if lines := strings.Split(strings.TrimSpace(string(out)), "\n"); err != nil || len(lines) != len(env.Nodes()) {
		errs = append(errs, fmt.Errorf("%d containers for %d nodes: %v %v", len(lines), len(env.Nodes()), lines, err))
	}
	return errors.Join(errs...)
}

// wholeSoon waits for it.
func wholeSoon(t *testing.T, env fixtures.Environment, undone []Entry) time.Duration {
	t.Helper()
	began := time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	err := errors.New("not looked")
	for err != nil {
		look := whole(ctx, env, undone)
		if look == nil {
			break
		}
		if ctx.Err() == nil {
			err = look // a look that was cut short saw nothing
		}
		if pause(ctx, 300*time.Millisecond) != nil {
			t.Errorf("not as it was: %v", err)
			break
		}
	}
	return time.Since(began)
}

// onOneSite are the rows that the roomy topology can run.
func onOneSite() (out []row) {
	for _, r := range rows {
		if r.topology == nil {
			out = append(out, r)
		}
	}
	return out
}

// TestLongEveryKindOnContainers makes each row's disruption on real containers: its effect must be
// proven, and everything undone and healed.
func TestLongEveryKindOnContainers(t *testing.T) {
	env := deployed(t, "every-kind", roomy(), onOneSite())
	for _, r := range onOneSite() {
		t.Run(strings.ReplaceAll(r.title(), " ", "-"), func(t *testing.T) {
			path := filepath.Join(t.TempDir(), JournalFile)
			j := r.job(t.Context(), env, path)
			journal, err := CreateJournal(path, env.Run(), "docker")
			if err != nil {
				t.Fatal(err)
			}
			defer journal.Close()
			ctx, rest := context.WithCancel(t.Context())
			defer rest()
			if r.kind == "cpu" {
				go occupy(ctx, env, j.Targets[0])
			}
			in, err := disruptOn(ctx, env, journal, j)
			if why := unproven(in); err != nil || why != "" || !in.Undone || in.Err != "" {
				t.Errorf("%v %s; undone %v\n%s", err, why, in.Undone, story(in))
			}
			t.Logf("on %v: effective %v, healed %v", j.Targets, in.Receipt.Effective, in.Receipt.Healed)
			wholeSoon(t, env, nil)
		})
	}
}

// occupy gives a node the little work that a tenth of a core is too little for.
func occupy(ctx context.Context, env fixtures.Environment, name string) {
	n, err := fixtures.Find(env, name)
	for err == nil && ctx.Err() == nil {
		n.Reach(ctx)
		_ = pause(ctx, 5*time.Millisecond)
	}
}

// TestLongSIGKILLOnContainers kills a holdfast at two moments of each row's disruption, one while it
// is made and one while it lasts or is undone. What clean does then, in another process, must bring
// all back.
func TestLongSIGKILLOnContainers(t *testing.T) {
	env := deployed(t, "sigkill", roomy(), onOneSite())
	random := rand.New(rand.NewPCG(7, 7))
	points, open := 0, 0
	for _, r := range onOneSite() {
		for _, within := range [][2]time.Duration{{0, 1500 * time.Millisecond}, {1500 * time.Millisecond, 5 * time.Second}} {
			after := within[0] + time.Duration(random.Int64N(int64(within[1]-within[0])))
			t.Run(fmt.Sprintf("%s-%v", strings.ReplaceAll(r.title(), " ", "-"), after.Round(time.Millisecond)), func(t *testing.T) {
				j := r.job(t.Context(), env, filepath.Join(t.TempDir(), JournalFile))
				killMeanwhile(t, j, after)
				points++
				undone := cleaned(t, j)
				open += len(undone)
				t.Logf("on %v: %d undone; as it was after %v", j.Targets, len(undone), wholeSoon(t, env, undone).Round(100*time.Millisecond))
			})
		}
	}
	t.Logf("%d points, %d of them with a disruption in force", points, open)
	if points < 50 || open < points/2 {
		t.Errorf("only %d points, %d with something to undo", points, open)
	}
}

// killMeanwhile runs a holdfast that is killed after a while.
func killMeanwhile(t *testing.T, j job, after time.Duration) {
	t.Helper()
	text, err := json.Marshal(j)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], disruptCommand, string(text))
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "begins\n" {
		t.Fatalf("%q, %v", line, err)
	}
	time.Sleep(after)
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
}

// cleaned does what holdfast clean does on a kept deployment and returns what it undid.
func cleaned(t *testing.T, j job) []Entry {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	p, err := docker.New(docker.Options{})
	if err != nil {
		t.Fatal(err)
	}
	env, err := p.Attach(ctx, j.Run)
	if err != nil {
		t.Fatal(err)
	}
	journal, story, err := Reopen(j.Journal)
	if err != nil {
		t.Fatal(err)
	}
	defer journal.Close()
	for _, step := range []func() error{
		func() error { _, err := p.Sweep(ctx, j.Run); return err },
		func() error { _, err := journal.Replay(ctx, story, env); return err },
		func() error { _, err := p.Sweep(ctx, j.Run); return err },
	} {
		if err := step(); err != nil {
			t.Errorf("clean: %v", err)
		}
	}
	if again, err := ReadJournal(j.Journal); err != nil || len(again.Open) != 0 {
		t.Errorf("a second clean has something to do: %v, %v", again.Open, err)
	}
	return story.Open
}

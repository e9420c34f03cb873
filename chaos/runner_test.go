package chaos

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"holdfast/fixtures"
)

// stay is how long every disruption of these tests is in force.
const stay = 20 * time.Second

// trial is one step of a row in virtual time, and what came of it.
type trial struct {
	in      Injection
	env     *fakeEnv
	journal Story
	before  int // acts until the undo began
}

// outcome runs the row's step on an environment that arrange may have prepared, with the runner
// that twist may have changed.
func (r row) outcome(t *testing.T, arrange func(*fakeEnv), twist func(*trial, *Runner)) trial {
	t.Helper()
	var out trial
	synctest.Test(t, func(t *testing.T) {
		out.env = r.env()
		if arrange != nil {
			arrange(out.env)
		}
		r.run(t, &out, context.Background(), twist)
	})
	return out
}

func (r row) run(t *testing.T, out *trial, ctx context.Context, twist func(*trial, *Runner)) {
	t.Helper()
	path := filepath.Join(t.TempDir(), JournalFile)
	j, err := CreateJournal(path, "r1", "fake")
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	start := time.Now()
	var got []Injection
	var begins sync.Once
	runner := &Runner{Env: out.env, Journal: j, Now: func() time.Duration { return time.Since(start) },
		Record: func(in Injection) { got = append(got, in) },
		undo: func(ctx context.Context, f Fault, t Target) error {
			begins.Do(func() { out.before = out.env.count() })
			return f.Undo(ctx, t)
		}}
	if twist != nil {
		twist(out, runner)
	}
	err = runner.Run(ctx, []Step{{ID: "1-" + r.kind, Fault: r.fault(t), Targets: r.targets, Control: r.control,
		At: 2 * time.Second, For: stay}})
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 1 {
		t.Fatalf("%d injections recorded, want 1", len(got))
	}
	out.in = got[0]
	if out.journal, err = ReadJournal(path); err != nil {
		t.Fatal(err)
	}
}

// each runs a test for every row.
func each(t *testing.T, test func(t *testing.T, r row)) {
	t.Helper()
	for _, r := range rows {
		t.Run(strings.ReplaceAll(r.title(), " ", "-"), func(t *testing.T) { test(t, r) })
	}
}

func TestEveryKindIsProvenUndoneAndHealed(t *testing.T) {
	each(t, func(t *testing.T, r row) {
		got := r.outcome(t, nil, nil)
		in := got.in
		if why := unproven(in); why != "" || !in.Undone || in.Receipt.Healed == nil {
			t.Fatalf("%s; undone %v\n%s", why, in.Undone, story(in))
		}
		if got := *in.Receipt.Requested; got < 2*time.Second || got > 2100*time.Millisecond {
			t.Errorf("requested at %v, want 2s", got)
		}
		if got.env.topology.Sites == 1 && in.Receipt.Control != "" && in.Receipt.ControlOK == nil {
			t.Errorf("the control was not looked at")
		}
		if d := *in.Receipt.Ended - *in.Receipt.Effective; d < stay || d > stay+8*time.Second {
			t.Errorf("in force for %v, want %v", d, stay)
		}
		if len(got.journal.Open) != 0 {
			t.Errorf("journal leaves %v open", got.journal.Open)
		}
		if broken := got.env.broken(); len(broken) > 0 {
			t.Errorf("left behind: %v\n%s", broken, story(in))
		}
		if r.control != "" && in.Receipt.Control != "" && len(got.env.node(r.control).acts) != 0 {
			t.Errorf("the control was touched: %v", got.env.node(r.control).acts)
		}
		r.checkSteps(t, in)
	})
}

func (r row) checkSteps(t *testing.T, in Injection) {
	t.Helper()
	s, ok := r.fault(t).(Stepping)
	if !ok {
		return
	}
	var seen []string
	for _, i := range in.Receipt.Steps {
		seen = append(seen, i.Name)
		if i.At < *in.Receipt.Requested || i.At > *in.Receipt.Healed {
			t.Errorf("%s at %v, outside of %v to %v", i.Name, i.At, *in.Receipt.Requested, *in.Receipt.Healed)
		}
	}
	if !slices.Equal(seen, s.Steps()) {
		t.Errorf("steps %v, want %v", seen, s.Steps())
	}
}

func story(in Injection) string {
	var b strings.Builder
	fmt.Fprintf(&b, "err %q refused %q\n", in.Err, in.Refused)
	for _, e := range in.Receipt.Evidence {
		fmt.Fprintf(&b, "%8v %-7s %s: %s\n", e.At, e.Node, e.Source, e.Seen)
	}
	return b.String()
}

// unproven is what the checkers find lacking in an injection.
func unproven(in Injection) string {
	r := in.Receipt
	switch {
	case in.Refused != "":
		return "refused: " + in.Refused
	case in.Err != "":
		return in.Err
	case !r.Proven():
		return "no effect"
	case r.Control != "" && (r.ControlOK == nil || !*r.ControlOK):
		return "the control is not untouched"
	}
	return ""
}

func TestInterruptUndoes(t *testing.T) {
	each(t, func(t *testing.T, r row) {
		synctest.Test(t, func(t *testing.T) {
			out := trial{env: r.env()}
			ctx, cancel := context.WithCancel(context.Background())
			time.AfterFunc(10*time.Second, cancel)
			start := time.Now()
			r.run(t, &out, ctx, nil)
			if took := time.Since(start); took > 90*time.Second {
				t.Errorf("took %v after an interrupt at 10s", took)
			}
			if !out.in.Undone || len(out.journal.Open) != 0 {
				t.Errorf("not undone: open %v\n%s", out.journal.Open, story(out.in))
			}
			if broken := out.env.broken(); len(broken) > 0 {
				t.Errorf("left behind: %v", broken)
			}
		})
	})
}

func TestIntentIsOnDiskBeforeTheAct(t *testing.T) {
	each(t, func(t *testing.T, r row) {
		var once sync.Once
		var seen string
		r.outcome(t, nil, func(out *trial, runner *Runner) {
			path := runner.Journal.f.Name()
			runner.inject = func(ctx context.Context, f Fault, target Target) error {
				once.Do(func() {
					data, _ := os.ReadFile(path)
					seen = string(data)
				})
				return f.Inject(ctx, target)
			}
		})
		if !strings.Contains(seen, `"intent"`) || strings.Contains(seen, `"undone"`) {
			t.Errorf("journal before the first act: %q", seen)
		}
	})
}

func TestWhatIsNotOursIsNotTouched(t *testing.T) {
	each(t, func(t *testing.T, r row) {
		got := r.outcome(t, func(e *fakeEnv) { e.node(r.targets[0]).foreign = true }, nil)
		if acts := got.env.node(r.targets[0]).acts; len(acts) != 0 {
			t.Errorf("a foreign node was touched: %v", acts)
		}
		if got.in.Refused == "" {
			t.Errorf("not refused: %+v", got.in)
		}
	})
}

// plain hides every ability of a node or an environment but the least.
type plain struct{ fixtures.Node }

type plainEnv struct {
	fixtures.Environment
	nodes []fixtures.Node
}

func (p plainEnv) Nodes() []fixtures.Node { return p.nodes }

func TestAPlatformThatCannotRefuses(t *testing.T) {
	can := []string{"kill", "stop", "pause", "restart", "crash-loop", "cache-restart"}
	each(t, func(t *testing.T, r row) {
		got := r.outcome(t, nil, func(out *trial, runner *Runner) {
			bare := plainEnv{Environment: out.env}
			for _, n := range out.env.nodes {
				if n.Role() == fixtures.Balancer {
					bare.nodes = append(bare.nodes, n)
					continue
				}
				bare.nodes = append(bare.nodes, plain{n})
			}
			runner.Env = bare
		})
		if slices.Contains(can, r.kind) || r.kind == "drain" {
			return
		}
		if !strings.Contains(got.in.Refused, "this platform cannot") && !strings.Contains(got.in.Refused, "is not in site") {
			t.Errorf("refused %q; want what the platform lacks", got.in.Refused)
		}
		if n := got.env.count(); n != 0 {
			t.Errorf("%d acts all the same", n)
		}
	})
}

func TestDrainKeepsTheMinimumServing(t *testing.T) {
	r := row{kind: "drain", targets: []string{"kc-2"}, control: "kc-1"}
	got := r.outcome(t, func(e *fakeEnv) { killed(e.node("kc-1")); killed(e.node("kc-3")) }, nil)
	if want := "drain would leave 0 Keycloak nodes serving; at least 1 must"; got.in.Refused != want {
		t.Errorf("refused %q, want %q", got.in.Refused, want)
	}
	if slices.Contains(got.env.node("kc-2").acts, "stop") {
		t.Error("it was stopped all the same")
	}
}

func TestATriggerThatFailsRefuses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newFakeEnv(roomy())
		j, err := CreateJournal(filepath.Join(t.TempDir(), JournalFile), "r1", "fake")
		if err != nil {
			t.Fatal(err)
		}
		defer j.Close()
		var got []Injection
		start := time.Now()
		var asked time.Duration
		r := &Runner{Env: e, Journal: j, Now: func() time.Duration { return time.Since(start) },
			Record: func(in Injection) { got = append(got, in) }}
		told := 0
		err = r.Run(context.Background(), []Step{{ID: "1", Fault: &Kill{}, Targets: []string{"kc-2"}, At: 3 * time.Second, For: stay,
			Trigger: func(context.Context) error { asked = time.Since(start); return fmt.Errorf("it never came true") },
			Seen:    func() { told++ }}})
		if err != nil || len(got) != 1 || got[0].Refused != "it never came true" || e.count() != 0 {
			t.Errorf("%v, %+v, %d acts", err, got, e.count())
		}
		if asked != 3*time.Second || told != 1 {
			t.Errorf("asked at %v, told %d times", asked, told)
		}
	})
}

func TestOneByOneLeavesTheOthersServing(t *testing.T) {
	r := row{kind: "restart", settings: `{"one_by_one":true}`, targets: []string{"kc-1", "kc-2", "kc-3"}}
	r.outcome(t, func(e *fakeEnv) {
		for _, name := range r.targets {
			e.node(name).twist = map[string]func(*fakeNode){"stop": func(n *fakeNode) {
				for _, other := range r.targets {
					if other != n.name && !e.node(other).reach().OK {
						t.Errorf("%s is stopped while %s does not serve", n.name, other)
					}
				}
				n.end(143)()
			}}
		}
	}, nil)
}

package chaos

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"holdfast/fixtures"
)

// outcome runs one step of the kind on kc-2 with kc-1 as the control, in virtual time.
func outcome(t *testing.T, kind string, arrange func(*fakeEnv)) (in Injection, e *fakeEnv, journal Story) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		e = newFakeEnv(2)
		if arrange != nil {
			arrange(e)
		}
		in, journal = runOn(t, e, kind, context.Background())
	})
	return in, e, journal
}

func runOn(t *testing.T, e *fakeEnv, kind string, ctx context.Context) (Injection, Story) {
	t.Helper()
	f, err := New(kind, nil)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), JournalFile)
	j, err := CreateJournal(path, "r1", "fake")
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	start := time.Now()
	var got []Injection
	r := &Runner{Env: e, Journal: j, Now: func() time.Duration { return time.Since(start) },
		Record: func(in Injection) { got = append(got, in) }}
	err = r.Run(ctx, []Step{{ID: "1", Fault: f, Targets: []string{"kc-2"}, Control: "kc-1",
		At: 2 * time.Second, For: 20 * time.Second}})
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 1 {
		t.Fatalf("%d injections recorded, want 1", len(got))
	}
	s, err := ReadJournal(path)
	if err != nil {
		t.Fatal(err)
	}
	return got[0], s
}

func TestEveryKindIsProvenUndoneAndHealed(t *testing.T) {
	for _, kind := range Kinds() {
		t.Run(kind, func(t *testing.T) {
			in, e, j := outcome(t, kind, nil)
			if in.Err != "" || in.Refused != "" {
				t.Fatalf("err %q refused %q", in.Err, in.Refused)
			}
			if !in.Receipt.Proven() || !in.Undone || in.Receipt.Healed == nil {
				t.Fatalf("receipt %+v, undone %v", in.Receipt, in.Undone)
			}
			if ok := in.Receipt.ControlOK; ok == nil || !*ok {
				t.Errorf("control not seen unaffected: %+v", in.Receipt.Evidence)
			}
			if got := *in.Receipt.Requested; got != 2*time.Second {
				t.Errorf("requested at %v, want 2s", got)
			}
			if d := *in.Receipt.Ended - *in.Receipt.Effective; d < 20*time.Second || d > 21*time.Second {
				t.Errorf("in force for %v, want 20s", d)
			}
			if len(j.Open) != 0 {
				t.Errorf("journal leaves %v open", j.Open)
			}
			if acts := e.node("kc-1").acts; len(acts) != 0 {
				t.Errorf("the control was touched: %v", acts)
			}
		})
	}
}

// acts are what each kind does to break a node and to mend it.
var acts = map[string]struct{ breaks, mends string }{
	"kill":  {"kill", "start"},
	"stop":  {"stop", "start"},
	"pause": {"pause", "unpause"},
	"drain": {"stop", "start"},
}

func TestEveryKindHasMutants(t *testing.T) {
	for _, kind := range Kinds() {
		if acts[kind].breaks == "" {
			t.Errorf("no mutant is known for %s: add its acts to the table", kind)
		}
	}
}

func TestNoOpInjectorHasNoReceipt(t *testing.T) {
	for _, kind := range Kinds() {
		t.Run(kind, func(t *testing.T) {
			in, _, _ := outcome(t, kind, func(e *fakeEnv) {
				e.node("kc-2").twist = map[string]func(*fakeNode){acts[kind].breaks: func(*fakeNode) {}}
			})
			if in.Receipt.Proven() {
				t.Errorf("an injector that does nothing is proven: %+v", in.Receipt)
			}
		})
	}
}

func TestWrongTargetIsSeenOnTheControl(t *testing.T) {
	for _, kind := range Kinds() {
		t.Run(kind, func(t *testing.T) {
			in, _, _ := outcome(t, kind, func(e *fakeEnv) {
				e.node("kc-2").twist = map[string]func(*fakeNode){acts[kind].breaks: func(*fakeNode) {
					c := e.node("kc-1")
					c.mu.Lock()
					defer c.mu.Unlock()
					if kind == "pause" {
						c.state.Paused = true
					} else {
						c.end(137)()
					}
				}}
			})
			if in.Receipt.Proven() {
				t.Errorf("proven on the wrong target")
			}
			if ok := in.Receipt.ControlOK; ok == nil || *ok {
				t.Errorf("the control was hit and called unaffected: %+v", in.Receipt.Evidence)
			}
		})
	}
}

func TestAPartialEffectIsNotProven(t *testing.T) {
	half := map[string]func(*fakeNode){
		// the process goes on behind a dead health endpoint, or the other way round
		"kill": func(n *fakeNode) { n.readyAt = time.Now().Add(time.Hour) },
		"stop": func(n *fakeNode) { n.readyAt = time.Now().Add(time.Hour) },
		// killed, not paused
		"pause": func(n *fakeNode) { n.end(137)() },
	}
	for _, kind := range Kinds() {
		t.Run(kind, func(t *testing.T) {
			in, _, _ := outcome(t, kind, func(e *fakeEnv) {
				if kind == "drain" { // one of two balancers only
					e.node("lb-2").twist = map[string]func(*fakeNode){"drain kc-2": func(*fakeNode) {}}
					return
				}
				e.node("kc-2").twist = map[string]func(*fakeNode){acts[kind].breaks: half[kind]}
			})
			if in.Receipt.Proven() {
				t.Errorf("half of a %s is proven: %+v", kind, in.Receipt.Evidence)
			}
		})
	}
}

func TestNoOpUndoIsNotHealed(t *testing.T) {
	for _, kind := range Kinds() {
		t.Run(kind, func(t *testing.T) {
			in, _, j := outcome(t, kind, func(e *fakeEnv) {
				e.node("kc-2").twist = map[string]func(*fakeNode){acts[kind].mends: func(*fakeNode) {}}
			})
			if in.Undone || in.Receipt.Healed != nil {
				t.Errorf("an undo that does nothing is called healed")
			}
			if !strings.Contains(in.Err, "kc-2") {
				t.Errorf("err %q does not name the node", in.Err)
			}
			if len(j.Open) != 1 {
				t.Errorf("the journal forgot what is still broken: %+v", j)
			}
		})
	}
}

func TestInterruptUndoes(t *testing.T) {
	for _, kind := range Kinds() {
		t.Run(kind, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := newFakeEnv(2)
				ctx, cancel := context.WithCancel(context.Background())
				time.AfterFunc(10*time.Second, cancel)
				start := time.Now()
				in, j := runOn(t, e, kind, ctx)
				if took := time.Since(start); took > 20*time.Second {
					t.Errorf("took %v after an interrupt at 10s", took)
				}
				if !in.Undone || len(j.Open) != 0 || e.node("kc-2").Ready(context.Background()) != nil {
					t.Errorf("not undone: %+v, open %v", in, j.Open)
				}
			})
		})
	}
}

func TestIntentIsOnDiskBeforeTheAct(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newFakeEnv(2)
		var seen string
		e.node("kc-2").twist = map[string]func(*fakeNode){"kill": func(n *fakeNode) {
			matches, _ := filepath.Glob(filepath.Join(os.TempDir(), "TestIntent*", "*", JournalFile))
			if len(matches) == 1 {
				data, _ := os.ReadFile(matches[0])
				seen = string(data)
			}
			n.end(137)()
		}}
		runOn(t, e, "kill", context.Background())
		if !strings.Contains(seen, `"intent"`) || strings.Contains(seen, `"undone"`) {
			t.Errorf("journal at the moment of the kill: %q", seen)
		}
	})
}

func TestWhatIsNotOursIsNotTouched(t *testing.T) {
	for _, kind := range Kinds() {
		in, e, _ := outcome(t, kind, func(e *fakeEnv) { e.node("kc-2").foreign = true })
		if acts := e.node("kc-2").acts; len(acts) != 0 {
			t.Errorf("%s: a foreign node was touched: %v", kind, acts)
		}
		if in.Refused == "" {
			t.Errorf("%s: not refused: %+v", kind, in)
		}
	}
}

func TestDrainKeepsTheMinimumServing(t *testing.T) {
	in, e, _ := outcome(t, "drain", func(e *fakeEnv) { e.node("kc-1").end(137)() })
	if want := "drain would leave 0 Keycloak nodes serving; at least 1 must"; in.Refused != want {
		t.Errorf("refused %q, want %q", in.Refused, want)
	}
	if slices.Contains(e.node("kc-2").acts, "stop") {
		t.Error("it was stopped all the same")
	}
}

func TestReplayUndoesWhatACrashLeft(t *testing.T) {
	for _, kind := range Kinds() {
		t.Run(kind, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { replayOne(t, kind) })
		})
	}
}

func replayOne(t *testing.T, kind string) {
	e := newFakeEnv(2)
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), JournalFile)
	j, err := CreateJournal(path, "r1", "fake")
	if err != nil {
		t.Fatal(err)
	}
	f, _ := New(kind, nil)
	if err := j.Intent("1", f, []string{"kc-2"}); err != nil {
		t.Fatal(err)
	}
	n, _ := fixtures.Find(e, "kc-2")
	if err := f.Inject(ctx, Target{Env: e, Node: n}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Reopen(path); err != ErrLive {
		t.Fatalf("reopened a live journal: %v", err)
	}
	j.Close() // the kernel drops the lock of a killed process just so
	for round, want := range []int{1, 0} {
		j, s, err := Reopen(path)
		if err != nil {
			t.Fatal(err)
		}
		undone, err := j.Replay(ctx, s, e)
		if err != nil || len(undone) != want {
			t.Errorf("round %d: undone %v, %v; want %d", round, undone, err, want)
		}
		j.Close()
	}
	time.Sleep(10 * time.Second)
	if err := n.Ready(ctx); err != nil {
		t.Errorf("kc-2 after replay: %v", err)
	}
}

func TestJournalTornAtEveryByte(t *testing.T) {
	path := filepath.Join(t.TempDir(), JournalFile)
	j, err := CreateJournal(path, "r1", "fake")
	if err != nil {
		t.Fatal(err)
	}
	f, _ := New("drain", []byte(`{"grace":5000000000}`))
	for _, err := range []error{j.Intent("1", f, []string{"kc-1"}), j.Undone("1"), j.Intent("2", f, []string{"kc-2"})} {
		if err != nil {
			t.Fatal(err)
		}
	}
	j.Close()
	whole, _ := os.ReadFile(path)
	lines := strings.SplitAfter(string(whole), "\n")
	for cut := range len(whole) + 1 {
		os.WriteFile(path, whole[:cut], 0o600)
		s, err := ReadJournal(path)
		if err != nil {
			t.Fatalf("cut at %d: %v", cut, err)
		}
		want := 0
		switch {
		case cut >= len(whole):
			want = 1
		case cut >= len(lines[0])+len(lines[1])+len(lines[2]):
		case cut >= len(lines[0])+len(lines[1]):
			want = 1
		}
		if len(s.Open) != want {
			t.Fatalf("cut at %d of %d: %d open, want %d", cut, len(whole), len(s.Open), want)
		}
	}
}

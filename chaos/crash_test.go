package chaos

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"holdfast/fixtures"
)

// TestSIGKILLAtEveryPointLeavesNothing kills holdfast at every change that any kind of fault makes,
// right before and right after it, and undoes from the journal as it was on disk then.
func TestSIGKILLAtEveryPointLeavesNothing(t *testing.T) {
	points := 0
	each(t, func(t *testing.T, r row) {
		whole := r.outcome(t, nil, nil)
		for k := 1; k <= len(whole.env.acts); k++ {
			for _, late := range []bool{false, true} {
				synctest.Test(t, func(t *testing.T) {
					if r.crashAt(t, k, late) {
						points++
					}
				})
			}
		}
	})
	t.Logf("%d points", points)
	if points < 300 {
		t.Errorf("only %d points", points)
	}
}

// crashAt says whether there was an act k: who is undone first is not always the same, and a mend
// may find its cut gone with the process.
func (r row) crashAt(t *testing.T, k int, late bool) bool {
	t.Helper()
	out := trial{env: r.env()}
	out.env.crash, out.env.late = k, late
	left := filepath.Join(t.TempDir(), JournalFile)
	r.run(t, &out, context.Background(), func(_ *trial, runner *Runner) {
		path := runner.Journal.f.Name()
		out.env.onCrash = func() {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Error(err)
			}
			if err := os.WriteFile(left, data, 0o600); err != nil {
				t.Error(err)
			}
		}
	})
	if !out.env.crashed {
		return false
	}
	out.env.crashed = false // another process
	r.clean(t, out.env, left, 1)
	settle(context.Background())
	if broken := out.env.broken(); len(broken) > 0 {
		t.Errorf("killed at act %d (late: %v) of %v: left behind: %v", k, late, out.env.acts, broken)
	}
	r.clean(t, out.env, left, 0)
	return true
}

// clean replays a journal and wants that many disruptions undone.
func (r row) clean(t *testing.T, e fixtures.Environment, path string, want int) {
	t.Helper()
	j, s, err := Reopen(path)
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	undone, err := j.Replay(context.Background(), s, e)
	if err != nil || len(undone) != want {
		t.Errorf("undone %v, %v; want %d", undone, err, want)
	}
}

// TestReplayUndoesTheTargetsThatAreLeft: one that is gone for good does not keep the others broken.
func TestReplayUndoesTheTargetsThatAreLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		env := newFakeEnv(roomy())
		n, err := fixtures.Find(env, "kc-2")
		if err != nil {
			t.Fatal(err)
		}
		if err := n.Pause(t.Context()); err != nil {
			t.Fatal(err)
		}
		j, err := CreateJournal(filepath.Join(t.TempDir(), JournalFile), "r1", "fake")
		if err != nil {
			t.Fatal(err)
		}
		defer j.Close()
		story := Story{Open: []Entry{{ID: "1", Kind: "pause", Targets: []string{"kc-9", "kc-2"}, Settings: []byte("{}")}}}
		undone, err := j.Replay(t.Context(), story, env)
		if err == nil || !strings.Contains(err.Error(), "kc-9") || len(undone) != 0 {
			t.Errorf("undone %v, %v", undone, err)
		}
		if s, err := n.State(t.Context()); err != nil || s.Paused {
			t.Errorf("kc-2 is still frozen: %+v, %v", s, err)
		}
	})
}

func TestALiveJournalIsLeftAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), JournalFile)
	j, err := CreateJournal(path, "r1", "fake")
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := Reopen(path); err != ErrLive {
		t.Errorf("reopened a live journal: %v", err)
	}
	j.Close() // the kernel drops the lock of a killed process just so
	if again, _, err := Reopen(path); err != nil {
		t.Error(err)
	} else {
		again.Close()
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

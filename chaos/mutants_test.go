package chaos

import (
	"context"
	"fmt"
	"testing"

	"holdfast/fixtures"
)

// The mutants of the harness: what an injector or an undo that does not do its work must look
// like. Each must leave an injection that no checker takes for proven, or healed.

func TestNoOpInjectorIsNotProven(t *testing.T) {
	each(t, func(t *testing.T, r row) {
		got := r.outcome(t, nil, func(_ *trial, runner *Runner) {
			runner.inject = func(context.Context, Fault, Target) error { return nil }
		})
		if unproven(got.in) == "" || got.in.Receipt.Proven() {
			t.Errorf("an injector that does nothing is proven:\n%s", story(got.in))
		}
	})
}

func TestWrongTargetIsNotProven(t *testing.T) {
	each(t, func(t *testing.T, r row) {
		if r.anywhere != "" {
			return
		}
		got := r.outcome(t, nil, func(_ *trial, runner *Runner) {
			runner.inject = func(ctx context.Context, f Fault, target Target) error {
				if r.wrongly != "" {
					return r.instead(ctx, t, r.wrongly, target)
				}
				n, err := fixtures.Find(target.Env, r.wrong)
				if err != nil {
					return err
				}
				return f.Inject(ctx, target.other(n))
			}
		})
		if unproven(got.in) == "" {
			t.Errorf("proven on the wrong target:\n%s", story(got.in))
		}
		if ok := got.in.Receipt.ControlOK; r.wrong == r.control && got.in.Receipt.Control != "" && (ok == nil || *ok) {
			t.Errorf("the control was hit and called unaffected:\n%s", story(got.in))
		}
	})
}

// instead injects with other settings, under the same name.
func (r row) instead(ctx context.Context, t *testing.T, settings string, target Target) error {
	f := faultOf(t, r.kind, settings)
	if w, ok := f.(Aware); ok {
		if err := w.Observe(ctx, "1-"+r.kind, []Target{target}); err != nil {
			return err
		}
	}
	return f.Inject(ctx, target)
}

func TestAPartialEffectIsNotProven(t *testing.T) {
	each(t, func(t *testing.T, r row) {
		check := func(what string, got trial) {
			t.Helper()
			if unproven(got.in) == "" && got.in.Undone {
				t.Errorf("%s: proven and healed:\n%s", what, story(got.in))
			}
		}
		for _, settings := range r.half {
			check(settings, r.outcome(t, nil, func(_ *trial, runner *Runner) {
				runner.inject = func(ctx context.Context, _ Fault, target Target) error {
					return r.instead(ctx, t, settings, target)
				}
			}))
		}
		for act, twist := range r.twists {
			check(act, r.outcome(t, func(e *fakeEnv) {
				e.node(r.targets[0]).twist = map[string]func(*fakeNode){act: twist}
			}, nil))
		}
		if len(r.targets) > 1 && r.kind != "site-failback" {
			check("one target of several", r.outcome(t, nil, func(_ *trial, runner *Runner) {
				runner.inject = func(ctx context.Context, f Fault, target Target) error {
					if target.Node.Name() != r.targets[0] {
						return nil
					}
					return f.Inject(ctx, target)
				}
			}))
		}
		// Every single act of the injection left out.
		whole := r.outcome(t, nil, nil)
		for k := 1; k <= whole.before; k++ {
			check(fmt.Sprintf("without act %d", k), r.outcome(t, func(e *fakeEnv) { e.drop = k }, nil))
		}
	})
}

func TestNoOpUndoIsNotHealed(t *testing.T) {
	each(t, func(t *testing.T, r row) {
		if r.lasts != "" {
			whole := r.outcome(t, nil, nil)
			if extra := whole.env.acts[whole.before:]; len(extra) != 0 {
				t.Errorf("its undo does something: %v; an undo that does nothing must be found out", extra)
			}
			return
		}
		got := r.outcome(t, nil, func(_ *trial, runner *Runner) {
			runner.undo = func(context.Context, Fault, Target) error { return nil }
		})
		if got.in.Undone || got.in.Receipt.Healed != nil {
			t.Errorf("an undo that does nothing is called healed:\n%s", story(got.in))
		}
		if got.in.Err == "" || len(got.journal.Open) != 1 {
			t.Errorf("err %q; the journal has %v open", got.in.Err, got.journal.Open)
		}
	})
}

// A half undo must be found out too: called healed means that nothing is left.
func TestAPartialUndoIsNotHealed(t *testing.T) {
	each(t, func(t *testing.T, r row) {
		whole := r.outcome(t, nil, nil)
		for k := whole.before + 1; k <= len(whole.env.acts); k++ {
			got := r.outcome(t, func(e *fakeEnv) { e.drop = k }, nil)
			if left := got.env.broken(); got.in.Undone && len(left) > 0 {
				t.Errorf("without act %d (%s) it is called healed, and there is left: %v\n%s", k, whole.env.acts[k-1], left, story(got.in))
			}
		}
	})
}

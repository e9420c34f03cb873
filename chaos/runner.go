package chaos

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sort"
	"sync"
	"time"

	"holdfast/fixtures"
)

// Step is one disruption to make: what, on whom, when and for how long.
type Step struct {
	ID      string
	Fault   Fault
	Targets []string
	Control string        // an untouched node of the same role, or ""
	At      time.Duration // from the call of Run
	For     time.Duration // from effective to the start of the undo
	// Trigger, if any, is waited for after At; when it returns an error the step is refused with it.
	Trigger func(ctx context.Context) error
	// Seen, if any, is called once: when the effect was seen on every target or is waited for no
	// more, also when the step was refused.
	Seen func()
}

// A Runner makes the steps of a plan, gathers their receipts and undoes them, come what may.
type Runner struct {
	Env     fixtures.Environment
	Journal *Journal
	Now     func() time.Duration // the run's axis
	Record  func(Injection)      // told once per step, when it is over
	// Effect bounds the wait for an effect to be seen, Heal that for every target to serve
	// again; 0 is 30 s and 3 min.
	Effect, Heal time.Duration

	// inject and undo stand in for the fault's own: tests put mutants there.
	inject, undo func(context.Context, Fault, Target) error

	mu    sync.Mutex
	force map[string]bool
}

// InForce names the disruptions that are in force now, for a status line.
func (r *Runner) InForce() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []string
	for id := range r.force {
		out = append(out, id)
	}
	sort.Strings(out)
	return out
}

func (r *Runner) inForce(id string, on bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.force == nil {
		r.force = map[string]bool{}
	}
	if on {
		r.force[id] = true
	} else {
		delete(r.force, id)
	}
}

// Run makes every step at its time and returns when all are undone and healed, or given up on.
// If ctx ends, nothing more is begun and what was begun is undone before Run returns. A
// disruption that cannot be made or proven is no error: its Injection says so. Errors are the
// harness's own: a journal that cannot be written.
func (r *Runner) Run(ctx context.Context, steps []Step) error {
	errs := make([]error, len(steps))
	var wg sync.WaitGroup
	for i, s := range steps {
		wg.Go(func() {
			timer := time.NewTimer(s.At)
			defer timer.Stop()
			select {
			case <-ctx.Done():
				return
			case <-timer.C:
				errs[i] = r.step(ctx, s)
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// step is one disruption from its first look to its last:
//
//	look ─▶ intent ─▶ inject ─▶ effective ─▶ (For) ─▶ undo ─▶ healed     (and its steps, meanwhile)
//	 │        │          └─────────┴── error, ctx ────▲
//	 └ refused└ journal error: nothing was touched
func (r *Runner) step(ctx context.Context, s Step) error {
	own, err := copyOf(s.Fault)
	if err != nil {
		return err
	}
	s.Fault = own
	a := &act{Runner: r, Step: s, in: Injection{
		ID: s.ID, Kind: s.Fault.Kind(), Maintenance: s.Fault.Voluntary(), Targets: s.Targets,
		Receipt: Receipt{Control: s.Control},
	}}
	defer func() { r.Record(a.in) }()
	seen := sync.OnceFunc(func() {
		if s.Seen != nil {
			s.Seen()
		}
	})
	defer seen()
	if s.Trigger != nil {
		if err := s.Trigger(ctx); err != nil {
			a.in.Refused = err.Error()
			return nil
		}
	}
	if err := a.look(ctx); err != nil {
		a.in.Refused = err.Error()
		return nil
	}
	if err := r.Journal.Intent(s.ID, s.Fault, s.Targets); err != nil {
		a.in.Err = err.Error()
		return err
	}
	r.inForce(s.ID, true)
	steps := a.watchSteps(ctx)
	a.disrupt(ctx, seen)
	err = a.restore(ctx, steps)
	r.inForce(s.ID, false)
	return err
}

// copyOf is a fault of the same kind with the same settings: what a step observes and does is its
// own, and what the journal could not carry is missed at once.
func copyOf(f Fault) (Fault, error) {
	settings, err := json.Marshal(f)
	if err != nil {
		return nil, fmt.Errorf("settings of %s: %w", f.Kind(), err)
	}
	return New(f.Kind(), settings)
}

func (r *Runner) effectLimit() time.Duration { return orDefault(r.Effect, 30*time.Second) }
func (r *Runner) healLimit() time.Duration   { return orDefault(r.Heal, 3*time.Minute) }

func orDefault(d, def time.Duration) time.Duration {
	if d > 0 {
		return d
	}
	return def
}

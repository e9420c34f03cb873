package chaos

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"holdfast/fixtures"
)

// poll is how often an effect or its end is looked for.
const poll = 100 * time.Millisecond

// act is one step under way.
type act struct {
	*Runner
	Step
	targets []Target
	control *Target
	before  fixtures.State // of the control

	mu sync.Mutex
	in Injection
}

func (a *act) lookAtControl(ctx context.Context) error {
	if a.Control == "" {
		return nil
	}
	n, err := fixtures.Find(a.Env, a.Control)
	if err != nil {
		return err
	}
	if a.before, err = n.State(ctx); err != nil {
		return fmt.Errorf("look at control %s: %w", a.Control, err)
	}
	a.control = &Target{Env: a.Env, Node: n}
	return nil
}

// disrupt injects on every target at once, watches for the effect on each while the injection
// is still under way, and stays for For from the moment the last one showed it.
func (a *act) disrupt(ctx context.Context, told func()) {
	requested := a.Now()
	a.in.Receipt.Requested = &requested
	effect, stop := context.WithTimeout(ctx, a.effectLimit()+a.patience())
	defer stop()
	seen := make([]*time.Duration, len(a.targets))
	var wg sync.WaitGroup
	for i, t := range a.targets {
		wg.Go(func() {
			if err := a.inject(ctx, t); err != nil {
				a.fail(fmt.Errorf("%s on %s: %w", a.Fault.Kind(), t.Node.Name(), err))
				stop()
			}
		})
		wg.Go(func() { seen[i] = a.await(effect, t) })
	}
	wg.Wait()
	told()
	if !slices.Contains(seen, nil) {
		last := slices.MaxFunc(seen, func(x, y *time.Duration) int { return int(*x - *y) })
		a.in.Receipt.Effective = last
		if err := a.Journal.Done(a.ID); err != nil {
			a.fail(err)
		}
		a.stay(ctx)
	}
	a.judgeControl(ctx)
}

// patience is how long the injection itself may rightly take before its effect can show.
func (a *act) patience() time.Duration {
	if p, ok := a.Fault.(Patient); ok {
		return p.Patience()
	}
	return 0
}

func (a *act) inject(ctx context.Context, t Target) error {
	if err := t.Node.Owned(ctx); err != nil {
		return err
	}
	return a.Fault.Inject(ctx, t)
}

// await returns when the probe that first saw the effect began, or nil.
func (a *act) await(ctx context.Context, t Target) *time.Duration {
	var last Sighting
	for {
		at := a.Now()
		s := a.Fault.Probe(ctx, t)
		if s.Effect {
			a.saw(at, t.Node.Name(), s)
			return &at
		}
		if ctx.Err() == nil {
			last = s
		}
		select {
		case <-ctx.Done():
			last.Seen = "no effect seen: " + last.Seen
			a.saw(a.Now(), t.Node.Name(), last)
			return nil
		case <-time.After(poll):
		}
	}
}

// stay keeps the disruption in force and keeps looking: an effect that goes away by itself (a
// supervisor that restarts the node) ends the receipt's claim early and is said.
func (a *act) stay(ctx context.Context) {
	timer := time.NewTimer(a.For)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return
	case <-timer.C:
	}
	for _, t := range a.targets {
		if s := a.Fault.Probe(ctx, t); !s.Effect {
			s.Seen = "the effect was gone before the undo: " + s.Seen
			a.saw(a.Now(), t.Node.Name(), s)
			a.in.Receipt.Effective = nil
		}
	}
}

// judgeControl looks whether the node that should be untouched is: the same process, not
// showing the effect. One look may be unlucky on a busy machine; three in a row are not.
func (a *act) judgeControl(ctx context.Context) {
	if a.control == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 15*time.Second)
	defer cancel()
	ok, why := a.controlUntouched(ctx)
	a.in.Receipt.ControlOK = &ok
	a.saw(a.Now(), a.Control, Sighting{Source: "control", Seen: why})
}

func (a *act) controlUntouched(ctx context.Context) (bool, string) {
	state, err := a.control.Node.State(ctx)
	if err != nil {
		return false, "not known: " + err.Error()
	}
	if state.PID != a.before.PID || !state.StartedAt.Equal(a.before.StartedAt) || state.Paused {
		return false, fmt.Sprintf("not the same process: pid %d, then %d", a.before.PID, state.PID)
	}
	var s Sighting
	for range 3 {
		if s = a.Fault.Probe(ctx, *a.control); !s.Effect {
			return true, fmt.Sprintf("same process (pid %d), without the effect", state.PID)
		}
	}
	return false, "shows the effect too: " + s.Seen
}

// restore undoes the disruption, also when ctx has ended, and waits until every target serves.
func (a *act) restore(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), a.healLimit())
	defer cancel()
	ended := a.Now()
	a.in.Receipt.Ended = &ended
	errs := make([]error, len(a.targets))
	var wg sync.WaitGroup
	for i, t := range a.targets {
		wg.Go(func() { errs[i] = a.undo(ctx, t) })
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		a.fail(err)
		return nil
	}
	healed := a.Now()
	a.in.Receipt.Healed, a.in.Undone = &healed, true
	return a.Journal.Undone(a.ID)
}

func (a *act) undo(ctx context.Context, t Target) error {
	name := t.Node.Name()
	if err := t.Node.Owned(ctx); err != nil {
		return fmt.Errorf("undo %s on %s: %w", a.Fault.Kind(), name, err)
	}
	if err := a.Fault.Undo(ctx, t); err != nil {
		return fmt.Errorf("undo %s on %s: %w", a.Fault.Kind(), name, err)
	}
	if err := a.serves(ctx, t); err != nil {
		return fmt.Errorf("%s on %s was undone but not healed: %w", a.Fault.Kind(), name, err)
	}
	a.saw(a.Now(), name, Sighting{Source: "health", Seen: "serves again"})
	return nil
}

// serves waits until the node is ready and, if it is a Keycloak, every balancer that answers
// uses it.
func (a *act) serves(ctx context.Context, t Target) error {
	for {
		err := t.Node.Ready(ctx)
		if err == nil {
			err = used(ctx, t)
		}
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(poll):
		}
	}
}

func used(ctx context.Context, t Target) error {
	if t.Node.Role() != fixtures.Keycloak {
		return nil
	}
	lbs, err := balancersOf(ctx, t)
	if err != nil {
		return err
	}
	for _, lb := range lbs {
		states, err := lb.Servers(ctx)
		if err != nil {
			return fmt.Errorf("ask %s for its servers: %w", lb.Name(), err)
		}
		if s := states[t.Node.Name()]; !s.Up {
			return fmt.Errorf("%s does not use %s: %s", lb.Name(), t.Node.Name(), s.Status)
		}
	}
	return nil
}

func (a *act) saw(at time.Duration, node string, s Sighting) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.in.Receipt.Evidence = append(a.in.Receipt.Evidence,
		Evidence{At: at, Node: node, Source: s.Source, Seen: s.Seen})
}

func (a *act) fail(err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.in.Err != "" {
		a.in.Err += "; "
	}
	a.in.Err += err.Error()
}

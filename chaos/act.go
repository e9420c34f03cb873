package chaos

import (
	"context"
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

// look finds the targets and asks whether the disruption may be made: every target must be
// ours and serving, or its effect could not be told from what was there before.
func (a *act) look(ctx context.Context) error {
	for _, name := range a.Targets {
		n, err := fixtures.Find(a.Env, name)
		if err != nil {
			return err
		}
		if err := n.Owned(ctx); err != nil {
			return err
		}
		if err := n.Ready(ctx); err != nil {
			return fmt.Errorf("%s did not serve before the disruption: %w", name, err)
		}
		a.targets = append(a.targets, Target{Env: a.Env, Node: n, Note: func(s Sighting) { a.saw(a.Now(), name, s) }})
	}
	if p, ok := a.Fault.(Precondition); ok {
		if err := p.Allowed(ctx, a.targets); err != nil {
			return err
		}
	}
	if w, ok := a.Fault.(Aware); ok {
		if err := w.Observe(ctx, a.ID, a.targets); err != nil {
			return err
		}
	}
	return a.lookAtControl(ctx)
}

// disrupt injects on every target, watches for the effect on each while the injection is still
// under way, and stays for For from the moment the last one showed it. told is called when the
// effect was seen or is waited for no more.
func (a *act) disrupt(ctx context.Context, told func()) {
	requested := a.Now()
	a.in.Receipt.Requested = &requested
	seen := a.injectAll(ctx)
	told()
	if !slices.Contains(seen, nil) {
		last := slices.MaxFunc(seen, func(x, y *time.Duration) int { return int(*x - *y) })
		a.in.Receipt.Effective = last
		if err := a.Journal.Done(a.ID); err != nil {
			a.fail(err)
		}
	}
	if a.in.Receipt.Effective != nil && a.in.Err == "" {
		a.stay(ctx)
	}
	a.judgeControl(ctx)
}

// injectAll injects on the targets, at once or one by one, and returns when each showed the
// effect, or nil for one that did not.
func (a *act) injectAll(ctx context.Context) []*time.Duration {
	effect, stop := context.WithTimeout(ctx, a.limit())
	defer stop()
	seen := make([]*time.Duration, len(a.targets))
	var wg sync.WaitGroup
	inject := func(t Target) {
		if err := a.injectOne(effect, t); err != nil {
			a.fail(fmt.Errorf("%s on %s: %w", a.Fault.Kind(), t.Node.Name(), err))
			stop()
		}
	}
	for i, t := range a.targets {
		wg.Go(func() { seen[i] = a.await(effect, t) })
		if !a.oneByOne() {
			wg.Go(func() { inject(t) })
		}
	}
	if a.oneByOne() {
		for _, t := range a.targets {
			if effect.Err() == nil {
				inject(t)
			}
		}
	}
	wg.Wait()
	return seen
}

func (a *act) oneByOne() bool {
	o, ok := a.Fault.(Ordered)
	return ok && o.OneByOne()
}

// limit is how long the injection and the wait for its effect may take.
func (a *act) limit() time.Duration {
	d := a.effectLimit()
	if p, ok := a.Fault.(Patient); ok {
		d += p.Patience()
	}
	if a.oneByOne() {
		d *= time.Duration(len(a.targets))
	}
	return d
}

func (a *act) injectOne(ctx context.Context, t Target) error {
	if err := t.Node.Owned(ctx); err != nil {
		return err
	}
	if a.inject != nil {
		return a.inject(ctx, a.Fault, t)
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
		if pause(ctx, poll) != nil {
			last.Seen = "no effect seen: " + last.Seen
			a.saw(a.Now(), t.Node.Name(), last)
			return nil
		}
	}
}

// stay keeps the disruption in force and keeps looking: an effect that goes away by itself (a
// supervisor that restarts the node) ends the receipt's claim early and is said.
func (a *act) stay(ctx context.Context) {
	lasting, cancel := context.WithTimeout(ctx, max(0, a.For-(a.Now()-*a.in.Receipt.Effective)))
	defer cancel()
	var wg sync.WaitGroup
	if l, ok := a.Fault.(Lasting); ok {
		for _, t := range a.targets {
			wg.Go(func() {
				if err := l.Last(lasting, t); err != nil {
					a.fail(fmt.Errorf("%s on %s: %w", a.Fault.Kind(), t.Node.Name(), err))
				}
			})
		}
	}
	<-lasting.Done()
	wg.Wait()
	if ctx.Err() != nil {
		return
	}
	for _, t := range a.targets {
		wg.Go(func() { a.stillThere(ctx, t) })
	}
	wg.Wait()
}

// looks is how often something is looked for before it is called gone, or there: one look may be
// unlucky on a busy machine, three in a row are not.
const looks = 3

func (a *act) stillThere(ctx context.Context, t Target) {
	var s Sighting
	for range looks {
		if s = a.Fault.Probe(ctx, t); s.Effect || ctx.Err() != nil {
			return
		}
	}
	s.Seen = "the effect was gone before the undo: " + s.Seen
	a.saw(a.Now(), t.Node.Name(), s)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.in.Receipt.Effective = nil
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

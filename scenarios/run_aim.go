package scenarios

import (
	"context"
	"fmt"
	"sync"
	"time"

	"holdfast/load/oidc"
)

// aimer brings a fault and a journey together: the fault waits until a journey stands at its
// position, and that journey then waits until the fault's effect was seen.
//
//	fault    await ───────────▶ inject ─▶ effect ─▶ seen
//	journey  … position ▲ stands ──────────────────▶ goes on
type aimer struct {
	mu    sync.Mutex
	shots []*shot
}

// shot is one fault that waits or was released.
type shot struct {
	id      string
	at      oidc.Position
	taken   bool          // a journey stands there
	reached chan struct{} // closed then
	effect  chan struct{} // closed when the effect was seen or given up
}

// await returns once a journey stands at the position.
func (a *aimer) await(ctx context.Context, id string, at oidc.Position) error {
	s := &shot{id: id, at: at, reached: make(chan struct{}), effect: make(chan struct{})}
	a.mu.Lock()
	a.shots = append(a.shots, s)
	a.mu.Unlock()
	limit := time.NewTimer(aimLimit)
	defer limit.Stop()
	select {
	case <-ctx.Done():
		a.seen(id)
		return context.Cause(ctx)
	case <-limit.C:
		a.seen(id)
		return fmt.Errorf("no journey came by its %s within %s", at, Brief(aimLimit))
	case <-s.reached:
		return nil
	}
}

// position holds the first journey that comes to where a fault waits, until the effect of that
// fault was seen or the journey's own time is over.
func (a *aimer) position(ctx context.Context, at oidc.Position) {
	s := a.take(at)
	if s == nil {
		return
	}
	close(s.reached)
	select {
	case <-ctx.Done():
	case <-s.effect:
	}
}

func (a *aimer) take(at oidc.Position) *shot {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, s := range a.shots {
		if s.at == at && !s.taken {
			s.taken = true
			return s
		}
	}
	return nil
}

// seen lets the journey go on that was held for the fault.
func (a *aimer) seen(id string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for i, s := range a.shots {
		if s.id == id {
			close(s.effect)
			a.shots = append(a.shots[:i], a.shots[i+1:]...)
			return
		}
	}
}

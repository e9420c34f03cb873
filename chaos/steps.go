package chaos

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"
)

// passage watches for the moments a disruption passes, from its request on.
type passage struct {
	*act
	stepping Stepping
	stop     context.CancelFunc
	done     sync.WaitGroup

	seen    map[string]time.Duration
	pending []string
}

// watchSteps begins to look; the disruption's first target stands for all of it.
func (a *act) watchSteps(ctx context.Context) *passage {
	s, ok := a.Fault.(Stepping)
	if !ok {
		return nil
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	p := &passage{act: a, stepping: s, stop: cancel, seen: map[string]time.Duration{}, pending: s.Steps()}
	p.done.Go(func() {
		for len(p.pending) > 0 {
			p.round(ctx)
			if pause(ctx, poll) != nil {
				return
			}
		}
	})
	return p
}

// round looks for what is pending. A moment is not looked for before the one it follows has come;
// only a detection may come late, when somebody promotes before the platform knows.
func (p *passage) round(ctx context.Context) {
	var left []string
	blocked := false
	for _, step := range p.pending {
		at := p.Now()
		if blocked {
			left = append(left, step)
			continue
		}
		s := p.stepping.Passed(ctx, p.targets[0], step)
		if s.Effect {
			p.seen[step] = at
			p.saw(at, p.targets[0].Node.Name(), Sighting{Source: step + ": " + s.Source, Seen: s.Seen})
			continue
		}
		left, blocked = append(left, step), step != StepDetected
	}
	p.pending = left
}

// end looks a last time, writes down what was seen and says what was not. Without steps it does
// nothing.
func (p *passage) end(ctx context.Context) {
	if p == nil {
		return
	}
	p.stop()
	p.done.Wait()
	p.round(ctx)
	for _, step := range p.stepping.Steps() {
		if at, ok := p.seen[step]; ok {
			p.in.Receipt.Steps = append(p.in.Receipt.Steps, Instant{Name: step, At: at})
		}
	}
	if len(p.pending) > 0 {
		p.fail(fmt.Errorf("%s: not seen: %s", p.Fault.Kind(), strings.Join(p.pending, ", ")))
	}
}

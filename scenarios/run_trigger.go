package scenarios

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"holdfast/load/oidc"
)

// aimLimit bounds the wait for a journey at a position of the protocol.
const aimLimit = 2 * time.Minute

// trigger is what a planned fault waits for beyond its time; nil for nothing.
func (r *run) trigger(f PlannedFault) func(context.Context) error {
	if f.When == nil && f.Aim == "" {
		return nil
	}
	return func(ctx context.Context) error {
		if f.When != nil {
			if err := r.until(ctx, *f.When); err != nil {
				return err
			}
		}
		if f.Aim == "" {
			return nil
		}
		return r.aimer.await(ctx, f.ID, oidc.Position(f.Aim))
	}
}

// until waits for a condition, within its bound.
func (r *run) until(ctx context.Context, c Condition) error {
	bounded, cancel := context.WithTimeout(ctx, r.scaled(c.Within))
	defer cancel()
	for {
		holds, seen := r.state.holds(c)
		if holds {
			return nil
		}
		select {
		case <-bounded.Done():
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			return fmt.Errorf("the condition %s did not come true: %s", c, seen)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// state is what a condition can ask about the run: the newest readings.
type state struct {
	mu       sync.Mutex
	readings map[string]map[string]float64 // metric → node → value
	sessions func() int
	keycloak func(node string) bool
}

// read takes in a whole reading; what it does not hold is not known any more.
func (s *state) read(readings map[string]map[string]float64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.readings = readings
}

// holds says whether the condition is true now, and what was seen of it.
func (s *state) holds(c Condition) (holds bool, seen string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch c.Of {
	case "sessions":
		n := s.sessions()
		return c.holds(float64(n)), fmt.Sprintf("%d sessions", n)
	case "ready":
		n := s.ready()
		return c.holds(float64(n)), fmt.Sprintf("%d Keycloak nodes ready", n)
	case "leader":
		leads := s.readings["primary"][c.Name] == 1
		return leads == (c.Op == "==") && len(s.readings["primary"]) > 0, "the primary is " + leader(s.readings["primary"])
	}
	seen = "no reading of " + c.Metric
	for node, value := range s.readings[c.Metric] {
		if c.Node != "" && node != c.Node {
			continue
		}
		if c.holds(value) {
			return true, ""
		}
		seen = fmt.Sprintf("%s is %s on %s", c.Metric, plain(value), node)
	}
	return false, seen
}

// ready counts the Keycloak nodes that said so. The caller has the lock.
func (s *state) ready() int {
	n := 0
	for node, value := range s.readings["ready"] {
		if value == 1 && s.keycloak(node) {
			n++
		}
	}
	return n
}

func leader(primaries map[string]float64) string {
	for node, value := range primaries {
		if value == 1 {
			return node
		}
	}
	return "not known"
}

// aims says that some fault waits for a journey at a position of the protocol.
func (r *run) aims() bool {
	return slices.ContainsFunc(r.plan.Faults, func(f PlannedFault) bool { return f.Aim != "" })
}

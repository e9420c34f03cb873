package chaos

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"holdfast/fixtures"
)

// Facts are what was so before a disruption began and its undo, perhaps in another process, has
// to know. They are no settings: the runner has them looked up right before the intent is
// journalled, and they go to the journal with it.
type Facts struct {
	ID      string   `json:"id,omitempty"`      // the step's
	Targets []string `json:"targets,omitempty"` // node names
	// Primary is the database server that took writes; empty if there was not exactly one.
	Primary string `json:"primary,omitempty"`
	// Started is when each target's process began.
	Started map[string]time.Time `json:"started,omitempty"`
}

// An Aware fault looks, before anything is touched, for what its undo and its probe will have to
// know, and keeps it in exported fields so that the journal has it.
type Aware interface {
	Observe(ctx context.Context, id string, targets []Target) error
}

// Observe looks the facts up. A database without a primary is no error here: most faults can do
// without one.
func (f *Facts) Observe(ctx context.Context, id string, targets []Target) error {
	f.ID, f.Targets, f.Started = id, nil, map[string]time.Time{}
	for _, t := range targets {
		state, err := t.Node.State(ctx)
		if err != nil {
			return fmt.Errorf("look at %s: %w", t.Node.Name(), err)
		}
		f.Targets = append(f.Targets, t.Node.Name())
		f.Started[t.Node.Name()] = state.StartedAt
	}
	if len(targets) == 0 {
		return nil
	}
	if p, err := primary(ctx, targets[0].Env, ""); err == nil && p != nil {
		f.Primary = p.Name()
	}
	return nil
}

// tag names what the disruption leaves in a network or a proxy: short enough for a packet
// filter's table, the same in every process, of this step alone.
func (f *Facts) tag() string {
	sum := sha256.Sum256([]byte(f.ID))
	return "hf-" + hex.EncodeToString(sum[:6])
}

// restarted says whether the node's process is another than the one the facts know; a node they
// do not know has not been.
func (f *Facts) restarted(n fixtures.Node, s fixtures.State) bool {
	was, known := f.Started[n.Name()]
	return known && s.Running && !s.StartedAt.Equal(was)
}

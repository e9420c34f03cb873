package chaos

import (
	"context"
	"fmt"
	"time"

	"holdfast/fixtures"
)

// lookAtControl finds the node that is to stay as it is. A fault that changes a whole tier has none.
func (a *act) lookAtControl(ctx context.Context) error {
	if s, ok := a.Fault.(Sweeping); ok && s.Sweeps() {
		a.in.Receipt.Control = ""
		return nil
	}
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

// judgeControl looks whether the node that should be untouched is: the same process, not
// showing the effect.
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
	for range looks {
		if s = a.Fault.Probe(ctx, *a.control); !s.Effect {
			return true, fmt.Sprintf("same process (pid %d), without the effect", state.PID)
		}
	}
	return false, "shows the effect too: " + s.Seen
}

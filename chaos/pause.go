package chaos

import (
	"context"
	"fmt"
)

// Pause freezes the node's process: its port still accepts connections and nothing answers, as
// with a hung JVM or a stalled disk. It is harsher than Kill, because nobody is told.
type Pause struct {
	Facts `json:"facts,omitzero" yaml:"-" jsonschema:"-"`
}

// Kind is "pause".
func (*Pause) Kind() string { return "pause" }

// Voluntary is false.
func (*Pause) Voluntary() bool { return false }

// Inject freezes the node.
func (*Pause) Inject(ctx context.Context, t Target) error { return t.Node.Pause(ctx) }

// Undo thaws it; a database server whose place another has taken is ended before it can take
// another write, and becomes a replica.
func (p *Pause) Undo(ctx context.Context, t Target) error {
	return p.bringBack(ctx, t, t.Node.Unpause, nil)
}

// Probe looks for a process that is there, accepts a connection and does not answer.
func (*Pause) Probe(ctx context.Context, t Target) Sighting {
	reach := t.Node.Reach(ctx)
	if reach.Answered || !reach.Connected {
		return Sighting{Source: "network", Seen: reach.Detail}
	}
	state, err := t.Node.State(ctx)
	switch {
	case err != nil:
		return Sighting{Source: "process", Seen: "not known: " + err.Error()}
	case !state.Running:
		return Sighting{Source: "process", Seen: fmt.Sprintf("gone, exit code %d", state.ExitCode)}
	}
	return Sighting{Effect: true, Source: "network and process",
		Seen: fmt.Sprintf("accepts connections and answers none (%s); pid %d still there", reach.Detail, state.PID)}
}

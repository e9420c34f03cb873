package chaos

import (
	"context"
	"fmt"

	"holdfast/fixtures"
)

// Kill ends the node's process with SIGKILL: nothing is flushed, no connection is closed in
// order. In a container the address goes too, as it does when a machine is lost.
type Kill struct {
	Facts `json:"facts,omitzero" yaml:"-" jsonschema:"-"`
}

// Kind is "kill".
func (*Kill) Kind() string { return "kill" }

// Voluntary is false.
func (*Kill) Voluntary() bool { return false }

// Inject kills the node.
func (*Kill) Inject(ctx context.Context, t Target) error { return t.Node.Kill(ctx) }

// Undo starts the node again; a database server whose place another has taken becomes a replica.
func (k *Kill) Undo(ctx context.Context, t Target) error {
	return k.bringBack(ctx, t, t.Node.Start, nil)
}

// Probe looks for a service port that no longer takes connections and a process that is gone.
func (*Kill) Probe(ctx context.Context, t Target) Sighting { return gone(ctx, t.Node) }

// gone reports a node whose port refuses or ignores us and whose process does not run.
func gone(ctx context.Context, n fixtures.Node) Sighting {
	reach := n.Reach(ctx)
	if reach.Connected {
		return Sighting{Source: "network", Seen: "still accepts connections: " + reach.Detail}
	}
	state, err := n.State(ctx)
	switch {
	case err != nil:
		return Sighting{Source: "process", Seen: "not known: " + err.Error()}
	case state.Running:
		return Sighting{Source: "process", Seen: fmt.Sprintf("still runs (pid %d)", state.PID)}
	}
	return Sighting{Effect: true, Source: "network and process",
		Seen: fmt.Sprintf("%s; process gone, exit code %d", reach.Detail, state.ExitCode)}
}

package chaos

import (
	"context"
	"time"
)

// DefaultGrace is how long Stop and Drain wait for a process to end by itself before it is
// killed: Kubernetes' terminationGracePeriodSeconds.
const DefaultGrace = 30 * time.Second

// Stop asks the node's process to end (SIGTERM), as a restart or a scale-down does.
type Stop struct {
	// Grace is how long the process may take to end by itself; 0 is [DefaultGrace].
	Grace time.Duration `json:"grace" yaml:"grace" jsonschema:"default=30s,description=how long the process may take to end by itself"`
}

// Kind is "stop".
func (*Stop) Kind() string { return "stop" }

// Voluntary is true: somebody asked for it.
func (*Stop) Voluntary() bool { return true }

// Inject stops the node and returns once its process has ended.
func (s *Stop) Inject(ctx context.Context, t Target) error {
	return t.Node.Stop(ctx, graceOr(s.Grace))
}

// Undo starts the node again.
func (*Stop) Undo(ctx context.Context, t Target) error { return t.Node.Start(ctx) }

// Patience is the grace.
func (s *Stop) Patience() time.Duration { return graceOr(s.Grace) }

// Probe looks for a port that takes no connections and a process that ended.
func (*Stop) Probe(ctx context.Context, t Target) Sighting { return gone(ctx, t.Node) }

func graceOr(d time.Duration) time.Duration {
	if d > 0 {
		return d
	}
	return DefaultGrace
}

package chaos

import (
	"context"
	"time"

	"holdfast/fixtures"
)

// DefaultGrace is how long Stop and Drain wait for a process to end by itself before it is
// killed: Kubernetes' terminationGracePeriodSeconds.
const DefaultGrace = 30 * time.Second

const longestGrace = 10 * time.Minute

// Stop asks the node's process to end (SIGTERM), as a restart or a scale-down does.
type Stop struct {
	// Grace is how long the process may take to end by itself; 0 is [DefaultGrace].
	Grace time.Duration `json:"grace" yaml:"grace" jsonschema:"default=30s,description=how long the process may take to end by itself"`
	Facts `json:"facts,omitzero" yaml:"-" jsonschema:"-"`
}

// Kind is "stop".
func (*Stop) Kind() string { return "stop" }

// Voluntary is true: somebody asked for it.
func (*Stop) Voluntary() bool { return true }

// Inject stops the node and returns once its process has ended.
func (s *Stop) Inject(ctx context.Context, t Target) error {
	return t.Node.Stop(ctx, graceOr(s.Grace))
}

// Undo starts the node again; a database server whose place another has taken becomes a replica.
func (s *Stop) Undo(ctx context.Context, t Target) error {
	return s.bringBack(ctx, t, t.Node.Start, nil)
}

// Check bounds the grace.
func (s *Stop) Check(fixtures.Topology, []string) error { return checkGrace(s.Grace) }

// checkGrace wants a grace to be one: not negative, not for ever.
func checkGrace(d time.Duration) error {
	if d < 0 || d > longestGrace {
		return wrong("grace", "grace is %v, out of range: at most %v", d, longestGrace)
	}
	return nil
}

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

package chaos

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"holdfast/fixtures"
)

// Memory bounds how much memory a node may use, if need be to its death.
type Memory struct {
	MiB int `json:"mib" yaml:"mib" jsonschema:"required,minimum=16,description=MiB the node may use; less than it needs ends its process"`
	// Before are the targets' limits before, for the undo.
	Before map[string]fixtures.Limits `json:"before,omitempty" yaml:"-" jsonschema:"-"`
	Facts  `json:"facts,omitzero" yaml:"-" jsonschema:"-"`
}

// Kind is "memory".
func (*Memory) Kind() string { return "memory" }

// Voluntary is false.
func (*Memory) Voluntary() bool { return false }

// Check bounds the size.
func (m *Memory) Check(fixtures.Topology, []string) error {
	if m.MiB < 16 || m.MiB > 1<<20 {
		return wrong("mib", "mib is %d, out of range: 16 to 1048576", m.MiB)
	}
	return nil
}

// Allowed wants nodes whose limits can be changed, and have more now.
func (m *Memory) Allowed(ctx context.Context, targets []Target) error {
	return every(targets, func(t Target) error {
		n, err := limited(t)
		if err != nil {
			return err
		}
		l, err := n.Limits(ctx)
		if err == nil && l.MemoryMiB > 0 && l.MemoryMiB <= m.MiB {
			err = fmt.Errorf("%s has no more than %d MiB as it is", t.Node.Name(), l.MemoryMiB)
		}
		return err
	})
}

// Observe notes the limits before.
func (m *Memory) Observe(ctx context.Context, id string, targets []Target) (err error) {
	m.Before, err = limitsOf(ctx, targets)
	return errors.Join(err, m.Facts.Observe(ctx, id, targets))
}

// Inject sets the limit. A kernel that refuses one below what cannot be given back fails it.
func (m *Memory) Inject(ctx context.Context, t Target) error {
	n, err := limited(t)
	if err != nil {
		return err
	}
	l := m.Before[t.Node.Name()]
	l.MemoryMiB = m.MiB
	return n.SetLimits(ctx, l)
}

// Undo sets the limit that was and starts a node that ended for want of memory.
func (m *Memory) Undo(ctx context.Context, t Target) error {
	if err := unlimit(ctx, t, m.Before); err != nil {
		return err
	}
	return m.bringBack(ctx, t, t.Node.Start, nil)
}

// Probe looks for a process that ended for want of memory, or one whose memory, by its own
// sample, is within the limit that the platform now says it has.
func (m *Memory) Probe(ctx context.Context, t Target) Sighting {
	state, err := t.Node.State(ctx)
	switch {
	case err != nil:
		return Sighting{Source: "process", Seen: "not known: " + err.Error()}
	case state.OOMKilled:
		return Sighting{Effect: true, Source: "process", Seen: fmt.Sprintf("killed for want of memory, exit code %d", state.ExitCode)}
	case !state.Running:
		return Sighting{Source: "process", Seen: fmt.Sprintf("ended, exit code %d, but not for want of memory", state.ExitCode)}
	}
	n, err := limited(t)
	if err != nil {
		return Sighting{Source: "memory", Seen: err.Error()}
	}
	l, err := n.Limits(ctx)
	if err != nil {
		return Sighting{Source: "memory", Seen: "not known: " + err.Error()}
	}
	uses, known := sampleOf(ctx, t, "memory_bytes")
	const mib = 1 << 20
	seen := []string{fmt.Sprintf("limit %d MiB", l.MemoryMiB)}
	if known {
		seen = append(seen, fmt.Sprintf("uses %.0f MiB", uses/mib))
	}
	return Sighting{Effect: l.MemoryMiB == m.MiB && known && uses <= 1.02*float64(m.MiB)*mib,
		Source: "the node's accounts", Seen: strings.Join(seen, ", ")}
}

// sampleOf is one reading of the node.
func sampleOf(ctx context.Context, t Target, metric string) (float64, bool) {
	for _, s := range t.Env.Sample(ctx) {
		if s.Node == t.Node.Name() && s.Metric == metric {
			return s.Value, true
		}
	}
	return 0, false
}

// Healed wants the limits that were.
func (m *Memory) Healed(ctx context.Context, t Target) error { return limitsBack(ctx, t, m.Before) }

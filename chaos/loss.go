package chaos

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"holdfast/fixtures"
)

// Loss loses a share of the packets between each target and To.
type Loss struct {
	To    string  `json:"to" yaml:"to" jsonschema:"description=with whom packets are lost: a role such as database; a node; site-1 or site-2; clients; everyone (default everyone)"`
	Ratio float64 `json:"ratio" yaml:"ratio" jsonschema:"required,description=share of packets lost each way: 0.05 is five in a hundred"`
	Facts `json:"facts,omitzero" yaml:"-" jsonschema:"-"`
}

// Kind is "loss".
func (*Loss) Kind() string { return "loss" }

// Voluntary is false.
func (*Loss) Voluntary() bool { return false }

// Check wants a share and somebody to lose packets with.
func (l *Loss) Check(t fixtures.Topology, targets []string) error {
	err := checkPeers(t, targets, l.To)
	if l.Ratio <= 0 || l.Ratio >= 1 {
		err = errors.Join(err, wrong("ratio", "ratio is %v; it must be more than 0 and less than 1 (a partition loses all)", l.Ratio))
	}
	return err
}

// Allowed wants networks that can be broken, and peers.
func (l *Loss) Allowed(ctx context.Context, targets []Target) error {
	return every(targets, func(t Target) error {
		_, err := linked(t)
		if err == nil {
			_, err = peersOf(ctx, t, l.To, names(targets))
		}
		return err
	})
}

// Inject loses the packets.
func (l *Loss) Inject(ctx context.Context, t Target) error {
	return cut(ctx, t, &l.Facts, l.To, fixtures.Cut{Mode: "drop", Way: "both", Loss: l.Ratio})
}

// Undo lets all pass.
func (l *Loss) Undo(ctx context.Context, t Target) error {
	n, err := linked(t)
	if err != nil {
		return err
	}
	return n.Mend(ctx, l.tag())
}

// tries bounds the connections one look makes until one meets the loss or gets through it.
const tries = 20

// Probe makes connections from the target until the counters of lost packets have risen, and
// wants some to get through: a share is lost, not everything.
func (l *Loss) Probe(ctx context.Context, t Target) Sighting {
	n, err := linked(t)
	if err != nil {
		return Sighting{Source: "network", Seen: err.Error()}
	}
	made, through := 0, 0
	for range tries {
		for _, c := range l.attempts(ctx, t) {
			made++
			if c.reach.Connected {
				through++
			}
		}
		dropped, err := n.Dropped(ctx, l.tag())
		switch {
		case err != nil:
			return Sighting{Source: "packet counters", Seen: "not known: " + err.Error()}
		case dropped > 0 && through > 0:
			return Sighting{Effect: true, Source: "packet counters and connections",
				Seen: fmt.Sprintf("%d packets lost; %d of %d connections got through", dropped, through, made)}
		case ctx.Err() != nil || made == 0:
			return Sighting{Source: "packet counters", Seen: fmt.Sprintf("%d packets lost", dropped)}
		}
	}
	return Sighting{Source: "packet counters and connections",
		Seen: strings.TrimSpace(fmt.Sprintf("%d of %d connections got through and no packet was counted as lost, or none got through", through, made))}
}

// attempts are connections that pass where packets are lost.
func (l *Loss) attempts(ctx context.Context, t Target) []contact {
	if l.To == clients {
		return []contact{{clients, t.Node.Name(), t.Node.Reach(ctx)}}
	}
	return contacts(ctx, t, peerNodes(t, l.To, l.Targets))
}

// Healed wants the cut to be gone and connections to work.
func (l *Loss) Healed(ctx context.Context, t Target) error {
	n, err := linked(t)
	if err != nil {
		return err
	}
	if dropped, err := n.Dropped(ctx, l.tag()); err == nil {
		return fmt.Errorf("packets of %s still meet the loss (%d so far)", t.Node.Name(), dropped)
	}
	return inContact(ctx, t, peerNodes(t, l.To, l.Targets))
}

package chaos

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"holdfast/fixtures"
)

// Partition breaks the traffic between each target and To, in the target's own network.
type Partition struct {
	To   string `json:"to" yaml:"to" jsonschema:"description=whom the targets are cut off from: a role such as keycloak or database; a node; site-1 or site-2; clients; everyone (default everyone)"`
	Mode string `json:"mode" yaml:"mode" jsonschema:"enum=drop,enum=reject,enum=reset,default=drop,description=what becomes of a packet: nothing at all; an ICMP refusal; a TCP reset"`
	Way  string `json:"way" yaml:"way" jsonschema:"enum=both,enum=in,enum=out,default=both,description=which way is broken as the target sees it"`

	Facts `json:"facts,omitzero" yaml:"-" jsonschema:"-"`
}

// Kind is "partition".
func (*Partition) Kind() string { return "partition" }

// Voluntary is false.
func (*Partition) Voluntary() bool { return false }

// Check wants a peer to be cut off from.
func (p *Partition) Check(t fixtures.Topology, targets []string) error {
	return errors.Join(word("mode", p.mode(), "drop", "reject", "reset"),
		word("way", p.way(), "both", "in", "out"), checkPeers(t, targets, p.To))
}

func (p *Partition) mode() string {
	if p.Mode == "" {
		return "drop"
	}
	return p.Mode
}

func (p *Partition) way() string {
	if p.Way == "" {
		return "both"
	}
	return p.Way
}

// Allowed wants networks that can be broken, and contact where there will be none: what does not
// work before cannot be shown to be broken.
func (p *Partition) Allowed(ctx context.Context, targets []Target) error {
	return every(targets, func(t Target) error {
		_, err := linked(t)
		if err == nil {
			_, err = peersOf(ctx, t, p.To, names(targets))
		}
		if err != nil {
			return err
		}
		for _, c := range contacts(ctx, t, p.peers(t, names(targets))) {
			if !c.reach.Connected {
				err = errors.Join(err, fmt.Errorf("before anything was cut, %s does not reach %s: %s", c.from, c.to, c.reach.Detail))
			}
		}
		return err
	})
}

// peers are the nodes t is cut off from; without the other targets.
func (p *Partition) peers(t Target, targets []string) []fixtures.Node {
	return peerNodes(t, p.To, targets)
}

// Inject makes the cut.
func (p *Partition) Inject(ctx context.Context, t Target) error {
	return cut(ctx, t, &p.Facts, p.To, fixtures.Cut{Mode: p.mode(), Way: p.way()})
}

// cut breaks the target's traffic with the peers the word means.
func cut(ctx context.Context, t Target, f *Facts, to string, c fixtures.Cut) error {
	n, err := linked(t)
	if err != nil {
		return err
	}
	peers, err := peersOf(ctx, t, to, f.Targets)
	if err != nil {
		return err
	}
	c.ID, c.Peers = f.tag(), peers
	return n.Cut(ctx, c)
}

// Undo mends the cut. A database server whose place another has taken is ended first and becomes
// a replica.
func (p *Partition) Undo(ctx context.Context, t Target) error {
	n, err := linked(t)
	if err != nil {
		return err
	}
	mend := func(ctx context.Context) error { return n.Mend(ctx, p.tag()) }
	return p.bringBack(ctx, t, mend, mend)
}

// Probe tries the connection from both ends, as far as both can be asked, and reads the packet
// counters: it takes no contact from either end, and packets that met the cut.
func (p *Partition) Probe(ctx context.Context, t Target) Sighting {
	n, err := linked(t)
	if err != nil {
		return Sighting{Source: "network", Seen: err.Error()}
	}
	sources, seen := []string{}, []string{}
	for _, c := range contacts(ctx, t, p.peers(t, p.Targets)) {
		if c.reach.Connected {
			return Sighting{Source: "from " + c.from, Seen: "still reaches " + c.to}
		}
		if from := "from " + c.from; !slices.Contains(sources, from) {
			sources = append(sources, from)
		}
		seen = append(seen, fmt.Sprintf("%s to %s: %s", c.from, c.to, c.reach.Detail))
	}
	if p.To == clients {
		reach := t.Node.Reach(ctx)
		if reach.Answered {
			return Sighting{Source: "from the clients' side", Seen: "still gets answers of " + t.Node.Name()}
		}
		sources, seen = append(sources, "from the clients' side"), append(seen, t.Node.Name()+": "+reach.Detail)
	}
	dropped, err := n.Dropped(ctx, p.tag())
	if err != nil || dropped == 0 || len(seen) == 0 {
		return Sighting{Source: "packet counters", Seen: fmt.Sprintf("%d packets met the cut (%v)", dropped, err)}
	}
	return Sighting{Effect: true, Source: strings.Join(sources, ", ") + ", packet counters",
		Seen: fmt.Sprintf("%s; %d packets met the cut", strings.Join(seen, "; "), dropped)}
}

// Healed wants contact from both ends again.
func (p *Partition) Healed(ctx context.Context, t Target) error {
	return inContact(ctx, t, p.peers(t, p.Targets))
}

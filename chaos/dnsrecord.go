package chaos

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"holdfast/fixtures"
)

// DNSRecord changes whom the front door's name leads to.
type DNSRecord struct {
	To    []string `json:"to" yaml:"to" jsonschema:"required,description=the balancers the name is to lead to: a list of nodes; or site-1 or site-2"`
	Facts `json:"facts,omitzero" yaml:"-" jsonschema:"-"`
}

// Kind is "dns-record".
func (*DNSRecord) Kind() string { return "dns-record" }

// Voluntary is true.
func (*DNSRecord) Voluntary() bool { return true }

// Check wants balancers to lead to, and DNS nodes as targets.
func (d *DNSRecord) Check(t fixtures.Topology, targets []string) error {
	err := only(d.Kind(), t, targets, fixtures.DNS)
	if len(d.To) == 0 {
		err = errors.Join(err, wrong("to", "name at least one balancer, or a site"))
	}
	for i, to := range d.To {
		if (to == fixtures.SiteOne || to == fixtures.SiteTwo) && t.Sites == 2 {
			continue
		}
		if r := t.RoleOf(to); r != fixtures.Balancer {
			err = errors.Join(err, wrong(fmt.Sprintf("to[%d]", i), "%q is no balancer of the topology and no site of two", to))
		}
	}
	return err
}

func directory(t Target) (fixtures.Directory, error) {
	return able[fixtures.Directory](t.Node, t.Node.Name(), "change records")
}

// balancers are the names to answer with.
func (d *DNSRecord) balancers(e fixtures.Environment) []string {
	var out []string
	for _, n := range fixtures.ByRole(e, fixtures.Balancer) {
		if slices.Contains(d.To, n.Name()) || slices.Contains(d.To, n.Site()) {
			out = append(out, n.Name())
		}
	}
	return out
}

// Allowed wants an answer that is another than now: else its effect could not be told.
func (d *DNSRecord) Allowed(ctx context.Context, targets []Target) error {
	return every(targets, func(t Target) error {
		if _, err := directory(t); err != nil {
			return err
		}
		if s := leadsTo(ctx, t, d.balancers(t.Env)); s.Effect {
			return fmt.Errorf("the name leads nowhere else as it is: %s", s.Seen)
		}
		return nil
	})
}

// Inject changes the record.
func (d *DNSRecord) Inject(ctx context.Context, t Target) error {
	n, err := directory(t)
	if err != nil {
		return err
	}
	return n.Answer(ctx, d.balancers(t.Env))
}

// Undo gives the topology's own rule back.
func (*DNSRecord) Undo(ctx context.Context, t Target) error {
	n, err := directory(t)
	if err != nil {
		return err
	}
	return n.Answer(ctx, nil)
}

// Probe asks the server for the name, as a client does.
func (d *DNSRecord) Probe(ctx context.Context, t Target) Sighting {
	return leadsTo(ctx, t, d.balancers(t.Env))
}

// leadsTo looks whether the DNS node answers with some of the balancers and nobody else.
func leadsTo(ctx context.Context, t Target, balancers []string) Sighting {
	n, err := directory(t)
	if err != nil {
		return Sighting{Source: "dns", Seen: err.Error()}
	}
	got, err := n.Lookup(ctx)
	if err != nil {
		return Sighting{Source: "dns answer", Seen: "not known: " + err.Error()}
	}
	slices.SortFunc(got, netip.Addr.Compare)
	s := Sighting{Effect: len(got) > 0, Source: "dns answer of " + t.Node.Name(), Seen: fmt.Sprint(got)}
	for _, a := range got {
		if !slices.ContainsFunc(fixtures.ByRole(t.Env, fixtures.Balancer), func(b fixtures.Node) bool {
			return frontOf(b) == a && slices.Contains(balancers, b.Name())
		}) {
			s.Effect = false
		}
	}
	return s
}

// frontOf is where clients find a balancer.
func frontOf(b fixtures.Node) netip.Addr {
	if f, ok := b.(fixtures.Fronted); ok {
		return f.Front()
	}
	return b.Addr()
}

// Healed wants the name to lead where the topology's rule has it.
func (*DNSRecord) Healed(ctx context.Context, t Target) error {
	if s := byRule(ctx, t); !s.Effect {
		return fmt.Errorf("%s: %s", s.Source, s.Seen)
	}
	return nil
}

// byRule looks whether the name leads where it does while nobody changed the record: to every
// balancer that is well, of both sites or of the first.
func byRule(ctx context.Context, t Target) Sighting {
	dns, err := nameService(t)
	if err != nil {
		return Sighting{Source: "dns", Seen: err.Error()}
	}
	var own []string
	missing := 0
	got, err := dns.Lookup(ctx)
	for _, b := range fixtures.ByRole(t.Env, fixtures.Balancer) {
		if t.Env.Topology().DNS.Sites == "primary" && b.Site() == fixtures.SiteTwo {
			continue
		}
		own = append(own, b.Name())
		if !slices.Contains(got, frontOf(b)) && b.Ready(ctx) == nil {
			missing++
		}
	}
	if err != nil {
		return Sighting{Source: "dns answer", Seen: "not known: " + err.Error()}
	}
	s := leadsTo(ctx, t.other(dns), own)
	s.Effect = s.Effect && missing == 0
	s.Seen += fmt.Sprintf("; %d balancers that are well are missing", missing)
	return s
}

package chaos

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"holdfast/fixtures"
)

// SiteFailover loses the primary site, all its nodes at once, and moves to the second: the name
// leads there, and its database replica is promoted. The undo brings the lost nodes back as
// the standby site, its databases as replicas; clients stay where they are (see [SiteFailback]).
type SiteFailover struct {
	How          string        `json:"how" yaml:"how" jsonschema:"enum=kill,enum=partition,default=kill,description=how the site is lost: every node killed; or cut off from everyone"`
	PromoteAfter time.Duration `json:"promote_after" yaml:"promote_after" jsonschema:"default=2s,description=how long an operator takes to decide"`
	Facts        `json:"facts,omitzero" yaml:"-" jsonschema:"-"`

	decided, lost atomic.Bool // as this process saw it
}

// Kind is "site-failover".
func (*SiteFailover) Kind() string { return "site-failover" }

// Voluntary is false.
func (*SiteFailover) Voluntary() bool { return false }

// Sweeps is true: the other site's nodes take over.
func (*SiteFailover) Sweeps() bool { return true }

// Check wants two sites, and nodes of the first.
func (f *SiteFailover) Check(t fixtures.Topology, targets []string) error {
	return errors.Join(word("how", f.how(), "kill", "partition"), checkPromoteAfter(f.PromoteAfter), checkSites(f.Kind(), t, targets))
}

// checkSites wants two sites under no manager, and as targets all that stands in the first, with
// its database.
func checkSites(kind string, t fixtures.Topology, targets []string) error {
	var errs []error
	if t.Sites != 2 {
		errs = append(errs, fmt.Errorf("a %s needs two sites: set topology.sites", kind))
	}
	if t.Database.Manager != fixtures.ManagerNone {
		errs = append(errs, fmt.Errorf("a %s promotes as an operator would; database.manager %s decides by itself", kind, t.Database.Manager))
	}
	database := false
	for _, name := range targets {
		if s := t.SiteOf(name); s != fixtures.SiteOne {
			errs = append(errs, fmt.Errorf("a %s acts on the nodes of %s; %s stands in %s", kind, fixtures.SiteOne, name, s))
		}
		if r := t.RoleOf(name); r == fixtures.DNS {
			errs = append(errs, fmt.Errorf("a %s needs the name service; %s must not be a target", kind, name))
		}
		database = database || t.RoleOf(name) == fixtures.Database
	}
	if !database {
		errs = append(errs, fmt.Errorf("a %s is one of the database too; there is none among the targets", kind))
	}
	return errors.Join(errs...)
}

func (f *SiteFailover) how() string {
	if f.How == "" {
		return "kill"
	}
	return f.How
}

func (f *SiteFailover) breaker() Fault {
	if f.how() == "partition" {
		return &Partition{To: everyone, Mode: "drop", Way: "both", Facts: f.Facts}
	}
	return &Kill{Facts: f.Facts}
}

// Allowed wants the primary among the targets, a name service that can be told and what the break needs.
func (f *SiteFailover) Allowed(ctx context.Context, targets []Target) error {
	if len(targets) == 0 {
		return errors.New("there is no target")
	}
	_, errs := nameService(targets[0])
	if p, ok := f.breaker().(Precondition); ok {
		errs = errors.Join(errs, p.Allowed(ctx, targets))
	}
	now, err := primary(ctx, targets[0].Env, "")
	if err == nil && (now == nil || now.Site() != fixtures.SiteOne) {
		err = fmt.Errorf("the primary is not in %s", fixtures.SiteOne)
	}
	return errors.Join(errs, err)
}

// nameService is the DNS node whose records can be changed.
func nameService(t Target) (fixtures.Directory, error) {
	for _, n := range fixtures.ByRole(t.Env, fixtures.DNS) {
		return able[fixtures.Directory](n, n.Name(), "change records")
	}
	return nil, errors.New("the environment has no name service")
}

// Patience is the wait before the promotion, and the promotion.
func (f *SiteFailover) Patience() time.Duration {
	return orDefault(f.PromoteAfter, DefaultPromoteAfter) + promotePatience
}

// Inject loses the node; with the primary's goes the decision to move.
func (f *SiteFailover) Inject(ctx context.Context, t Target) error {
	if err := f.breaker().Inject(ctx, t); err != nil || t.Node.Name() != f.Primary {
		return err
	}
	if err := pause(ctx, orDefault(f.PromoteAfter, DefaultPromoteAfter)); err != nil {
		return err
	}
	next, err := candidate(ctx, t.Env, func(n fixtures.Node) bool { return n.Site() == fixtures.SiteTwo })
	if err != nil {
		return err
	}
	f.decided.Store(true)
	if err := answerWith(ctx, t, fixtures.SiteTwo); err != nil {
		return err
	}
	if err := next.Owned(ctx); err != nil {
		return err
	}
	return next.Promote(ctx)
}

// answerWith leads the name to the site's balancers; to the topology's own rule when site is empty.
func answerWith(ctx context.Context, t Target, site string) error {
	dns, err := nameService(t)
	if err != nil {
		return err
	}
	if err := dns.Owned(ctx); err != nil {
		return err
	}
	if site == "" {
		return dns.Answer(ctx, nil)
	}
	return dns.Answer(ctx, (&DNSRecord{To: []string{site}}).balancers(t.Env))
}

// Undo brings the node back: a database as a replica of the second site's primary. If nobody was
// promoted after all, clients belong to this site.
func (f *SiteFailover) Undo(ctx context.Context, t Target) error {
	if t.Node.Name() == f.Primary {
		now, err := f.promoted(ctx, t)
		if err == nil && now == nil {
			err = answerWith(ctx, t, "")
		}
		if err != nil {
			return err
		}
	}
	if err := f.breaker().Undo(ctx, t); err != nil || t.Node.Name() != f.Primary {
		return err
	}
	return rally(ctx, t.Env)
}

// Probe looks for a node that serves nobody.
func (f *SiteFailover) Probe(ctx context.Context, t Target) Sighting {
	s := f.breaker().Probe(ctx, t)
	if s.Effect && t.Node.Name() == f.Primary {
		f.lost.Store(true)
	}
	return s
}

// Healed wants the database in order, and contact where it was cut.
func (f *SiteFailover) Healed(ctx context.Context, t Target) error {
	if h, ok := f.breaker().(Healing); ok {
		if err := h.Healed(ctx, t); err != nil {
			return err
		}
	}
	if t.Node.Role() == fixtures.Database {
		return inOrder(ctx, t.Env)
	}
	return nil
}

// Steps are those of a failover, and the name's change.
func (*SiteFailover) Steps() []string {
	return []string{StepDetected, StepDecided, StepRedirected, StepServing, StepRedundant}
}

// Passed looks for one of them.
func (f *SiteFailover) Passed(ctx context.Context, t Target, step string) Sighting {
	if step == StepRedirected {
		return redirected(ctx, t, fixtures.SiteTwo)
	}
	return passed(ctx, t, step, failover{old: f.Primary, decided: f.decided.Load(), lost: f.lost.Load()})
}

// redirected looks whether the name leads to the site and nowhere else.
func redirected(ctx context.Context, t Target, site string) Sighting {
	dns, err := nameService(t)
	if err != nil {
		return Sighting{Source: "dns", Seen: err.Error()}
	}
	return leadsTo(ctx, t.other(dns), (&DNSRecord{To: []string{site}}).balancers(t.Env))
}

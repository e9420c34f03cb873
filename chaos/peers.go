package chaos

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"sync"

	"holdfast/fixtures"
)

// Words for peers beside roles, sites and nodes.
const (
	clients  = "clients"
	everyone = "everyone"
)

// checkPeers wants the word to mean somebody other than the targets.
func checkPeers(t fixtures.Topology, targets []string, to string) error {
	if to == clients || to == everyone || to == "" {
		return nil
	}
	found, other := false, false
	for _, n := range t.NodeNames() {
		if means(to, n.Name, n.Role, n.Site) {
			found, other = true, other || !slices.Contains(targets, n.Name)
		}
	}
	switch {
	case !found:
		return wrong("to", "%q is no role, node or site of the topology, nor clients or everyone", to)
	case !other:
		return wrong("to", "%q are the targets themselves; there is nobody else to be cut off from", to)
	}
	return nil
}

// means says whether the word names the node.
func means(to, name string, role fixtures.Role, site string) bool {
	return to == name || to == string(role) || to == site
}

// peerNodes are the nodes the word means, without t and the targets. Where a proxy stands between
// t and them it counts as one of them: their traffic goes through it.
func peerNodes(t Target, to string, targets []string) []fixtures.Node {
	var out []fixtures.Node
	for _, n := range t.Env.Nodes() {
		if n.Name() == t.Node.Name() || slices.Contains(targets, n.Name()) {
			continue
		}
		switch {
		case to == clients:
		case to == everyone || to == "":
			// Whoever keeps state is enough to ask: they are who a cut-off node could still reach.
			if slices.Contains([]fixtures.Role{fixtures.Keycloak, fixtures.Database, fixtures.Consensus}, n.Role()) {
				out = append(out, n)
			}
		case means(to, n.Name(), n.Role(), n.Site()) || between(t, to, n):
			out = append(out, n)
		}
	}
	return out
}

// between says that traffic of t with the role goes through the node.
func between(t Target, to string, n fixtures.Node) bool {
	top := t.Env.Topology()
	link := map[string]string{
		string(t.Node.Role()) + "-" + to: "", to + "-" + string(t.Node.Role()): "",
	}
	shaped := n.Name() == "toxi-1" && slices.ContainsFunc(top.Links, func(l string) bool { _, ok := link[l]; return ok })
	_, toDatabase := link[fixtures.LinkKeycloakDatabase]
	return shaped || n.Name() == "dbp-1" && toDatabase
}

// peersOf are the addresses of the peers; none is everyone but the machine holdfast runs on.
func peersOf(ctx context.Context, t Target, to string, targets []string) ([]netip.Addr, error) {
	switch to {
	case everyone, "":
		return nil, nil
	case clients:
		f, err := able[fixtures.Facing](t.Env, t.Node.Name(), "tell where clients come from, to cut them off")
		if err != nil {
			return nil, err
		}
		return f.Clients(ctx)
	}
	var out []netip.Addr
	for _, n := range peerNodes(t, to, targets) {
		out = append(out, n.Addr())
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("cut %s off: %q is nobody but the targets", t.Node.Name(), to)
	}
	return out, nil
}

func linked(t Target) (fixtures.Linked, error) {
	return able[fixtures.Linked](t.Node, t.Node.Name(), "break the network")
}

func names(targets []Target) []string {
	var out []string
	for _, t := range targets {
		out = append(out, t.Node.Name())
	}
	return out
}

// contact is one attempt of a node to connect to another.
type contact struct {
	from, to string
	reach    fixtures.Reach
}

// contacts tries each peer from t's network and t from each peer's, all at once. A node whose
// network cannot be entered is not asked.
func contacts(ctx context.Context, t Target, peers []fixtures.Node) []contact {
	out := make([]contact, 0, 2*len(peers))
	var mu sync.Mutex
	var wg sync.WaitGroup
	try := func(from fixtures.Node, to fixtures.Node) {
		l, ok := from.(fixtures.Linked)
		if !ok {
			return
		}
		wg.Go(func() {
			c := contact{from.Name(), to.Name(), l.Contact(ctx, to)}
			mu.Lock()
			defer mu.Unlock()
			out = append(out, c)
		})
	}
	for _, p := range peers {
		try(t.Node, p)
		try(p, t.Node)
	}
	wg.Wait()
	slices.SortFunc(out, func(a, b contact) int {
		return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to))
	})
	return out
}

// inContact wants every connection to work.
func inContact(ctx context.Context, t Target, peers []fixtures.Node) error {
	var errs []error
	for _, c := range contacts(ctx, t, peers) {
		if !c.reach.Connected {
			errs = append(errs, fmt.Errorf("%s does not reach %s: %s", c.from, c.to, c.reach.Detail))
		}
	}
	return errors.Join(errs...)
}

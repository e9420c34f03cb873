package scenarios

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"holdfast/fixtures"
)

// Target says which nodes a fault acts on: names, or one selector such as "any keycloak".
type Target []string

// MarshalYAML writes one name as text and more as a list.
func (t Target) MarshalYAML() (any, error) {
	if len(t) == 1 {
		return t[0], nil
	}
	return []string(t), nil
}

// String is the target as in a sentence.
func (t Target) String() string { return strings.Join(t, ", ") }

// roles are the words a selector may end in.
var roles = []string{
	string(fixtures.Keycloak), string(fixtures.Database), string(fixtures.Cache), string(fixtures.Balancer),
	string(fixtures.DNS), string(fixtures.Consensus), string(fixtures.Proxy),
}

// selector is a target that names no node: how many of which.
type selector struct {
	count int    // 0 is all there are
	place string // "primary", "replica" or empty: of a database
	role  fixtures.Role
	site  string
}

// parseSelector reads "any keycloak", "any 2 cache", "all database", "primary database",
// "replica database", "any replica database", "all site-2" or "site-2".
func parseSelector(text string) (selector, bool) {
	words := strings.Fields(text)
	var s selector
	quantified := len(words) > 1 && (words[0] == "any" || words[0] == "all")
	switch {
	case quantified && words[0] == "any":
		s.count, words = 1, words[1:]
		if n, err := strconv.Atoi(words[0]); err == nil && n > 0 && len(words) > 1 {
			s.count, words = n, words[1:]
		}
	case quantified:
		words = words[1:]
	}
	if len(words) == 2 && (words[0] == "primary" || words[0] == "replica") {
		s.place, words = words[0], words[1:]
		if !quantified {
			s.count = 1
		}
		quantified = true
	}
	if len(words) != 1 {
		return selector{}, false
	}
	if words[0] == fixtures.SiteOne || words[0] == fixtures.SiteTwo {
		s.site = words[0]
		return s, true
	}
	s.role = fixtures.Role(words[0])
	return s, quantified
}

// pool is the nodes a selector chooses from; primary is the database that takes writes then.
func (s selector) pool(t fixtures.Topology, primary string) []string {
	var out []string
	for _, n := range t.NodeNames() {
		switch {
		case s.site != "" && (n.Site != s.site || shared(n)):
		case s.role != "" && n.Role != s.role:
		case s.place == "primary" && n.Name != primary:
		case s.place == "replica" && n.Name == primary:
		default:
			out = append(out, n.Name)
		}
	}
	return out
}

// shared says that a node stands at a site but belongs to none: the name service, and the proxy
// that disturbs links.
func shared(n fixtures.NamedRole) bool {
	return n.Role == fixtures.DNS || strings.HasPrefix(n.Name, "toxi-")
}

// title is what all nodes of the selector are called in an id.
func (s selector) title() string {
	if s.site != "" {
		return s.site
	}
	if s.place != "" {
		return "all-" + s.place + "-" + string(s.role)
	}
	return "all-" + string(s.role)
}

// checkTarget returns why one entry of a target names nothing in the topology.
func checkTarget(text string, t fixtures.Topology) error {
	s, ok := parseSelector(text)
	switch {
	case ok && s.site != "" && t.Sites < 2:
		return fmt.Errorf("the topology has one site; %s needs topology.sites: 2", text)
	case ok && s.site != "":
		return nil
	case ok:
		return s.checkRole(t)
	}
	var names []string
	for _, n := range t.NodeNames() {
		if n.Name == text {
			return nil
		}
		names = append(names, n.Name)
	}
	hint := meant(text, append(slices.Clone(names), "any keycloak", "all keycloak", "primary database", "replica database"))
	return fmt.Errorf("no node %q: topology has %s%s", text, strings.Join(names, ", "), hint)
}

func (s selector) checkRole(t fixtures.Topology) error {
	if !slices.Contains(roles, string(s.role)) {
		return fmt.Errorf("unknown role %q; there are %s%s", s.role, strings.Join(roles, ", "), meant(string(s.role), roles))
	}
	if s.place != "" && s.role != fixtures.Database {
		return fmt.Errorf("only a database can be %s; a %s is not", s.place, s.role)
	}
	switch n := len(s.pool(t, firstPrimary(t))); {
	case n == 0 && s.place == "replica":
		return fmt.Errorf("the topology has no replica: set topology.database.replicas")
	case n == 0:
		return fmt.Errorf("the topology has no %s node", s.role)
	case s.count > n:
		return fmt.Errorf("%d %s nodes are asked for; the topology has %d", s.count, s.role, n)
	}
	return nil
}

// firstPrimary is the database that takes writes when the deployment has come up.
func firstPrimary(t fixtures.Topology) string {
	if all := t.Named(fixtures.Database); len(all) > 0 {
		return all[0]
	}
	return ""
}

// implied are the targets of kinds that can act on one thing only, for when none is given.
var implied = map[string]string{
	"latency": "toxi-1", "bandwidth": "toxi-1", "reset": "toxi-1", "half-open": "toxi-1",
	"db-failover": "primary database", "db-switchover": "primary database",
	"db-promote": "replica database", "replay-pause": "replica database",
	"db-connections": "primary database", "disk-full": "primary database",
	"cache-restart": "all cache", "dns-record": "dns-1",
	"site-failover": "site-1", "site-failback": "site-1",
	"realm-change": "any keycloak", "key-rotation": "any keycloak",
}

// changePrimary are the kinds after which another database takes writes.
var changePrimary = []string{"db-failover", "db-switchover", "db-promote", "site-failover", "site-failback"}

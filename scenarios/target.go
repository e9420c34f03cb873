package scenarios

import (
	"fmt"
	"slices"
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
	string(fixtures.Keycloak), string(fixtures.Database), string(fixtures.Cache),
	string(fixtures.Balancer), string(fixtures.DNS),
}

// selector splits "any keycloak" into its parts; ok says that text is a selector at all.
func selector(text string) (which string, role fixtures.Role, ok bool) {
	words := strings.Fields(text)
	if len(words) != 2 || words[0] != "any" && words[0] != "all" {
		return "", "", false
	}
	return words[0], fixtures.Role(words[1]), true
}

// checkTarget returns why one entry of a target names nothing in the topology.
func checkTarget(text string, t fixtures.Topology) error {
	if _, role, ok := selector(text); ok {
		if !slices.Contains(roles, string(role)) {
			return fmt.Errorf("unknown role %q; there are %s%s", role, strings.Join(roles, ", "), meant(string(role), roles))
		}
		if len(named(t, role)) == 0 {
			return fmt.Errorf("the topology has no %s node", role)
		}
		return nil
	}
	var names []string
	for _, n := range t.NodeNames() {
		if n.Name == text {
			return nil
		}
		names = append(names, n.Name)
	}
	hint := meant(text, append(slices.Clone(names), "any keycloak", "all keycloak"))
	return fmt.Errorf("no node %q: topology has %s%s", text, strings.Join(names, ", "), hint)
}

// named lists the names of the topology's nodes with the role.
func named(t fixtures.Topology, role fixtures.Role) []string {
	var out []string
	for _, n := range t.NodeNames() {
		if n.Role == role {
			out = append(out, n.Name)
		}
	}
	return out
}

// roleOf is the role of the node called name, empty if there is none.
func roleOf(t fixtures.Topology, name string) fixtures.Role {
	for _, n := range t.NodeNames() {
		if n.Name == name {
			return n.Role
		}
	}
	return ""
}

package scenarios

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"holdfast/fixtures"
)

// defaultWithin bounds the wait for a condition that does not say.
const defaultWithin = 2 * time.Minute

// Condition is a state of the run that a fault waits for, such as "sessions >= 200 within 90s".
// Of is "sessions" (acknowledged and not ended), "ready" (Keycloak nodes), "leader" (the database
// that takes writes) or "metric" (a sampled one).
type Condition struct {
	Of     string
	Metric string // of "metric": its name
	Node   string // of "metric": whose; empty is any node's
	Op     string
	Value  float64
	Name   string        // what "leader" is compared with
	Within time.Duration // the fault is not made when it did not come true in this time
}

// conditionPattern is what a JSON schema accepts for a condition.
const conditionPattern = `^(sessions|ready|leader|metric .+?) ?(==|!=|>=|<=|>|<) ?[^ ]+( within .+)?$`

var condition = regexp.MustCompile(`^(\S+)(?:\s+(\S+))?(?:\s+on\s+(\S+))?\s*(==|!=|>=|<=|>|<)\s*(\S+)(?:\s+within\s+(\S+))?$`)

var conditionWords = []string{"sessions", "ready", "leader", "metric"}

// parseCondition reads a condition; which nodes and metrics there are is not its business.
func parseCondition(text string) (Condition, error) {
	const example = "write one such as sessions >= 200, ready == 2, leader == pg-2 or metric replication_lag_bytes on pg-2 > 1000000, each with within 90s if it may take longer than 2m"
	m := condition.FindStringSubmatch(strings.TrimSpace(text))
	if m == nil {
		return Condition{}, fmt.Errorf("%q is not a condition: %s", text, example)
	}
	c := Condition{Of: m[1], Metric: m[2], Node: m[3], Op: m[4], Within: defaultWithin}
	if !slices.Contains(conditionWords, c.Of) {
		return c, fmt.Errorf("%q is not a condition: nothing is called %q%s; %s", text, c.Of, meant(c.Of, conditionWords), example)
	}
	if (c.Of == "metric") != (c.Metric != "") || c.Of != "metric" && c.Node != "" {
		return c, fmt.Errorf("%q is not a condition: %s", text, example)
	}
	var err error
	if m[6] != "" {
		if c.Within, err = parseDuration(m[6]); err != nil {
			return c, err
		}
	}
	if c.Of == "leader" {
		c.Name = m[5]
		if c.Op != "==" && c.Op != "!=" {
			return c, fmt.Errorf("a leader is compared by == or !=, not %s", c.Op)
		}
		return c, nil
	}
	if c.Value, err = strconv.ParseFloat(m[5], 64); err != nil {
		return c, fmt.Errorf("%s is compared with a number, not %q", c.Of, m[5])
	}
	return c, nil
}

// String writes the condition as it is read.
func (c Condition) String() string {
	what, value := c.Of, plain(c.Value)
	if c.Of == "metric" {
		what += " " + c.Metric
		if c.Node != "" {
			what += " on " + c.Node
		}
	}
	if c.Of == "leader" {
		value = c.Name
	}
	return fmt.Sprintf("%s %s %s within %s", what, c.Op, value, Brief(c.Within))
}

// check says why the condition can never come true on the topology.
func (c Condition) check(t fixtures.Topology) error {
	if c.Within <= 0 || c.Within > longestFaults {
		return fmt.Errorf("within is %s, out of range: more than 0s and at most %s", Brief(c.Within), Brief(longestFaults))
	}
	switch {
	case c.Of == "leader" && t.RoleOf(c.Name) != fixtures.Database:
		return fmt.Errorf("the leader is a database; %s is none (there are %s)", c.Name, strings.Join(t.Named(fixtures.Database), ", "))
	case c.Node != "" && t.RoleOf(c.Node) == "":
		var names []string
		for _, n := range t.NodeNames() {
			names = append(names, n.Name)
		}
		return fmt.Errorf("no node %q: topology has %s%s", c.Node, strings.Join(names, ", "), meant(c.Node, names))
	}
	return nil
}

// holds compares a number with the condition's.
func (c Condition) holds(value float64) bool {
	switch c.Op {
	case "==":
		return value == c.Value
	case "!=":
		return value != c.Value
	case ">=":
		return value >= c.Value
	case "<=":
		return value <= c.Value
	case ">":
		return value > c.Value
	}
	return value < c.Value
}

package reports

import (
	"cmp"
	"slices"
	"time"

	"holdfast/load"
)

// served are indices of the operations that a node is known to have answered, by its name and
// in order of their start. What never reached a node, or got no answer, names none.
func (v *view) served() map[string][]int {
	if v.byNode == nil {
		v.byNode = map[string][]int{}
		for i := range v.Operations {
			if node := v.Operations[i].Node; node != "" {
				v.byNode[node] = append(v.byNode[node], i)
			}
		}
		for _, all := range v.byNode {
			slices.SortStableFunc(all, func(a, b int) int { return cmp.Compare(v.Operations[a].Start, v.Operations[b].Start) })
		}
	}
	return v.byNode
}

// servedIn counts the operations of a node that began in s.
func (v *view) servedIn(node string, s span) int {
	idx := v.served()[node]
	by := func(i int, t time.Duration) int { return cmp.Compare(v.Operations[i].Start, t) }
	from, _ := slices.BinarySearchFunc(idx, s.From, by)
	to, _ := slices.BinarySearchFunc(idx, s.To, by)
	return max(0, to-from)
}

// servers are the Keycloak nodes that answered something, in order.
func (v *view) servers() []string {
	var out []string
	for node := range v.served() {
		if role := v.Meta.Nodes[node]; role == "keycloak" || role == "" {
			out = append(out, node)
		}
	}
	slices.Sort(out)
	return out
}

// steadyOperation says that an operation lies wholly before or after the disruptions, and while
// measuring.
func (v *view) steadyOperation(o *load.Operation) bool {
	p := v.phases
	return p.Before.has(o.Start) && o.End <= p.Before.To+1 || p.After.has(o.Start)
}

// lapse is how long something lasted: at least and at most.
type lapse struct{ least, most time.Duration }

func (l lapse) add(m lapse) lapse { return lapse{l.least + m.least, l.most + m.most} }
func (l lapse) text() string      { return between(l.least, max(l.least, l.most)) }

// overlap is how long two stretches have in common.
func (s span) overlap(t span) time.Duration {
	return span{max(s.From, t.From), min(s.To, t.To)}.length()
}

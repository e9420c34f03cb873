package reports

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"holdfast/load"
)

const (
	// deadRun is how many requests of one kind in a row a node must have failed, without one that
	// succeeded, before its clients are taken to be unable to do that there.
	deadRun = 5
	// liveRun is how many a node must have answered well between two readings, and none badly,
	// to be taken to serve.
	liveRun = 3
	// honestRate is how many operations a second at a node are needed to contradict its health.
	honestRate = 1.0
)

// checkHealth holds what each Keycloak node's health said, reading by reading, against what
// clients could do at that node.
func checkHealth(v *view) []Finding {
	healthy, unhealthy := v.objectives.FalseHealthy, v.objectives.FalseUnhealthy
	nodes := v.named("keycloak")
	if healthy == nil && unhealthy == nil && len(v.served()) == 0 {
		return nil
	}
	missing := v.healthEvidence(nodes)
	var out []Finding
	if f := v.healthFinding(nodes, "up", "clients failed", healthy, missing, v.falseHealthy); f.Claim != "" {
		out = append(out, f)
	}
	if f := v.healthFinding(nodes, "down", "clients were served", unhealthy, missing, v.falseUnhealthy); f.Claim != "" {
		out = append(out, f)
	}
	return out
}

// lie is how long a node's health was wrong, and what showed it.
type lie struct {
	node, what string
	lapse
}

func (v *view) healthFinding(nodes []string, said, though string, limit *time.Duration, missing string, find func(string) lie) Finding {
	worst := lie{}
	for _, node := range nodes {
		if l := find(node); l.least > worst.least || worst.node == "" || l.least == worst.least && l.most > worst.most {
			worst = l
		}
	}
	f := Finding{
		Claim: "health said " + said + " though " + though, Measured: "never seen", Verdict: Pass, Info: limit == nil,
		Numbers: map[string]float64{"lower_ms": ms(worst.least), "upper_ms": ms(worst.most)},
	}
	if worst.least > 0 {
		f.Measured = fmt.Sprintf("%s on %s: %s", worst.text(), worst.node, worst.what)
	}
	if limit == nil {
		if worst.least == 0 {
			return Finding{}
		}
		return f
	}
	f.Claim += " for at most " + say(*limit)
	if *limit == 0 {
		f.Claim = "health never said " + said + " though " + though
	}
	switch {
	case worst.least > *limit:
		f.Verdict = Fail
	case missing != "":
		f.Verdict, f.Missing = Inconclusive, missing
	case worst.most > *limit && worst.least > 0:
		f.Verdict, f.Missing = Inconclusive, "the limit lies within the error: sample more often, offer more"
	}
	return f
}

// healthEvidence says what is lacking to contradict a node's health.
func (v *view) healthEvidence(nodes []string) string {
	if len(nodes) == 0 {
		return "the names of the Keycloak nodes"
	}
	for _, node := range nodes {
		up := v.stretches("ready", node, 1)
		if len(v.readings("ready")[node]) == 0 {
			return "readings of what " + node + "'s health says"
		}
		total := time.Duration(0)
		for _, s := range up {
			total += s.overlap(v.phases.All)
		}
		n := 0
		for _, i := range v.served()[node] {
			if v.phases.All.has(v.Operations[i].Start) {
				n++
			}
		}
		if rate := float64(n) / max(1, total.Seconds()); rate < honestRate {
			return fmt.Sprintf("operations at %s: %s a second are known to be its own, %s are needed", node, digits(rate), digits(honestRate))
		}
	}
	return ""
}

// stretches are those between two readings of a node's metric that both said value.
func (v *view) stretches(metric, node string, value float64) (out []span) {
	all := v.readings(metric)[node]
	for i := 1; i < len(all); i++ {
		a, b := all[i-1], all[i]
		if a.Value != value || b.Value != value || b.At-a.At > silence {
			continue
		}
		if n := len(out); n > 0 && out[n-1].To == a.At {
			out[n-1].To = b.At
			continue
		}
		out = append(out, span{a.At, b.At})
	}
	return out
}

// falseHealthy is how long the node's health said up while requests of some kind failed there
// one and all.
func (v *view) falseHealthy(node string) lie {
	least, most, what := v.deadStretches(node)
	worst := lie{node: node}
	for _, metric := range []string{"ready", "lb_check"} {
		up := v.stretches(metric, node, 1)
		l := lapse{shared(least, up), shared(most, up)}
		if l.least > worst.least {
			worst.lapse, worst.what = l, metric+" said 1 while every "+what+" failed"
		}
	}
	return worst
}

// deadStretches are those in which every request of some kind failed at the node: surely, and at
// most, each without overlaps.
func (v *view) deadStretches(node string) (least, most []span, what string) {
	byStep := map[string][]int{}
	for _, i := range v.served()[node] {
		if o := &v.Operations[i]; v.phases.All.has(o.Start) {
			byStep[o.Journey+" "+o.Step] = append(byStep[o.Journey+" "+o.Step], i)
		}
	}
	longest := time.Duration(0)
	for kind, all := range byStep {
		l, m := v.deadRuns(all)
		least, most = append(least, l...), append(most, m...)
		sum := time.Duration(0)
		for _, s := range l {
			sum += s.length()
		}
		if sum > longest || sum == longest && kind < what {
			longest, what = sum, kind
		}
	}
	return merged(least), merged(most), what
}

// deadRuns are the runs of failures in operations of one kind.
func (v *view) deadRuns(all []int) (least, most []span) {
	n, good, s := 0, v.phases.All.From, span{}
	end := func(t time.Duration) {
		if n >= deadRun {
			least, most = append(least, s), append(most, span{good, t})
		}
		n = 0
	}
	for _, i := range all {
		o := &v.Operations[i]
		switch {
		case o.Outcome == load.OK:
			end(o.Start)
			good = o.Start
		case blamesNode(o):
			if n++; n == 1 {
				s.From = o.Start
			}
			s.To = o.Start
		}
	}
	end(v.phases.All.To)
	return least, most
}

// blamesNode says that a failure is of the node, and not its word about this client's session.
func blamesNode(o *load.Operation) bool {
	return o.Outcome != load.OK && (o.Status == 0 || o.Status >= 500 || o.Status < 300)
}

// falseUnhealthy is how long the node's health said down while clients were served by it.
func (v *view) falseUnhealthy(node string) lie {
	l := lie{node: node, what: "ready said 0 while everything succeeded"}
	all := v.readings("ready")[node]
	for i := 1; i < len(all); i++ {
		s := span{max(all[i-1].At, v.phases.All.From), min(all[i].At, v.phases.All.To)}
		if all[i-1].Value != 0 || all[i].Value != 0 || s.To-s.From > silence || s.length() == 0 {
			continue
		}
		if first, last, ok := v.servedWell(node, s); ok {
			l.lapse = l.add(lapse{last - first, s.length()})
		}
	}
	return l
}

// servedWell says that the node answered enough operations begun in s, and none badly.
func (v *view) servedWell(node string, s span) (first, last time.Duration, ok bool) {
	idx := v.served()[node]
	from, _ := slices.BinarySearchFunc(idx, s.From, func(i int, t time.Duration) int { return cmp.Compare(v.Operations[i].Start, t) })
	n := 0
	for _, i := range idx[from:] {
		o := &v.Operations[i]
		if o.Start >= s.To {
			break
		}
		switch {
		case o.Outcome == load.OK:
			if n++; n == 1 {
				first = o.Start
			}
			last = o.Start
		case blamesNode(o):
			return 0, 0, false
		}
	}
	return first, last, n >= liveRun
}

// merged orders spans and joins those that touch.
func merged(all []span) (out []span) {
	slices.SortFunc(all, func(a, b span) int { return cmp.Compare(a.From, b.From) })
	for _, s := range all {
		if n := len(out); n > 0 && s.From <= out[n-1].To {
			out[n-1].To = max(out[n-1].To, s.To)
			continue
		}
		out = append(out, s)
	}
	return out
}

// shared is how long two lists of spans, each without overlaps, have in common.
func shared(a, b []span) time.Duration {
	sum := time.Duration(0)
	for _, s := range a {
		for _, t := range b {
			sum += s.overlap(t)
		}
	}
	return sum
}

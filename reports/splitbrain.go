package reports

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"holdfast/chaos"
)

// checkSplitBrain asks whether two database servers were the primary at once: both then accept
// what the other does not have. It fails whatever was promised, except while a disruption made
// it on purpose or held one of them cut off from everyone, when it says how long and with what
// evidence.
func checkSplitBrain(v *view) []Finding {
	all := v.readings("primary")
	if len(v.named("database")) < 2 || len(all) < 2 {
		return nil
	}
	f := Finding{Claim: "never two primaries at once", Measured: "none seen in " + plural(v.primaryReadings(), "reading"), Verdict: Pass, Numbers: map[string]float64{"split_brain_ms": 0}}
	f.Info = !v.disrupted()
	made := v.promotedOnPurpose()
	var forced []string
	for _, s := range splits(all) {
		text := fmt.Sprintf("%s and %s at least from %s to %s", s.a, s.b, at(s.From), at(s.To))
		if id := coveredBy(made, s); id != "" {
			forced = append(forced, text+", made by "+id+v.accepted(id))
			continue
		}
		if f.Verdict == Pass {
			f.Measured = ""
		} else {
			f.Measured += "; "
		}
		f.Measured += text
		f.Verdict, f.Info = Fail, false
		f.Numbers["split_brain_ms"] += ms(s.length())
	}
	out := []Finding{f}
	if len(forced) > 0 {
		out = append(out, Finding{Claim: "two primaries, made on purpose or cut off", Measured: strings.Join(forced, "; "), Verdict: Pass, Info: true})
	}
	return out
}

// split is a stretch in which two servers both said at every reading that they are the primary.
type split struct {
	span
	a, b string
}

// splits finds the stretches of more than one reading: in a single one the role may have changed
// hands between the two answers.
func splits(all readings) (out []split) {
	nodes := all.nodes()
	for i, a := range nodes {
		for _, b := range nodes[i+1:] {
			for _, s := range bothPrimary(all[a], all[b]) {
				out = append(out, split{s, a, b})
			}
		}
	}
	return out
}

func bothPrimary(a, b []Sample) (out []span) {
	other := map[time.Duration]float64{}
	for _, x := range b {
		other[x.At] = x.Value
	}
	n, s := 0, span{}
	end := func() {
		if n >= 2 && s.length() > 0 {
			out = append(out, s)
		}
		n = 0
	}
	for _, x := range a {
		y, read := other[x.At]
		switch {
		case !read:
			continue
		case x.Value != 1 || y != 1:
			end()
			continue
		case n == 0:
			s.From = x.At
		}
		s.To = x.At
		n++
	}
	end()
	return out
}

func (v *view) primaryReadings() int {
	n := 0
	for _, all := range v.readings("primary") {
		n += len(all)
	}
	return n
}

// purpose is a stretch in which there may be two primaries, if one of them is node; empty is any.
type purpose struct {
	id, node string
	span
}

// promotedOnPurpose are the stretches in which a disruption meant there to be two primaries, or
// in which nobody could reach the old one.
func (v *view) promotedOnPurpose() (out []purpose) {
	for _, in := range v.Injections {
		r := in.Receipt
		if r.Requested == nil {
			continue
		}
		if in.Kind == "db-promote" {
			out = append(out, purpose{in.ID, "", span{*r.Requested, orElse(r.Healed, v.phases.All.To)}})
		}
		if takesOver(in) {
			for _, node := range cutOff(in) {
				out = append(out, purpose{in.ID, node, span{*r.Requested, orElse(r.Ended, v.phases.All.To)}})
			}
		}
	}
	return out
}

// cutOff are the targets of a failover of which packets are known to have met a cut: it takes a
// node away from everyone.
func cutOff(in chaos.Injection) (out []string) {
	for _, e := range in.Receipt.Evidence {
		if slices.Contains(in.Targets, e.Node) && strings.Contains(e.Source, "packet counters") {
			out = append(out, e.Node)
		}
	}
	return out
}

func orElse(t *time.Duration, other time.Duration) time.Duration {
	if t == nil {
		return other
	}
	return *t
}

func coveredBy(all []purpose, s split) string {
	i := slices.IndexFunc(all, func(p purpose) bool {
		return p.From <= s.From && s.To <= p.To+silence && (p.node == "" || p.node == s.a || p.node == s.b)
	})
	if i < 0 {
		return ""
	}
	return all[i].id
}

// accepted is what the evidence says that the two took.
func (v *view) accepted(id string) string {
	var seen []string
	for _, in := range v.Injections {
		if in.ID != id {
			continue
		}
		for _, e := range in.Receipt.Evidence {
			if strings.Contains(e.Seen, "write") || strings.Contains(e.Seen, "lost") {
				seen = append(seen, e.Node+": "+e.Seen)
			}
		}
	}
	if len(seen) == 0 {
		return ""
	}
	return " (" + strings.Join(seen, ", ") + ")"
}

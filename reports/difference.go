package reports

import (
	"slices"
	"time"
)

// A held value is what a node served from its reading at From to that at To, with the readings
// around it: nodes are read one after the other, so only what held between two readings can be
// compared.
type held struct {
	sure, maybe span
	text        string
}

// difference is a stretch in which two serving nodes gave different answers: surely, and at most.
type difference struct {
	sure, maybe span
	a, b        string // node=value
}

func longestDifference(all []difference) (worst difference) {
	for _, d := range all {
		if worst.a == "" || d.sure.length() > worst.sure.length() {
			worst = d
		}
	}
	return worst
}

// differences finds the stretches in which two nodes that were ready differed, and says whether
// any two could be compared.
func (v *view) differences(all readings) (out []difference, compared bool) {
	values := map[string][]held{}
	for node, list := range all {
		values[node] = v.heldValues(node, list)
	}
	nodes := all.nodes()
	for i, a := range nodes {
		for _, b := range nodes[i+1:] {
			found, some := differing(a, b, values[a], values[b])
			out, compared = append(out, found...), compared || some
		}
	}
	slices.SortStableFunc(out, func(a, b difference) int { return int(a.sure.From - b.sure.From) })
	return out, compared
}

func differing(a, b string, as, bs []held) (out []difference, compared bool) {
	for _, x := range as {
		for _, y := range bs {
			sure := span{max(x.sure.From, y.sure.From), min(x.sure.To, y.sure.To)}
			if sure.To < sure.From {
				continue
			}
			compared = true
			if x.text != y.text {
				maybe := span{max(x.maybe.From, y.maybe.From), min(x.maybe.To, y.maybe.To)}
				out = append(out, difference{sure, maybe, a + "=" + brief(x.text), b + "=" + brief(y.text)})
			}
		}
	}
	return out, compared
}

// heldValues are the values that a node served while measuring and ready, each for as long as no
// reading said otherwise and none was missing for long.
func (v *view) heldValues(node string, all []Sample) (out []held) {
	lost := max(silence, 3*period(all))
	previous, open := v.phases.All.From, false
	for _, x := range all {
		if !v.phases.All.has(x.At) {
			continue
		}
		serving := v.servesAt(node, x.At)
		n := len(out)
		if n > 0 && open {
			out[n-1].maybe.To = x.At
		}
		same := serving && open && out[n-1].text == x.Text && x.At-previous <= lost
		switch {
		case same:
			out[n-1].sure.To = x.At
		case serving:
			out = append(out, held{sure: span{x.At, x.At}, maybe: span{previous, v.phases.All.To}, text: x.Text})
		}
		open, previous = serving, x.At
	}
	return out
}

// servesAt says that the node was not read to be out of service.
func (v *view) servesAt(node string, t time.Duration) bool {
	x, ok := valueAt(v.readings("ready")[node], t)
	return !ok || x.Value == 1
}

// brief keeps a value short enough to be read in a table.
func brief(s string) string {
	const most = 60
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}

package reports

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// silence is how long a series may be without a sample before it counts as not back: what
// cannot be read is left out of the samples.
const silence = 4 * time.Second

type series struct{ node, metric string }

func (s series) String() string { return s.node + " " + s.metric }

// redundancyBack is when every node was ready, every balancer used every Keycloak, the cluster
// was whole and the replicas were there, to the end of s.
func (v *view) redundancyBack(s span) back {
	all := v.redundancySeries()
	if missing := v.unseen(all); missing != "" {
		return back{Missing: missing}
	}
	total := back{Least: s.From, Most: s.From, Shown: true}
	keys := slices.SortedFunc(maps.Keys(all), func(a, b series) int { return cmp.Compare(a.String(), b.String()) })
	for _, k := range keys {
		b := v.seriesBack(k, all[k], s)
		if b.Missing != "" {
			return b
		}
		if b.Least >= total.Least {
			total.Least, total.What = b.Least, b.What
		}
		total.Most = max(total.Most, b.Most)
		total.Shown = total.Shown && b.Shown
	}
	return total
}

// redundancySeries are the series that make redundancy, with their samples in order.
func (v *view) redundancySeries() map[series][]Sample {
	out := map[series][]Sample{}
	for _, x := range v.Samples {
		if x.Metric == "ready" || x.Metric == "cluster_size" || x.Metric == "replicas" || strings.HasPrefix(x.Metric, "balancer.up/") {
			k := series{x.Node, x.Metric}
			out[k] = append(out[k], x)
		}
	}
	return out
}

// unseen names what redundancy cannot be told without.
func (v *view) unseen(all map[series][]Sample) string {
	var missing []string
	for _, name := range slices.Sorted(maps.Keys(v.Meta.Nodes)) {
		if role := v.Meta.Nodes[name]; role != "keycloak" && role != "balancer" && role != "database" {
			continue
		}
		if len(all[series{name, "ready"}]) == 0 {
			missing = append(missing, name)
		}
	}
	switch {
	case len(all) == 0:
		return "samples of the nodes' readiness"
	case len(missing) > 0:
		return "samples of the readiness of " + strings.Join(missing, ", ")
	}
	return ""
}

// seriesBack is when one series was last not as it should be, within s.
func (v *view) seriesBack(k series, samples []Sample, s span) back {
	b := back{Least: s.From, Most: s.From, Shown: true, What: k.String()}
	want := v.whole(k, samples)
	last := s.From
	for _, x := range samples {
		if x.At < s.From || x.At >= s.To {
			continue
		}
		if !b.Shown {
			b.Most = x.At
		} else if x.At-last > silence {
			b.Least, b.Most = last, x.At
		}
		b.Shown = x.Value >= want
		if !b.Shown {
			b.Least, b.Most = x.At, s.To
			b.What = fmt.Sprintf("%s is %v", k, x.Value)
		}
		last = x.At
	}
	switch {
	case last == s.From:
		b.Missing = "samples of " + k.String() + " after the end of the disruption"
	case s.To-last > silence && b.Shown:
		b.Least, b.Most, b.Shown = last, s.To, false
		b.What = k.String() + " could not be read"
	}
	return b
}

// whole is the least value with which nothing is missing.
func (v *view) whole(k series, samples []Sample) float64 {
	switch {
	case k.metric == "cluster_size" && v.Meta.Keycloaks > 0:
		return float64(v.Meta.Keycloaks)
	case k.metric == "cluster_size" || k.metric == "replicas":
		most := 0.0
		for _, x := range samples {
			if v.phases.Before.has(x.At) {
				most = max(most, x.Value)
			}
		}
		return most
	}
	return 1
}

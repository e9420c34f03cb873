package reports

import (
	"cmp"
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

// redundancyBack is when every node was ready, every balancer used every Keycloak, the clusters
// of Keycloak and of the caches were whole and as many replicas streamed as before, to the end of
// s.
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
		total.Shown, total.Away = total.Shown && b.Shown, total.Away || b.Away
	}
	return total
}

// replicas is the metric of how many replicas stream from a node; whole are those of which each
// node's own is looked at.
const replicas = "replicas_streaming"

var whole = map[string]bool{"ready": true, "cluster_size": true, "cache_members": true, "cache_healthy": true}

// redundancySeries are the series that make redundancy, with their samples in order.
func (v *view) redundancySeries() map[series][]Sample {
	out := map[series][]Sample{}
	for _, x := range v.Samples {
		if whole[x.Metric] || strings.HasPrefix(x.Metric, "balancer.up/") {
			k := series{x.Node, x.Metric}
			out[k] = append(out[k], x)
		}
	}
	// A failover moves the replicas to another primary, so they are counted over all nodes.
	if all := v.readings(replicas); len(all) > 0 {
		out[series{"database", replicas}] = combined(all, func(a, b float64) float64 { return a + b })
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
	want := v.whole(k, samples)
	return seriesReturn(samples, s, k.String(), func(x float64) bool { return x >= want })
}

// clusterOf is how many Keycloak nodes make the node's cluster: those of its site.
func (v *view) clusterOf(node string) int {
	if len(v.Meta.Sites) == 0 {
		return v.Meta.Keycloaks
	}
	n := 0
	for name, role := range v.Meta.Nodes {
		if role == "keycloak" && v.Meta.Sites[name] == v.Meta.Sites[node] {
			n++
		}
	}
	return n
}

// whole is the least value with which nothing is missing.
func (v *view) whole(k series, samples []Sample) float64 {
	switch {
	case k.metric == "cluster_size" && v.Meta.Keycloaks > 0:
		return float64(v.clusterOf(k.node))
	case k.metric == "cluster_size" || k.metric == replicas || k.metric == "cache_members":
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

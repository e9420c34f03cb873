package reports

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// readings are the samples of one metric by node, each in order of time.
type readings map[string][]Sample

// nodes names those that were read, in order.
func (r readings) nodes() []string { return slices.Sorted(maps.Keys(r)) }

// readings finds the samples of the metric; they are sorted by metric once.
func (v *view) readings(metric string) readings {
	if v.sampled == nil {
		v.sampled = map[string]readings{}
		for _, x := range v.Samples {
			of := v.sampled[x.Metric]
			if of == nil {
				of = readings{}
				v.sampled[x.Metric] = of
			}
			of[x.Node] = append(of[x.Node], x)
		}
	}
	return v.sampled[metric]
}

// metrics names what was sampled as name, or as a part of it ("balancer.queue" has
// "balancer.queue/kc-1"), in order.
func (v *view) metrics(name string) []string {
	v.readings("")
	var out []string
	for m := range v.sampled {
		if m == name || strings.HasPrefix(m, name+"/") {
			out = append(out, m)
		}
	}
	slices.Sort(out)
	return out
}

// valueAt is the newest reading at or before t, unless it is older than silence.
func valueAt(all []Sample, t time.Duration) (Sample, bool) {
	i, found := slices.BinarySearchFunc(all, t, func(x Sample, t time.Duration) int { return int(x.At - t) })
	if !found {
		i--
	}
	for i >= 0 && i+1 < len(all) && all[i+1].At == t {
		i++
	}
	if i < 0 || t-all[i].At > silence {
		return Sample{}, false
	}
	return all[i], true
}

// period is the median time between readings, 0 of fewer than two.
func period(all []Sample) time.Duration {
	var steps []time.Duration
	for i := 1; i < len(all); i++ {
		if d := all[i].At - all[i-1].At; d > 0 {
			steps = append(steps, d)
		}
	}
	if len(steps) == 0 {
		return 0
	}
	slices.Sort(steps)
	return steps[len(steps)/2]
}

// window is the part of the readings in s.
func window(all []Sample, s span) []Sample {
	by := func(x Sample, t time.Duration) int { return int(x.At - t) }
	from, _ := slices.BinarySearchFunc(all, s.From, by)
	to, _ := slices.BinarySearchFunc(all, s.To, by)
	return all[from:max(from, to)]
}

// named lists the nodes of a role, in order.
func (v *view) named(role string) []string {
	var out []string
	for name, r := range v.Meta.Nodes {
		if r == role {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

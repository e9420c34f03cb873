package reports

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// The gates of the generator. It may be late by a tenth of the tightest latency that is claimed;
// where none is, by slipUnclaimed.
const (
	slipLeast     = 5 * time.Millisecond
	slipShare     = 0.1
	slipUnclaimed = 100 * time.Millisecond
	lateLeast     = 50 * time.Millisecond
	lateRatio     = 0.001
	unservedRatio = 0.001
	cpuShare      = 0.8
)

// slipLimit is the lateness that 99 % of the starts must keep.
func slipLimit(o Objectives) time.Duration {
	tightest := o.P95
	if o.P99 > 0 && (tightest == 0 || o.P99 < tightest) {
		tightest = o.P99
	}
	if tightest == 0 {
		return slipUnclaimed
	}
	return max(slipLeast, time.Duration(float64(tightest)*slipShare))
}

// punctuality is how late arrivals were started. Shares are of the good arrivals, so that bad
// ones cannot make the generator look better.
type punctuality struct {
	slips     []time.Duration // sorted
	good      int
	over      int // later than the limit
	late      int // very late
	limit     time.Duration
	lateLimit time.Duration
}

func (v *view) punctuality() punctuality {
	p := punctuality{limit: slipLimit(v.objectives)}
	p.lateLimit = max(lateLeast, 2*p.limit)
	for _, a := range v.load {
		if a.Dropped {
			continue
		}
		slip := a.Start - a.Due
		p.slips = append(p.slips, slip)
		if v.good(a) {
			p.good++
		}
		if slip > p.limit {
			p.over++
		}
		if slip > p.lateLimit {
			p.late++
		}
	}
	slices.SortFunc(p.slips, cmp.Compare[time.Duration])
	return p
}

func (p punctuality) p99() time.Duration {
	if len(p.slips) == 0 {
		return 0
	}
	return p.slips[(len(p.slips)*99-1)/100]
}

// tardiness says how the generator was late, or nothing.
func tardiness(v *view) []string {
	p := v.punctuality()
	var out []string
	if float64(p.over) > 0.01*float64(p.good) {
		out = append(out, fmt.Sprintf("p99 slip %s is more than %s", say(p.p99()), say(p.limit)))
	}
	if float64(p.late) > lateRatio*float64(p.good) {
		out = append(out, fmt.Sprintf("%d of %d arrivals started more than %s late", p.late, len(p.slips), say(p.lateLimit)))
	}
	return out
}

// checkGenerator asks whether the load was what it was meant to be. If not, nothing that was
// measured under it can be a pass.
func checkGenerator(v *view) []Finding {
	p, u := v.punctuality(), v.unserved()
	mean, seen := v.cpu()
	wrong := tardiness(v)
	if n := u.starved + u.drops; float64(n) > unservedRatio*float64(p.good) {
		wrong = append(wrong, fmt.Sprintf("%d arrivals were not offered (%d found no session, %d were dropped while nothing was broken)", n, u.starved, u.drops))
	}
	cores := float64(v.Meta.Cores)
	switch {
	case !seen:
		wrong = append(wrong, "its own use of processors was not recorded")
	case cores > 0 && mean > cpuShare*cores:
		wrong = append(wrong, fmt.Sprintf("it used %s of %s cores", digits(mean), digits(cores)))
	}
	if len(v.load) == 0 {
		wrong = append(wrong, "no arrival of the mix was due while measuring")
	}
	f := Finding{
		Claim:    "the load was offered on time",
		Measured: fmt.Sprintf("p99 slip %s, %s of %d arrivals offered, %s cores", say(p.p99()), share(u.offered()), u.scheduled, digits(mean)),
		Verdict:  Pass,
		Numbers: map[string]float64{"slip_p99_ms": ms(p.p99()), "slip_limit_ms": ms(p.limit), "late": float64(p.late),
			"starved": float64(u.starved), "steady_drops": float64(u.drops), "drops": float64(u.allDrops),
			"offered_ratio": u.offered(), "cpu_cores": mean, "retries": float64(v.retries())},
	}
	if len(wrong) > 0 {
		f.Verdict, f.Missing = Inconclusive, strings.Join(wrong, "; ")
	}
	return []Finding{f}
}

// unserved counts the arrivals that were due while measuring and never sent. Those dropped while
// the deployment was broken are its own doing. That every arrival of the whole load is accounted
// for is another checker's claim.
type unserved struct {
	scheduled, allDrops, starved int
	drops                        int // while nothing was broken
}

func (v *view) unserved() unserved {
	u := unserved{drops: steadyDrops(v)}
	for _, a := range v.Arrivals {
		if _, ok := v.classes[a.Class]; !ok || !v.phases.All.has(a.Due) {
			continue
		}
		u.scheduled++
		if a.Dropped {
			u.allDrops++
		}
		if a.Starved {
			u.starved++
		}
	}
	return u
}

func (u unserved) offered() float64 {
	if u.scheduled == 0 {
		return 0
	}
	return 1 - float64(u.allDrops+u.starved)/float64(u.scheduled)
}

// cpu is the mean use of processors while measuring.
func (v *view) cpu() (mean float64, seen bool) {
	sum, n := 0.0, 0
	for _, g := range v.Gauges {
		if v.phases.All.has(g.At) {
			sum, n = sum+g.CPU, n+1
		}
	}
	return sum / float64(max(1, n)), n > 0
}

// retries are the attempts that transports made by themselves, unseen by the journeys.
func (v *view) retries() int {
	n := 0
	for _, o := range v.Operations {
		n += o.Retries
	}
	return n
}

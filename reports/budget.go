package reports

import (
	"fmt"
	"math"
	"strings"
	"time"

	"holdfast/chaos"
)

// month is the window of an error budget.
const month = 30 * 24 * time.Hour

// budgets are the availability objectives that a budget is shown for.
var budgets = []float64{0.999, 0.9995, 0.9999}

// checkBudget says what the disruptions cost of the downtime that an availability objective
// allows in 30 days, how fast they burnt it, how many such events it affords, and what a year of
// such events would cost. Downtime is the share of bad arrivals in each second, added up.
func checkBudget(v *view) []Finding {
	if !v.disrupted() || len(v.byPhase[during]) == 0 {
		return nil
	}
	return append([]Finding{monthly(v)}, yearly(v)...)
}

func monthly(v *view) Finding {
	down := v.downtime(v.phases.During)
	bad, n := v.count(v.pick(v.byPhase[during]))
	f := Finding{
		Claim: "downtime of a 30-day budget", Verdict: Pass, Info: true,
		Numbers: map[string]float64{"downtime_ms": ms(down.mid), "downtime_lower_ms": ms(down.least), "downtime_upper_ms": ms(down.most)},
	}
	var parts, events, burns []string
	for _, slo := range budgets {
		budget := time.Duration((1 - slo) * float64(month))
		spent, burn := float64(down.mid)/float64(budget), float64(bad)/float64(n)/(1-slo)
		name := fmt.Sprintf("%d", int(slo*1e4+0.5))
		f.Numbers["budget_"+name+"_ratio"], f.Numbers["burn_rate_"+name] = spent, burn
		parts = append(parts, fmt.Sprintf("%s at %s", percent(spent), share(slo)))
		burns = append(burns, digits(burn))
		if down.mid > 0 {
			afford := math.Floor(float64(budget) / float64(down.mid))
			f.Numbers["events_"+name] = afford
			events = append(events, digits(afford))
		}
	}
	f.Measured = say(down.mid) + " is " + strings.Join(parts, ", ")
	if down.mid > 0 {
		f.Measured += "; such events it affords a month: " + strings.Join(events, ", ") + "; burn rate until healed: " + strings.Join(burns, ", ")
	}
	return f
}

// cost is downtime with its bounds: surely, weighed by the share of bad arrivals, and at most.
type cost struct {
	least, mid, most time.Duration
}

// downtime weighs each second of s with its share of bad arrivals. Its bounds are the stretches
// without a success, from the first bad arrival to the last and from the last good one before to
// the first after: each edge lies somewhere within a sampling period.
func (v *view) downtime(s span) cost {
	all := v.within(s)
	down, bad, n, second := 0.0, 0, 0, int64(-1)
	add := func() { down += float64(bad) / float64(max(1, n)) }
	for _, a := range all {
		if s := int64(a.Due / time.Second); s != second {
			add()
			bad, n, second = 0, 0, s
		}
		n++
		bad += v.one(a)
	}
	add()
	c := cost{mid: time.Duration(down * float64(time.Second)).Round(time.Millisecond)}
	found, _ := v.gaps(all, s)
	for _, g := range found {
		c.least += g.least()
		c.most += g.most()
	}
	c.least, c.most = min(c.least, c.mid), max(c.most, c.mid)
	return c
}

// DefaultYearly are the event rates assumed where a scenario gives none. They are assumptions to
// be replaced by one's own, not measurements: a machine lost each quarter, a failover of a
// stateful tier every half year (its host replaced or patched in a hurry), and a planned
// maintenance each month (Keycloak makes about four feature releases a year, with patch releases
// for each).
func DefaultYearly() YearlyRates { return YearlyRates{NodeLosses: 4, Failovers: 2, Upgrades: 12} }

// eventKinds are the kinds of events of a year, in the order they are shown.
var eventKinds = []string{"node losses", "failovers", "upgrades"}

func (y YearlyRates) of(kind string) float64 {
	return map[string]float64{"node losses": y.NodeLosses, "failovers": y.Failovers, "upgrades": y.Upgrades}[kind]
}

// eventOf is what a disruption of the run stands for in a year.
func eventOf(in chaos.Injection) string {
	switch {
	case in.Maintenance:
		return "upgrades"
	case takesOver(in):
		return "failovers"
	}
	return "node losses"
}

// yearly estimates the downtime of a year from the events measured here: the assumed number of
// each kind, as a Poisson count with its 95 % interval, times what one of them cost. Kinds that
// the run did not have are left out, and named.
func yearly(v *view) []Finding {
	rates, assumed := DefaultYearly(), "assumed"
	if v.objectives.Yearly != nil {
		rates, assumed = *v.objectives.Yearly, "given"
	}
	measured := v.eventCosts()
	f := Finding{Claim: "downtime in a year of such events", Verdict: Pass, Info: true, Numbers: map[string]float64{}}
	var parts, absent []string
	var total cost
	for _, kind := range eventKinds {
		c, ok := measured[kind]
		rate := rates.of(kind)
		if !ok {
			absent = append(absent, kind)
			continue
		}
		lo, hi := poissonInterval(rate)
		total.least += time.Duration(lo * float64(c.least))
		total.mid += time.Duration(rate * float64(c.mid))
		total.most += time.Duration(hi * float64(c.most))
		parts = append(parts, fmt.Sprintf("%s %s of %s each", digits(rate), kind, say(c.mid)))
	}
	if len(parts) == 0 {
		return nil
	}
	year := float64(365 * 24 * time.Hour)
	f.Numbers["downtime_ms"], f.Numbers["downtime_lower_ms"], f.Numbers["downtime_upper_ms"] = ms(total.mid), ms(total.least), ms(total.most)
	f.Numbers["availability_ratio"] = 1 - float64(total.mid)/year
	f.Numbers["availability_lower_ratio"] = 1 - float64(total.most)/year
	f.Measured = fmt.Sprintf("%s (95 %%: %s to %s), that is %s or better; %s: %s", say(total.mid), say(total.least), say(total.most),
		share(1-float64(total.most)/year), assumed, strings.Join(parts, ", "))
	if len(absent) > 0 {
		f.Measured += "; not measured here: " + strings.Join(absent, ", ")
	}
	return []Finding{f}
}

// eventCosts is what one event of each kind cost: the mean of those of the run, with the least and
// the greatest of their bounds. Disruptions that overlap cannot be told apart and count as one.
func (v *view) eventCosts() map[string]cost {
	out, n := map[string]cost{}, map[string]time.Duration{}
	for i, in := range v.Injections {
		if !in.Receipt.Proven() {
			continue
		}
		s := span{*in.Receipt.Requested, v.phases.During.To}
		for _, later := range v.Injections[i+1:] {
			if r := later.Receipt.Requested; r != nil && *r > s.From {
				s.To = min(s.To, *r)
			}
		}
		kind, c := eventOf(in), v.downtime(s)
		sum := out[kind]
		if n[kind] == 0 {
			sum.least = c.least
		}
		out[kind] = cost{min(sum.least, c.least), sum.mid + c.mid, max(sum.most, c.most)}
		n[kind]++
	}
	for kind, c := range out {
		c.mid /= n[kind]
		out[kind] = c
	}
	return out
}

// poissonInterval are the counts between which 95 % of years lie when mean events are expected.
func poissonInterval(mean float64) (lo, hi float64) {
	if mean <= 0 {
		return 0, 0
	}
	tail := (1 - confidence) / 2
	sum, k, lower := 0.0, 0.0, -1.0
	for p := math.Exp(-mean); k < mean+20*math.Sqrt(mean)+20; k++ {
		if mean > 700 { // e^−mean is no number any more: the normal approximation is exact enough
			d := 1.959963984540054 * math.Sqrt(mean)
			return mean - d, mean + d
		}
		sum += p
		if lower < 0 && sum >= tail {
			lower = k
		}
		if sum >= 1-tail {
			return lower, k
		}
		p *= mean / (k + 1)
	}
	return max(0, lower), k
}

package reports

import (
	"fmt"
	"strings"
	"time"
)

// month is the window of an error budget.
const month = 30 * 24 * time.Hour

// checkBudget says what the disruptions cost of the downtime that an availability objective
// allows in 30 days. Downtime is the share of bad arrivals in each second, added up.
func checkBudget(v *view) []Finding {
	if !v.disrupted() || len(v.byPhase[during]) == 0 {
		return nil
	}
	down := v.downtime()
	f := Finding{
		Claim: "downtime of a 30-day budget", Verdict: Pass, Info: true,
		Numbers: map[string]float64{"downtime_ms": ms(down)},
	}
	var parts []string
	for _, slo := range []float64{0.999, 0.9995, 0.9999} {
		budget := time.Duration((1 - slo) * float64(month))
		spent := float64(down) / float64(budget)
		f.Numbers[fmt.Sprintf("budget_%d_ratio", int(slo*1e4+0.5))] = spent
		parts = append(parts, fmt.Sprintf("%s at %s", percent(spent), share(slo)))
	}
	f.Measured = say(down) + " is " + strings.Join(parts, ", ")
	if down > 0 {
		f.Measured += fmt.Sprintf("; 99.9 %% allows %s such events", digits(float64(int64(time.Duration(0.001*float64(month))/down))))
	}
	return []Finding{f}
}

// downtime weighs each second of the disruption with its share of bad arrivals.
func (v *view) downtime() time.Duration {
	down, bad, n, second := 0.0, 0, 0, int64(-1)
	add := func() { down += float64(bad) / float64(max(1, n)) }
	for _, i := range v.byPhase[during] {
		a := v.load[i]
		if s := int64(a.Due / time.Second); s != second {
			add()
			bad, n, second = 0, 0, s
		}
		n++
		bad += v.one(a)
	}
	add()
	return time.Duration(down * float64(time.Second)).Round(time.Millisecond)
}

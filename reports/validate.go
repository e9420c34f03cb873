package reports

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Validate reports every objective that could not be meant, by its name in a scenario file.
func (o Objectives) Validate() error {
	p := &problems{}
	for name, d := range map[string]time.Duration{
		"recovery": o.Recovery, "full_recovery": o.FullRecovery, "p95": o.P95, "p99": o.P99,
		"failover": o.Failover, "consistency": o.Consistency,
	} {
		p.bad(d < 0, name, "a time cannot be negative")
	}
	for name, d := range map[string]*time.Duration{
		"outage": o.Outage, "rpo": o.RPO, "false_healthy": o.FalseHealthy, "false_unhealthy": o.FalseUnhealthy,
	} {
		p.bad(d != nil && *d < 0, name, "a time cannot be negative")
	}
	for name, x := range map[string]*float64{"error_ratio": o.ErrorRatio, "fault_error_ratio": o.FaultErrorRatio} {
		p.bad(x != nil && !(*x >= 0 && *x < 1), name, "a share from 0 to below 1 is needed")
	}
	for name, x := range map[string]float64{"slow_node": o.SlowNode, "amplification": o.Amplification} {
		p.bad(x != 0 && !(x > 1), name, "a number of times above 1 is needed")
	}
	p.bad(o.SessionsLost != nil && *o.SessionsLost < 0, "sessions_lost", "a number of sessions cannot be negative")
	p.bad(!(o.Availability >= 0 && o.Availability < 1), "availability", "a share below 1 can be shown, from 0")
	p.samples(o.Samples)
	p.yearly(o.Yearly)
	return p.join()
}

// problems gathers what is wrong, each under the name of its field.
type problems struct{ all []error }

func (p *problems) bad(wrong bool, field, why string) {
	if wrong {
		p.all = append(p.all, fmt.Errorf("%s: %s", field, why))
	}
}

func (p *problems) samples(all []SampleObjective) {
	for i, s := range all {
		field := fmt.Sprintf("samples[%d]", i)
		p.bad(s.Metric == "", field+".metric", "the name of a sampled metric is needed")
		p.bad(s.Max == nil && s.Min == nil, field, "max or min is needed, or nothing is promised")
		p.bad(s.Max != nil && s.Min != nil && *s.Min > *s.Max, field+".min", "it is more than max")
		p.bad(s.In != "" && s.In != "all" && s.In != "steady", field+".in", "steady or all is needed")
	}
}

func (p *problems) yearly(y *YearlyRates) {
	if y == nil {
		return
	}
	for name, x := range map[string]float64{"node_losses": y.NodeLosses, "failovers": y.Failovers, "upgrades": y.Upgrades} {
		p.bad(!(x >= 0 && x <= 1e6), "yearly."+name, "a number of events a year is needed")
	}
}

// join orders the problems by field, so that the same mistakes always read the same.
func (p *problems) join() error {
	slices.SortFunc(p.all, func(a, b error) int { return cmp.Compare(a.Error(), b.Error()) })
	return errors.Join(p.all...)
}

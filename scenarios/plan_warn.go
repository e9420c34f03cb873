package scenarios

import (
	"fmt"
	"math"
	"time"

	"holdfast/load"
	"holdfast/reports"
)

// operationsOf is how many requests each journey makes at least.
var operationsOf = map[string]float64{
	"login": 4, "refresh": 1, "userinfo": 1, "introspection": 1, "client-credentials": 1, "sso": 2, "logout": 1, "wrong-password": 2,
}

// enough is how many operations, none of them bad, show with 95 % confidence that at most ratio
// of them are: (1-ratio)^n ≤ 0.05. A ratio of 0 is shown as 0.1 %, as [reports.Objectives] says.
func enough(ratio float64) float64 {
	if ratio <= 0 {
		ratio = 0.001
	}
	return math.Ceil(math.Log(0.05) / math.Log(1-ratio))
}

// warn lists the promises for which the plan can have no evidence however well all goes.
func (p Plan) warn() []string {
	o, err := reports.Resolve(p.Scenario.Objectives)
	if err != nil {
		return nil
	}
	var out []string
	say := func(format string, a ...any) { out = append(out, fmt.Sprintf(format, a...)) }
	ph := p.Scenario.Phases
	if o.ErrorRatio != nil {
		n := p.expect(ph.Warmup, ph.Before, operationsOf) + p.expect(p.afterFaults(), ph.After, operationsOf)
		if need := enough(*o.ErrorRatio); n < need*1.1 {
			say("about %.0f requests are expected in the steady windows; to show at most %s %% errors takes at least %.0f: lengthen phases.before and phases.after, or raise a rate",
				n, share(max(*o.ErrorRatio, 0.001)), need)
		}
	}
	if o.Availability > 0 {
		n := p.expect(ph.Warmup, p.afterFaults()+ph.After-ph.Warmup, nil)
		if need := enough(1 - o.Availability); n < need {
			say("about %.0f arrivals are expected; to show an availability of %s %% takes at least %.0f", n, share(o.Availability), need)
		}
	}
	if o.FullRecovery > 0 && len(p.Faults) > 0 && ph.After < 10*time.Second {
		say("phases.after is %s; to see latency come back takes at least 10s of it", Brief(ph.After))
	}
	for _, c := range p.Classes {
		if c.Schedule.Rate() > 0 && len(p.Faults) > 0 && p.expectOf(c, p.afterFaults(), ph.After) < 1 {
			say("%s: no arrival is expected after the faults", c.Name)
		}
	}
	return out
}

// afterFaults is when the phase after begins, from the beginning of the load.
func (p Plan) afterFaults() time.Duration {
	for _, x := range p.Phases {
		if x.Name == "after" {
			return x.At
		}
	}
	return 0
}

// expect counts the arrivals due in a stretch of the load, each with its weight (1 without).
func (p Plan) expect(from, length time.Duration, weight map[string]float64) float64 {
	n := 0.0
	for _, c := range p.Classes {
		w := 1.0
		if weight != nil {
			w = weight[c.Journey]
		}
		n += w * p.expectOf(c, from, length)
	}
	return n
}

// expectOf counts one class's arrivals in a stretch: those a schedule without chance has, the
// mean of a random one.
func (p Plan) expectOf(c PlannedClass, from, length time.Duration) float64 {
	for _, x := range p.Scenario.Load.Classes {
		if x.Name == c.Name && x.Ramp == nil && len(x.Steps) == 0 {
			return c.Rate * length.Seconds()
		}
	}
	return float64(load.During(c.Schedule, from+length).Len() - load.During(c.Schedule, from).Len())
}

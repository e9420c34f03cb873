package scenarios

import (
	"fmt"
	"strings"

	"holdfast/load"
)

// schedule says when the class's arrivals are due. Random ones have a seed of their own.
func (c Class) schedule(seed uint64) load.Schedule {
	switch {
	case len(c.Steps) > 0:
		var steps []load.Step
		for _, st := range c.Steps {
			steps = append(steps, load.Step{Rate: float64(st.Rate), For: st.For})
		}
		return load.Steps(steps)
	case c.Ramp != nil:
		return load.Ramp(float64(c.Rate), float64(c.Ramp.To), c.Ramp.Over)
	case c.Schedule == "constant":
		return load.Constant(float64(c.Rate))
	}
	return load.Poisson(float64(c.Rate), Seed(seed, "class/"+c.Name+"/arrivals"))
}

// text is the schedule for people, with the rates as they were written.
func (c Class) text() string {
	switch {
	case len(c.Steps) > 0:
		var steps []string
		for _, st := range c.Steps {
			step := st.Rate.String()
			if st.For > 0 {
				step += " for " + Brief(st.For)
			}
			steps = append(steps, step)
		}
		return "steps " + strings.Join(steps, ", ")
	case c.Ramp != nil:
		return fmt.Sprintf("ramp %s to %s over %s", c.Rate, c.Ramp.To, Brief(c.Ramp.Over))
	}
	return c.Schedule + " " + c.Rate.String()
}

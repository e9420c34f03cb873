package scenarios

import "holdfast/load"

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

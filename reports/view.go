package reports

import (
	"slices"
	"time"

	"holdfast/load"
)

// view is the History as checkers look at it: cut into phases, with what is not evidence about
// the deployment set apart. It is a pure function of the History.
type view struct {
	*History
	objectives Objectives
	phases     phases
	// load holds the arrivals of the classes of the mix that were due while measuring, by due
	// time, and phase the phase of each. A starved one is not in it: it says nothing of the
	// deployment.
	load  []load.Arrival
	phase []string
	// byPhase and byClass and byJourney are indices into load.
	byPhase, byClass, byJourney map[string][]int
	classes                     map[string]ClassMeta
	journeys                    []string // in the order of the mix

	sampled map[string]readings // see [view.readings]
	byNode  map[string][]int    // see [view.served]
}

func newView(h *History, o Objectives) *view {
	v := &view{
		History: h, objectives: o, phases: cutPhases(h),
		byPhase: map[string][]int{}, byClass: map[string][]int{}, byJourney: map[string][]int{},
		classes: map[string]ClassMeta{},
	}
	for _, c := range h.Meta.Classes {
		v.classes[c.Name] = c
		if !slices.Contains(v.journeys, c.Journey) {
			v.journeys = append(v.journeys, c.Journey)
		}
	}
	for _, a := range h.Arrivals {
		if _, ok := v.classes[a.Class]; !ok || a.Starved {
			continue
		}
		phase := v.phases.of(a)
		if phase == "" {
			continue
		}
		i := len(v.load)
		v.load, v.phase = append(v.load, a), append(v.phase, phase)
		v.byPhase[phase] = append(v.byPhase[phase], i)
		v.byClass[a.Class] = append(v.byClass[a.Class], i)
		v.byJourney[a.Journey] = append(v.byJourney[a.Journey], i)
	}
	return v
}

// good says that the client got what it asked for while it was still waiting. An answer later
// than the time-out is none.
func (v *view) good(a load.Arrival) bool {
	return a.Outcome == load.OK && !a.Dropped && !v.late(a)
}

func (v *view) late(a load.Arrival) bool {
	return v.Meta.Timeout > 0 && a.End-a.Due > v.Meta.Timeout
}

// steady says that the i-th arrival was due before or after the disruptions.
func (v *view) steady(i int) bool { return v.phase[i] != during }

// steadyTime is how long the steady windows were together.
func (v *view) steadyTime() time.Duration {
	return v.phases.Before.length() + v.phases.After.length()
}

// disrupted says that disruptions were planned or made.
func (v *view) disrupted() bool { return len(v.Meta.Plan) > 0 || len(v.Injections) > 0 }

// rate is what the mix offers, in arrivals per second; of one journey unless it is empty.
func (v *view) rate(journey string) float64 {
	sum := 0.0
	for _, c := range v.Meta.Classes {
		if journey == "" || c.Journey == journey {
			sum += c.Rate
		}
	}
	return sum
}

// within picks the arrivals due in s, in order.
func (v *view) within(s span) []load.Arrival {
	byDue := func(a load.Arrival, t time.Duration) int { return int(a.Due - t) }
	from, _ := slices.BinarySearchFunc(v.load, s.From, byDue)
	to, _ := slices.BinarySearchFunc(v.load, s.To, byDue)
	return v.load[from:max(from, to)]
}

// count counts the arrivals and the bad ones of them.
func (v *view) count(all []load.Arrival) (bad, n int) {
	for _, a := range all {
		if !v.good(a) {
			bad++
		}
	}
	return bad, len(all)
}

// pick returns the arrivals with those indices.
func (v *view) pick(idx []int) []load.Arrival {
	out := make([]load.Arrival, len(idx))
	for k, i := range idx {
		out[k] = v.load[i]
	}
	return out
}

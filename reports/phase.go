package reports

import (
	"time"

	"holdfast/load"
)

// The phases of a run that are judged.
const (
	before = "before" // the base line
	during = "during" // from the first disruption until all are healed, or given up on
	after  = "after"  // is it as it was?
)

// exposure is how long before a disruption an arrival that it met in flight may have been due
// and still count as disrupted. One that is older was late already, by itself.
const exposure = time.Second

// span is a stretch of the run: From ≤ t < To.
type span struct{ From, To time.Duration }

func (s span) has(t time.Duration) bool { return s.From <= t && t < s.To }
func (s span) length() time.Duration    { return max(0, s.To-s.From) }

// phases are the judged stretches. The one between is empty when nothing was disrupted.
type phases struct{ Before, During, After, All span }

// cutPhases reads the phases off the marks. A disruption that began before its mark, or healed
// after it, widens the middle.
func cutPhases(h *History) phases {
	end := loadEnd(h)
	begin, ok := markAt(h, before)
	if !ok {
		return phases{}
	}
	all := span{begin, max(begin, end)}
	at := func(phase string) time.Duration {
		if t, ok := markAt(h, phase); ok {
			return min(max(t, all.From), all.To)
		}
		return all.To
	}
	_, disrupted := markAt(h, "faults")
	healed := at(after)
	if !disrupted && len(h.Injections) == 0 {
		return phases{Before: span{begin, healed}, During: span{healed, healed}, After: span{healed, all.To}, All: all}
	}
	broken := min(at("faults"), healed)
	for _, in := range h.Injections {
		if r := in.Receipt.Requested; r != nil {
			broken = max(begin, min(broken, *r))
		}
		if t := in.Receipt.Healed; t != nil {
			healed = min(all.To, max(healed, *t))
		}
	}
	return phases{Before: span{begin, broken}, During: span{broken, healed}, After: span{healed, all.To}, All: all}
}

// loadEnd is when arrivals ceased to be due: the settle mark, or the stop of the load before it.
func loadEnd(h *History) time.Duration {
	end := time.Duration(-1)
	for _, phase := range []string{"settle", "end"} {
		if t, ok := markAt(h, phase); ok {
			end = t
			break
		}
	}
	var stopped time.Duration
	for _, t := range h.Tallies {
		stopped = max(stopped, t.Stopped)
	}
	if n := len(h.Arrivals); end < 0 && n > 0 { // cut short
		end = h.Arrivals[n-1].Due + 1
	}
	if stopped > 0 && (end < 0 || stopped < end) {
		end = stopped
	}
	return end
}

func markAt(h *History, phase string) (time.Duration, bool) {
	for _, m := range h.Marks {
		if m.Phase == phase {
			return m.At, true
		}
	}
	return 0, false
}

// of names the phase an arrival counts in, or "".
func (p phases) of(a load.Arrival) string {
	switch {
	case p.During.has(a.Due):
		return during
	case p.Before.has(a.Due):
		if a.Due >= p.Before.To-exposure && a.End > p.Before.To && p.During.length() > 0 {
			return during
		}
		return before
	case p.After.has(a.Due):
		return after
	}
	return ""
}

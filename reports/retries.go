package reports

import (
	"fmt"
	"time"
)

const (
	// stormTimes is how much more work than in the base line each arrival must cost to be worth a
	// word without an objective.
	stormTimes = 1.5
	// stormLeast is how many operations a phase must have to be compared.
	stormLeast = 100
)

// checkRetries asks whether each arrival came to cost more requests than in the base line: by
// what clients sent, and by what the servers say they met. A retry storm has more.
func checkRetries(v *view) []Finding {
	limit := v.objectives.Amplification
	if !v.disrupted() {
		if limit == 0 {
			return nil
		}
		return []Finding{{Claim: stormClaim(limit), Measured: "nothing was to be disrupted", Verdict: Pass, Info: true}}
	}
	base := v.workIn(v.phases.Before)
	var worst amplification
	for _, phase := range []struct {
		name string
		span
	}{{during, v.phases.During}, {after, v.phases.After}} {
		w := v.workIn(phase.span)
		for _, a := range []amplification{
			{phase.name, "requests that clients sent for each arrival", w.sent(), base.sent()},
			{phase.name, "requests that servers met for each that clients sent", w.met(), base.met()},
		} {
			if a.base > 0 && a.now > 0 && a.times() > worst.times() {
				worst = a
			}
		}
	}
	if worst.base == 0 {
		if limit == 0 {
			return nil
		}
		return []Finding{unknown("", stormClaim(limit), fmt.Sprintf("%d operations in the base line, and as many later", stormLeast))}
	}
	if limit == 0 && worst.times() < stormTimes {
		return nil
	}
	f := Finding{
		Claim: stormClaim(limit), Verdict: Pass, Info: limit == 0,
		Measured: fmt.Sprintf("%s times: %s, %s %s, before %s", digits(worst.times()), worst.what, worst.phase, digits(worst.now), digits(worst.base)),
		Numbers:  map[string]float64{"times": worst.times(), "now": worst.now, "base": worst.base},
	}
	if limit > 0 && worst.times() > limit {
		f.Verdict = Fail
	}
	return []Finding{f}
}

func stormClaim(limit float64) string {
	if limit == 0 {
		return "more requests for each arrival than before"
	}
	return "at most " + digits(limit) + " times the requests of the base line for each arrival"
}

type amplification struct {
	phase, what string
	now, base   float64
}

func (a amplification) times() float64 {
	if a.base == 0 {
		return 0
	}
	return a.now / a.base
}

// work is what a phase cost: arrivals, requests sent for them, and requests that the servers
// counted while they were read.
type work struct {
	arrivals, operations int
	counted              float64
	offered              int // operations in the stretch that was read
}

func (w work) sent() float64 {
	if w.operations < stormLeast || w.arrivals == 0 {
		return 0
	}
	return float64(w.operations) / float64(w.arrivals)
}

func (w work) met() float64 {
	if w.offered < stormLeast || w.counted <= 0 {
		return 0
	}
	return w.counted / float64(w.offered)
}

func (v *view) workIn(s span) work {
	w := work{}
	for _, a := range v.within(s) {
		if !a.Dropped {
			w.arrivals++
		}
	}
	read, counted := v.requestsIn(s)
	w.counted = counted
	for i := range v.Operations {
		o := &v.Operations[i]
		if _, ok := v.classes[o.Class]; !ok {
			continue
		}
		if s.has(o.Start) {
			w.operations += 1 + o.Retries
		}
		if read.has(o.Start) {
			w.offered += 1 + o.Retries
		}
	}
	return w
}

// requestsIn is what the servers' counters grew by in s, and the stretch that was read. A counter
// that fell began anew with its process.
func (v *view) requestsIn(s span) (read span, sum float64) {
	read = span{s.To, s.From}
	for _, all := range v.readings("requests_total") {
		part := window(all, s)
		for i := 1; i < len(part); i++ {
			d := part[i].Value - part[i-1].Value
			if d < 0 {
				d = part[i].Value
			}
			sum += d
		}
		if n := len(part); n > 1 {
			read = span{min(read.From, part[0].At), max(read.To, part[n-1].At)}
		}
	}
	if read.length() < time.Second {
		return span{}, 0
	}
	return read, sum
}

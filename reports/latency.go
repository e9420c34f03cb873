package reports

import (
	"fmt"
	"strings"
	"time"
)

// checkLatency judges response times from due in the steady windows. A bad arrival is slower
// than any limit. While the generator itself was late, only what the deployment took by itself
// (service time) can show that a limit was broken, and nothing can show that it was kept.
func checkLatency(v *view) []Finding {
	var out []Finding
	if d := v.objectives.P95; d > 0 {
		out = append(out, percentile(v, 0.95, d))
	}
	if d := v.objectives.P99; d > 0 {
		out = append(out, percentile(v, 0.99, d))
	}
	return out
}

// slowness counts, of some arrivals, those over a limit from due and by service time alone.
type slowness struct {
	journey           string
	over, overService int
	good, n           int
	response          histogram
	verdict           Verdict
	sparse, tardy     bool
}

func percentile(v *view, q float64, limit time.Duration) Finding {
	name := fmt.Sprintf("p%.0f", q*100)
	f := Finding{Claim: name + " at most " + say(limit) + " in the steady state", Numbers: map[string]float64{}}
	tardy := tardiness(v)
	all := v.slow("", q, limit, len(tardy) > 0)
	if all.n == 0 {
		return unknown("", f.Claim, "no arrival of the mix was due in the steady windows; "+moreSamples(0, 0, 1-q, "arrivals", v.rate("")))
	}
	verdicts := []Verdict{all.verdict}
	worst, sparse := all, []string{}
	for _, j := range v.journeys {
		s := v.slow(j, q, limit, len(tardy) > 0)
		if x, _, _, ok := s.response.quantile(q); ok {
			f.Numbers[name+"_"+j+"_ms"] = ms(x)
		}
		if s.sparse && s.verdict != Fail {
			sparse = append(sparse, fmt.Sprintf("%s (%d)", j, s.n))
			continue // it counts among all, but cannot speak for itself
		}
		verdicts = append(verdicts, s.verdict)
		if s.worse(worst) || worst.journey == "" {
			worst = s
		}
	}
	f.Verdict = Worst(verdicts...)
	f.Measured = "all " + all.text(q)
	if worst.journey != "" && len(v.journeys) > 1 {
		f.Measured += "; worst " + worst.journey + " " + worst.text(q)
	}
	if len(sparse) > 0 {
		f.Measured += "; too few of their own: " + strings.Join(sparse, ", ")
	}
	if x, lo, hi, ok := all.response.quantile(q); ok {
		f.Numbers[name+"_ms"], f.Numbers["lower_ms"], f.Numbers["upper_ms"] = ms(x), ms(lo), ms(hi)
	}
	f.Numbers["over"], f.Numbers["total"] = float64(all.over), float64(all.n)
	if f.Verdict == Inconclusive {
		f.Missing = latencyMissing(v, worst, all, q)
		if len(tardy) > 0 {
			f.Missing = "a generator that is on time: " + strings.Join(tardy, "; ")
		}
	}
	return f
}

// slow judges one journey, or all of them together.
func (v *view) slow(journey string, q float64, limit time.Duration, tardy bool) slowness {
	s := slowness{journey: journey, response: newHistogram(), tardy: tardy}
	for i, a := range v.load {
		if !v.steady(i) || journey != "" && a.Journey != journey || a.Dropped {
			continue
		}
		s.n++
		bad := !v.good(a)
		if !bad {
			s.good++
			s.response.record(a.End - a.Due)
		}
		if bad || a.End-a.Due > limit {
			s.over++
		}
		if bad || a.End-a.Start > limit {
			s.overService++
		}
	}
	s.sparse = !dense(s.good, q)
	s.verdict = judgeRatio(s.over, s.n, 1-q)
	if s.verdict == Fail && s.tardy {
		s.verdict = judgeRatio(s.overService, s.n, 1-q)
	}
	if s.verdict == Pass && (s.tardy || s.sparse) {
		s.verdict = Inconclusive
	}
	return s
}

func (s slowness) worse(t slowness) bool {
	if s.verdict.rank() != t.verdict.rank() {
		return s.verdict.rank() > t.verdict.rank()
	}
	return float64(s.over)*float64(t.n) > float64(t.over)*float64(s.n)
}

func (s slowness) text(q float64) string {
	if x, lo, hi, ok := s.response.quantile(q); ok {
		t := fmt.Sprintf("%s (95 %%: %s to %s)", say(x), say(lo), say(hi))
		if bad := s.n - s.good; bad > 0 {
			t += " of those that succeeded, " + plural(bad, "other") + " did not"
		}
		return t
	}
	if s.good == 0 {
		return fmt.Sprintf("none of %d succeeded", s.n)
	}
	return fmt.Sprintf("max %s of only %d", say(time.Duration(s.response.Max())*time.Microsecond), s.n)
}

func latencyMissing(v *view, worst, all slowness, q float64) string {
	s := worst
	if all.verdict == Inconclusive {
		s = all
	}
	enough := int(few/(1-q) + 0.5)
	if s.n < enough {
		return fmt.Sprintf("%d more arrivals (%s)", enough-s.n, longer(enough-s.n, v.rate(s.journey)))
	}
	return moreSamples(s.over, s.n, 1-q, "arrivals", v.rate(s.journey))
}

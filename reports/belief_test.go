package reports

import (
	"testing"
	"time"

	"holdfast/chaos"
	"holdfast/load"
)

func late(d time.Duration) func(*load.Arrival) {
	return func(a *load.Arrival) { a.Start, a.End = a.Start+d, a.End+d }
}

func TestGenerator(t *testing.T) {
	ms250 := Objectives{P95: 250 * time.Millisecond}
	all := func(o Objectives, change func(*load.Arrival)) *scene { return with(o).each(0, sec(145), change) }
	unserved := func(from int, change func(*load.Arrival)) *scene {
		s := with(ms250).each(sec(from), sec(from+1), change)
		s.retally()
		return s
	}
	drop := func(a *load.Arrival) { a.Outcome, a.Dropped = load.Failed, true }
	starve := func(a *load.Arrival) { a.Outcome, a.Starved = load.Failed, true }
	busy := with(ms250)
	for i := range busy.Gauges {
		busy.Gauges[i].CPU = 1.7
	}
	runRows(t, checkGenerator, []checkRow{
		{name: "on time", scene: with(ms250), claim: "the load", want: Pass, says: "p99 slip 1 ms, 100 % of 6750 arrivals offered, 0.3 cores", numbers: map[string]float64{"slip_limit_ms": 25}},
		{name: "within a tenth of the objective", scene: all(ms250, late(23*time.Millisecond)), claim: "the load", want: Pass},
		{name: "beyond it", scene: all(ms250, late(26*time.Millisecond)), claim: "the load", want: Inconclusive, missing: "p99 slip 27 ms is more than 25 ms"},
		{name: "1 ms objective", scene: all(Objectives{P95: time.Millisecond}, late(3*time.Millisecond)), claim: "the load", want: Pass, numbers: map[string]float64{"slip_limit_ms": 5}},
		{name: "the tightest counts", scene: with(Objectives{P95: sec(1), P99: 200 * time.Millisecond}), claim: "the load", want: Pass, numbers: map[string]float64{"slip_limit_ms": 20}},
		{name: "no latency promised", scene: all(Objectives{}, late(90*time.Millisecond)), claim: "the load", want: Pass, numbers: map[string]float64{"slip_limit_ms": 100}},
		{name: "some very late", scene: all(ms250, everyNth(500, late(60*time.Millisecond))), claim: "the load", want: Inconclusive, missing: "arrivals started more than 50 ms late"},
		{name: "dropped in the disruption", scene: unserved(75, drop), claim: "the load", want: Pass, numbers: map[string]float64{"drops": 50}},
		{name: "dropped in the steady state", scene: unserved(30, drop), claim: "the load", want: Inconclusive, missing: "50 were dropped while nothing was broken"},
		{name: "starved", scene: unserved(75, starve), claim: "the load", want: Inconclusive, missing: "50 found no session"},
		{name: "busy", scene: busy, claim: "the load", want: Inconclusive, missing: "it used 1.7 of 2 cores"},
		{name: "nothing", scene: empty(ms250), claim: "the load", want: Inconclusive, missing: "no arrival of the mix"},
	})
}

func TestCompleteness(t *testing.T) {
	change := func(f func(*scene)) *scene {
		s := newScene()
		f(s)
		return s
	}
	runRows(t, checkCompleteness, []checkRow{
		{name: "complete", scene: newScene(), claim: "the record", want: Pass, says: "7251 arrivals, 14502 operations"},
		{name: "cut short", scene: change(func(s *scene) { s.Complete = false }), claim: "the record", want: Inconclusive, missing: "cut short"},
		{name: "corrupt", scene: change(func(s *scene) { s.Corrupt = 2 }), claim: "the record", want: Inconclusive, missing: "2 records could not be read"},
		{name: "torn", scene: change(func(s *scene) { s.Torn = 9 }), claim: "the record", want: Inconclusive, missing: "the last 9 bytes"},
		{name: "an arrival is missing", scene: change(func(s *scene) { s.Arrivals = s.Arrivals[1:] }), claim: "the record", want: Inconclusive, missing: "class userinfo accounts for 4351 arrivals, 4350 are recorded"},
		{name: "one twice for another", scene: change(func(s *scene) { s.Arrivals[0].Seq = 1 }), claim: "the record", want: Inconclusive, missing: "accounts for"},
		{name: "a tally that does not add up", scene: change(func(s *scene) { s.Tallies[0].Scheduled++ }), claim: "the record", want: Inconclusive, missing: "scheduled 581 arrivals, but accounts for 580"},
		{name: "no tally", scene: change(func(s *scene) { s.Tallies = s.Tallies[1:] }), claim: "the record", want: Inconclusive, missing: "class login has 0 accounts"},
		{name: "no classes", scene: change(func(s *scene) { s.Meta.Classes = nil }), claim: "the record", want: Inconclusive, missing: "no traffic class"},
		{name: "measuring never began", scene: change(func(s *scene) { s.Marks = nil }), claim: "the record", want: Inconclusive, missing: "measuring never began"},
		{name: "nothing", scene: empty(Objectives{}), claim: "the record", want: Inconclusive, missing: "has 0 accounts"},
	})
}

func TestBudget(t *testing.T) {
	runRows(t, checkBudget, []checkRow{
		{name: "30 s down", scene: with(Objectives{}).outage(sec(70), sec(100)), claim: "downtime", want: Pass, info: true,
			says: "30 s is 1.16 % at 99.9 %, 2.31 % at 99.95 %, 11.6 % at 99.99 %; such events it affords a month: 86, 43, 8; burn rate until healed: 999, 1999, 9993", numbers: map[string]float64{"downtime_ms": 30_000}},
		{name: "half of it down", scene: with(Objectives{}).each(sec(70), sec(100), everyNth(2, refuse)), claim: "downtime", want: Pass, info: true, numbers: map[string]float64{"downtime_ms": 15_000}},
		{name: "unnoticed", scene: newScene(), claim: "downtime", want: Pass, info: true, says: "0 s is 0 %"},
	})
	if got := checkBudget(newScene().calm().view(t)); got != nil {
		t.Errorf("nothing was disrupted, yet %+v", got)
	}
}

func TestPhases(t *testing.T) {
	early, stopped := newScene(), newScene()
	early.Injections[0].Receipt.Requested, early.Injections[0].Receipt.Healed = ptr(sec(65)), ptr(sec(110))
	for i := range stopped.Tallies {
		stopped.Tallies[i].Stopped = sec(140)
	}
	short := newScene()
	short.Marks, short.Tallies, short.Complete = []Mark{{sec(10), "before"}, {sec(70), "faults"}}, nil, false
	short.Injections = []chaos.Injection{}
	for name, row := range map[string]struct {
		s    *scene
		want phases
	}{
		"by the marks":                {newScene(), phases{span{sec(10), sec(70)}, span{sec(70), sec(100)}, span{sec(100), sec(145)}, span{sec(10), sec(145)}}},
		"widened by the disruption":   {early, phases{span{sec(10), sec(65)}, span{sec(65), sec(110)}, span{sec(110), sec(145)}, span{sec(10), sec(145)}}},
		"to the stop of the load":     {stopped, phases{span{sec(10), sec(70)}, span{sec(70), sec(100)}, span{sec(100), sec(140)}, span{sec(10), sec(140)}}},
		"without disruptions":         {newScene().calm(), phases{span{sec(10), sec(100)}, span{sec(100), sec(100)}, span{sec(100), sec(145)}, span{sec(10), sec(145)}}},
		"measuring never began":       {&scene{}, phases{}},
		"cut short in the disruption": {short, phases{span{sec(10), sec(70)}, span{sec(70), short.Arrivals[len(short.Arrivals)-1].Due + 1}, span{}, span{sec(10), short.Arrivals[len(short.Arrivals)-1].Due + 1}}},
	} {
		got := cutPhases(&row.s.History)
		if row.want.After == (span{}) {
			got.After = span{}
		}
		if got != row.want {
			t.Errorf("%s: %+v, want %+v", name, got, row.want)
		}
	}
}

func TestPhaseOfAnArrivalInFlight(t *testing.T) {
	p := cutPhases(&newScene().History)
	for name, row := range map[string]struct {
		due, end time.Duration
		want     string
	}{
		"over before":                        {sec(69), sec(70), before},
		"met in flight":                      {sec(70) - time.Millisecond, sec(72), during},
		"late already when it was disrupted": {sec(66), sec(72), before},
		"at the first instant":               {sec(70), sec(71), during},
		"healed":                             {sec(100), sec(101), after},
		"warm-up":                            {sec(9), sec(11), ""},
		"settling":                           {sec(145), sec(146), ""},
	} {
		if got := p.of(load.Arrival{Due: row.due, End: row.end}); got != row.want {
			t.Errorf("%s: %q, want %q", name, got, row.want)
		}
	}
}

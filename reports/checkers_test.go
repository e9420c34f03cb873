package reports

import (
	"strings"
	"testing"
	"time"

	"holdfast/chaos"
	"holdfast/load"
)

// checkRow is a History and what one checker finds in it.
type checkRow struct {
	name    string
	scene   *scene
	claim   string // how the claim of the finding begins
	want    Verdict
	info    bool
	says    string // in what was measured
	missing string // in what is missing
	numbers map[string]float64
}

func runRows(t *testing.T, check func(*view) []Finding, rows []checkRow) {
	t.Helper()
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			f := find(t, check(row.scene.view(t)), row.claim)
			if f.Verdict != row.want || f.Info != row.info {
				t.Errorf("verdict %s, info %v; want %s, %v", f.Verdict, f.Info, row.want, row.info)
			}
			if !strings.Contains(f.Measured, row.says) || !strings.Contains(f.Missing, row.missing) || (f.Verdict == Inconclusive) != (f.Missing != "") {
				t.Errorf("measured %q, missing %q; want %q, %q", f.Measured, f.Missing, row.says, row.missing)
			}
			for name, want := range row.numbers {
				if got, ok := f.Numbers[name]; !ok || got < want-0.5 || got > want+0.5 {
					t.Errorf("%s = %v, want %v (of %v)", name, got, want, f.Numbers)
				}
			}
		})
	}
}

func with(o Objectives) *scene { return newScene().Objectives(o) }

// empty is a run of which only the head is left.
func empty(o Objectives) *scene {
	s := with(o)
	s.Arrivals, s.Operations, s.Sessions, s.Samples, s.Gauges, s.Tallies, s.Injections = nil, nil, nil, nil, nil, nil, nil
	return s
}

func TestAvailability(t *testing.T) {
	o := Objectives{Availability: 0.999}
	steadyDrop := func(a *load.Arrival) { a.Outcome, a.Dropped = load.Failed, true }
	runRows(t, checkAvailability, []checkRow{
		{name: "all good", scene: with(o), claim: "at least 99.9 %", want: Pass, says: "100 % (6750 of 6750",
			numbers: map[string]float64{"good": 6750, "total": 6750}},
		{name: "an outage", scene: with(o).outage(sec(71), sec(75)), claim: "at least 99.9 %", want: Fail, says: "(6550 of 6750"},
		{name: "too few to say", scene: with(o).outage(sec(71), sec(71)+100*time.Millisecond), claim: "at least 99.9 %", want: Inconclusive,
			missing: "more arrivals without a failure (another"},
		{name: "more than can be run", scene: with(Objectives{Availability: 1 - 1e-16}), claim: "at least", want: Inconclusive, missing: "more arrivals than can be run"},
		{name: "dropped by the generator", scene: with(o).each(sec(30), sec(31), steadyDrop), claim: "at least 99.9 %", want: Inconclusive},
		{name: "too late is not good", scene: with(o).each(sec(71), sec(75), func(a *load.Arrival) { a.End = a.Due + sec(11) }),
			claim: "at least 99.9 %", want: Fail, says: "(6550 of 6750"},
		{name: "of a journey", scene: with(o).each(sec(71), sec(75), only("login", refuse)), claim: "availability of login", want: Pass, info: true, says: "97.037 % (524 of 540"},
		{name: "without an objective", scene: with(Objectives{}).outage(sec(71), sec(75)), claim: "availability", want: Pass, info: true},
		{name: "starved ones say nothing", scene: with(o).each(sec(71), sec(75), func(a *load.Arrival) { a.Outcome, a.Starved = load.Failed, true }),
			claim: "at least 99.9 %", want: Pass, says: "(6550 of 6550"},
		{name: "nothing", scene: empty(o), claim: "at least 99.9 %", want: Inconclusive, missing: "no arrival"},
	})
}

func TestErrors(t *testing.T) {
	o, zero := Objectives{ErrorRatio: ptr(0.001)}, Objectives{ErrorRatio: ptr(0.0)}
	thin := func(a load.Arrival) bool { return a.Class != "login" }
	runRows(t, checkErrors, []checkRow{
		{name: "none", scene: with(o), claim: "errors in the steady state at most 0.1 %", want: Pass, says: "0 of 10498 operations"},
		{name: "only in the disruption", scene: with(o).outage(sec(70), sec(90)), claim: "errors", want: Pass, says: "0 of 10498"},
		{name: "met in flight by the disruption", scene: with(o).each(sec(69)+990*time.Millisecond, sec(70), refuse), claim: "errors", want: Pass, says: "0 of"},
		{name: "before", scene: with(o).outage(sec(30), sec(31)), claim: "errors", want: Fail, says: "50 of 10498"},
		{name: "after", scene: with(o).outage(sec(110), sec(111)), claim: "errors", want: Fail, says: "50 of"},
		{name: "in the warm-up", scene: with(o).outage(0, sec(10)), claim: "errors", want: Pass, says: "0 of"},
		{name: "a bad journey of good operations", scene: with(o).each(sec(30), sec(31), func(a *load.Arrival) { a.End = a.Due + sec(20) }), claim: "errors", want: Fail, says: "50 of"},
		{name: "few", scene: with(o).drop(thin), claim: "errors", want: Inconclusive, says: "0 of 840", missing: "2155 more operations without a failure (another 4m30s at 8/s)"},
		{name: "zero, kept", scene: with(zero), claim: "no error in the steady state", want: Pass},
		{name: "zero, one bad", scene: with(zero).each(sec(30), sec(30)+10*time.Millisecond, only("login", refuse)), claim: "no error", want: Fail, says: "1 of"},
		{name: "zero, few", scene: with(zero).drop(thin), claim: "no error", want: Inconclusive, missing: "2155 more"},
		{name: "nothing", scene: empty(o), claim: "errors", want: Inconclusive, missing: "no operation"},
	})
}

func TestFaultErrors(t *testing.T) {
	o, zero := Objectives{FaultErrorRatio: ptr(0.1)}, Objectives{FaultErrorRatio: ptr(0.0)}
	quiet := func(a load.Arrival) bool { return a.Due >= sec(70) && a.Due < sec(100) && a.Seq%200 != 0 }
	runRows(t, checkFaultErrors, []checkRow{
		{name: "few bad", scene: with(o).outage(sec(71), sec(73)), claim: "bad journeys until all is healed at most 10 %", want: Pass, says: "100 of 1501 (6.66 %) in 30 s"},
		{name: "many bad", scene: with(o).outage(sec(71), sec(75)), claim: "bad journeys", want: Fail, says: "200 of 1501"},
		{name: "zero, kept", scene: with(zero), claim: "no bad journey until all is healed", want: Pass},
		{name: "zero, one bad", scene: with(zero).each(sec(80), sec(80)+10*time.Millisecond, only("login", refuse)), claim: "no bad journey", want: Fail},
		{name: "few at all", scene: with(zero).drop(quiet), claim: "no bad journey", want: Inconclusive, missing: "20 are needed"},
		{name: "base line", scene: with(zero).calm(), claim: "no bad journey", want: Pass, info: true, says: "nothing was to be disrupted"},
		{name: "nothing", scene: empty(zero), claim: "no bad journey", want: Inconclusive, missing: "no arrival"},
	})
}

func TestOutage(t *testing.T) {
	o, zero := Objectives{Outage: ptr(sec(2))}, Objectives{Outage: ptr(time.Duration(0))}
	sparse := func(a load.Arrival) bool { return a.Class != "login" || a.Seq%16 != 0 }
	runRows(t, checkOutage, []checkRow{
		{name: "none", scene: with(o), claim: "outage at most 2 s", want: Pass, says: "none seen; one arrival every 20 ms", numbers: map[string]float64{"sampling_period_ms": 20, "outage_ms": 0}},
		{name: "long", scene: with(o).outage(sec(71), sec(75)), claim: "outage at most 2 s", want: Fail, says: "from t=71.0 s to t=75.0 s, 1 s after 1-kill-kc-2 began"},
		{name: "short", scene: with(o).outage(sec(71), sec(72)), claim: "outage at most 2 s", want: Pass},
		{name: "on the limit", scene: with(o).outage(sec(71)+10*time.Millisecond, sec(73)+20*time.Millisecond), claim: "outage at most 2 s", want: Inconclusive, missing: "could hide"},
		{name: "answered too late", scene: with(o).each(sec(71), sec(75), func(a *load.Arrival) { a.End = a.Due + sec(11) }), claim: "outage at most 2 s", want: Fail},
		{name: "one class", scene: with(o).each(sec(71), sec(75), only("login", refuse)), claim: "outage of login at most 2 s", want: Fail},
		{name: "one class, the whole", scene: with(o).each(sec(71), sec(75), only("login", refuse)), claim: "outage at most 2 s", want: Pass},
		{name: "to the end", scene: with(o).outage(sec(140), sec(145)), claim: "outage at most 2 s", want: Fail, says: "to t=145.0 s"},
		{name: "sparse", scene: with(o).drop(sparse), claim: "outage at most 2 s", want: Inconclusive, missing: "hide in 4 s"},
		{name: "zero, kept", scene: with(zero), claim: "no outage", want: Pass},
		{name: "zero, one bad", scene: with(zero).each(sec(80), sec(80)+10*time.Millisecond, only("login", refuse)), claim: "no outage", want: Fail},
		{name: "zero, sparse", scene: with(zero).drop(sparse), claim: "no outage", want: Inconclusive, missing: "hide in 4 s"},
		{name: "without an objective", scene: with(Objectives{}).outage(sec(71), sec(75)), claim: "longest outage", want: Pass, info: true},
		{name: "nothing", scene: empty(o), claim: "outage at most 2 s", want: Inconclusive, missing: "no arrival"},
	})
}

func TestOutageHoldsTheTruth(t *testing.T) {
	for _, d := range []time.Duration{50 * time.Millisecond, 200 * time.Millisecond, sec(1), sec(5)} {
		for k := range 8 {
			from := sec(72) + time.Duration(k)*37*time.Millisecond
			s := with(Objectives{}).outage(from, from+d)
			f := find(t, checkOutage(s.view(t)), "longest outage")
			if lo, hi := f.Numbers["lower_ms"], f.Numbers["upper_ms"]; lo > ms(d) || hi < ms(d) {
				t.Errorf("an outage of %v at %v is measured as %v to %v ms", d, from, lo, hi)
			}
		}
	}
}

func TestSessions(t *testing.T) {
	o := Objectives{SessionsLost: ptr(0)}
	fate := func(s *scene, n int, f load.Fate) *scene {
		for i := range n {
			s.Sessions[i].Fate = f
		}
		return s
	}
	later := func(s *scene, f load.Fate) *scene {
		s.Sessions = append(s.Sessions, load.Session{ID: "late", Since: sec(80), Fate: f})
		return s
	}
	locked := func(o Objectives, fates ...load.Fate) *scene {
		s := with(o)
		for i, f := range fates {
			s.Sessions = append(s.Sessions, load.Session{ID: "lock-" + digitsOf(uint64(i)), Since: sec(20), Fate: f, Decided: sec(147), Event: map[bool]string{false: "brute-force lock"}[f == load.Kept]})
		}
		return s
	}
	undone := fate(with(o), 2, load.Replayed)
	undone.Sessions[0].Event, undone.Sessions[1].Event = "code", "refresh token"
	lateCohort := with(o)
	for i := range lateCohort.Sessions {
		lateCohort.Sessions[i].Since = sec(80)
	}
	runRows(t, checkSessions, []checkRow{
		{name: "kept", scene: with(o), claim: "no session lost", want: Pass, says: "40 of 40 kept, 0 lost", numbers: map[string]float64{"kept": 40}},
		{name: "lost", scene: fate(with(o), 3, load.Lost), claim: "no session lost", want: Fail, says: "37 of 40 kept, 3 lost"},
		{name: "as many lost as allowed", scene: fate(with(Objectives{SessionsLost: ptr(3)}), 3, load.Lost), claim: "at most 3 sessions lost", want: Pass},
		{name: "indeterminate", scene: fate(with(o), 2, load.Indeterminate), claim: "no session lost", want: Inconclusive, missing: "an answer about 2 sessions"},
		{name: "without a fate", scene: fate(with(o), 1, ""), claim: "no session lost", want: Inconclusive, missing: "1 session"},
		{name: "of a later one", scene: later(with(o), load.Lost), claim: "no session lost", want: Fail, says: "of 1 later ones 1 lost"},
		{name: "a cohort that came too late", scene: lateCohort, claim: "no session lost", want: Inconclusive, missing: "a cohort"},
		{name: "all logged out", scene: fate(with(o), 40, load.Ended), claim: "no session lost", want: Inconclusive, missing: "a cohort"},
		{name: "swapped, promised or not", scene: fate(with(Objectives{}), 1, load.Swapped), claim: "no session swapped", want: Fail, says: "1 swapped, 0 resurrected, 0 replayed"},
		{name: "resurrected later", scene: later(with(o), load.Resurrected), claim: "no session swapped", want: Fail, says: "1 resurrected"},
		{name: "replayed", scene: fate(with(o), 2, load.Replayed), claim: "no session swapped", want: Fail, says: "2 replayed"},
		{name: "replayed, by event", scene: undone, claim: "no session swapped", want: Fail, says: "2 replayed (by event: code 1, refresh token 1)"},
		{name: "locks held", scene: locked(o, load.Kept, load.Kept), claim: "brute-force locks hold", want: Pass, says: "2 of 2 held"},
		{name: "a lock forgotten", scene: locked(o, load.Kept, load.Lost), claim: "brute-force locks hold", want: Fail, says: "1 of 2 held, 1 forgotten"},
		{name: "a lock forgotten is no session lost", scene: locked(o, load.Lost), claim: "no session lost", want: Pass, says: "40 of 40 kept"},
		{name: "a lock that ended by itself", scene: locked(o, load.Indeterminate), claim: "brute-force locks hold", want: Inconclusive, missing: "an answer about 1 locked account"},
		{name: "locks, nothing promised", scene: locked(Objectives{}, load.Lost), claim: "brute-force locks hold", want: Pass, info: true},
		{name: "without an objective", scene: fate(with(Objectives{}), 1, load.Lost), claim: "sessions kept", want: Pass, info: true},
		{name: "nothing", scene: empty(o), claim: "no session lost", want: Inconclusive, missing: "a cohort"},
	})
}

func TestReceipts(t *testing.T) {
	in := func(change func(*chaos.Injection)) *scene {
		s := newScene()
		change(&s.Injections[0])
		return s
	}
	receipt := func(change func(*chaos.Receipt)) *scene {
		return in(func(i *chaos.Injection) { change(&i.Receipt) })
	}
	gone := newScene()
	gone.Injections = nil
	runRows(t, checkReceipts, []checkRow{
		{name: "proven", scene: newScene(), claim: "every", want: Pass, says: "1 of 1, control kc-1 untouched"},
		{name: "no record", scene: gone, claim: "every", want: Inconclusive, says: "0 of 1", missing: "1-kill-kc-2: there is no record of it"},
		{name: "no effect", scene: receipt(func(r *chaos.Receipt) { r.Effective = nil }), claim: "every", want: Inconclusive, missing: "its effect was not seen"},
		{name: "effect before its cause", scene: receipt(func(r *chaos.Receipt) { r.Effective = ptr(sec(1)) }), claim: "every", want: Inconclusive, missing: "before it was asked for"},
		{name: "no evidence", scene: receipt(func(r *chaos.Receipt) { r.Evidence = nil }), claim: "every", want: Inconclusive, missing: "no evidence"},
		{name: "control disturbed", scene: receipt(func(r *chaos.Receipt) { r.ControlOK = ptr(false) }), claim: "every", want: Inconclusive, missing: "the control kc-1 was disturbed too"},
		{name: "control not seen", scene: receipt(func(r *chaos.Receipt) { r.ControlOK = nil }), claim: "every", want: Inconclusive, missing: "was not looked at"},
		{name: "without a control", scene: receipt(func(r *chaos.Receipt) { r.Control, r.ControlOK = "", nil }), claim: "every", want: Pass, says: "without a control"},
		{name: "refused", scene: in(func(i *chaos.Injection) { i.Refused = "one node serves" }), claim: "every", want: Inconclusive, missing: "refused: one node serves"},
		{name: "broke", scene: in(func(i *chaos.Injection) { i.Err = "no such node" }), claim: "every", want: Inconclusive, missing: "no such node"},
		{name: "none planned", scene: newScene().calm(), claim: "every", want: Pass, info: true},
	})
}

func TestHealed(t *testing.T) {
	in := func(change func(*chaos.Injection)) *scene {
		s := newScene()
		change(&s.Injections[0])
		return s
	}
	runRows(t, checkHealed, []checkRow{
		{name: "healed", scene: newScene(), claim: "everything", want: Pass, says: "1 of 1"},
		{name: "undo without effect", scene: in(func(i *chaos.Injection) { i.Undone = false }), claim: "everything", want: Inconclusive, missing: "1-kill-kc-2: not healed"},
		{name: "does not serve", scene: in(func(i *chaos.Injection) { i.Receipt.Healed = nil }), claim: "everything", want: Inconclusive, missing: "not healed, its targets were not seen"},
		{name: "never begun", scene: in(func(i *chaos.Injection) { *i = chaos.Injection{ID: "1-kill-kc-2", Refused: "no"} }), claim: "everything", want: Pass, says: "0 of 0"},
	})
	if got := checkHealed(empty(Objectives{}).view(t)); got != nil {
		t.Errorf("nothing was disrupted, yet %+v", got)
	}
}

package reports

import (
	"cmp"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"holdfast/load"
)

func TestWorst(t *testing.T) {
	for _, row := range []struct {
		all  []Verdict
		want Verdict
	}{
		{nil, Inconclusive},
		{[]Verdict{Pass}, Pass},
		{[]Verdict{Pass, Inconclusive, Pass}, Inconclusive},
		{[]Verdict{Inconclusive, Fail, Pass}, Fail},
		{[]Verdict{Pass, ""}, Inconclusive},
		{[]Verdict{"PASS"}, Inconclusive},
	} {
		if got := Worst(row.all...); got != row.want {
			t.Errorf("Worst(%v) = %s, want %s", row.all, got, row.want)
		}
	}
}

func TestExitCode(t *testing.T) {
	for v, want := range map[Verdict]int{Pass: 0, Fail: 1, Inconclusive: 3, "": 3} {
		if got := ExitCode(v); got != want {
			t.Errorf("ExitCode(%q) = %d, want %d", v, got, want)
		}
	}
}

func TestMergingOrderDoesNotMatter(t *testing.T) {
	verdicts := rapid.SliceOfN(rapid.SampledFrom([]Verdict{Pass, Inconclusive, Fail}), 1, 8)
	rapid.Check(t, func(t *rapid.T) {
		all := verdicts.Draw(t, "verdicts")
		k := rapid.IntRange(0, len(all)).Draw(t, "cut")
		want := Worst(all...)
		if got := Worst(rapid.Permutation(all).Draw(t, "order")...); got != want {
			t.Fatalf("%s, in another order %s", want, got)
		}
		if k > 0 && k < len(all) {
			if got := Worst(Worst(all[:k]...), Worst(all[k:]...)); got != want {
				t.Fatalf("%s, in two groups %s", want, got)
			}
		}
	})
}

func TestNothingIsNeverAPass(t *testing.T) {
	for name, h := range map[string]*History{
		"an empty History":                  {},
		"complete, but empty":               {Complete: true},
		"only a head":                       {Meta: newScene().Meta, Complete: true},
		"good traffic, nothing promised":    &newScene().Objectives(Objectives{Profile: "none"}).History,
		"an unknown profile":                &newScene().Objectives(Objectives{Profile: "easy"}).History,
		"an objective that cannot be meant": &newScene().Objectives(Objectives{Profile: "keycloak-docs", P95: -1}).History,
	} {
		r := Judge(h)
		if r.Verdict != Inconclusive {
			t.Errorf("%s: %s, want inconclusive", name, r.Verdict)
		}
	}
	for _, p := range []string{"keycloak-docs", "strict"} {
		if r := Judge(&empty(Objectives{Profile: p}).History); r.Verdict != Inconclusive {
			t.Errorf("no traffic under %s: %s, want inconclusive", p, r.Verdict)
		}
	}
}

func TestProfilesPassAndFail(t *testing.T) {
	for _, row := range []struct {
		profile string
		scene   *scene
		want    Verdict
	}{
		{"keycloak-docs", newScene(), Pass},
		{"strict", newScene(), Pass},
		{"keycloak-docs", newScene().calm(), Pass},
		{"strict", newScene().calm(), Pass},
		{"keycloak-docs", newScene().outage(sec(71), sec(75)), Pass},
		{"strict", newScene().outage(sec(71), sec(71)+50*time.Millisecond), Fail},
		{"strict", newScene().each(sec(30), sec(30)+40*time.Millisecond, only("userinfo", refuse)), Fail},
		{"keycloak-docs", newScene().outage(sec(71), sec(145)), Fail},
	} {
		if r := Judge(&row.scene.Objectives(Objectives{Profile: row.profile}).History); r.Verdict != row.want {
			t.Errorf("%s: %s, want %s: %+v", row.profile, r.Verdict, row.want, r.Findings)
		}
	}
}

func TestAPanickingCheckerIsInconclusive(t *testing.T) {
	list := append(checkers(), checker{"fortune", true, func(*view) []Finding { panic("crystal ball broken") }})
	r := judgeWith(&newScene().History, list)
	f := find(t, r.Findings, "fortune could be checked")
	if r.Verdict != Inconclusive || f.Checker != "fortune" || f.Missing != "the checker fortune broke: crystal ball broken" {
		t.Errorf("%s, %+v", r.Verdict, f)
	}
}

func TestJudgeIsAPureFunctionOfTheBytes(t *testing.T) {
	data := record(t, &killed().History)
	first, second := Judge(Parse(data)), Judge(Parse(slices.Clone(data)))
	if d := gocmp.Diff(first, second); d != "" {
		t.Errorf("judged twice: %s", d)
	}
	h := Parse(data)
	was := Parse(data)
	if !reflect.DeepEqual(h, was) {
		t.Fatal("the same bytes are two Histories")
	}
	Judge(h)
	if !reflect.DeepEqual(h, was) {
		t.Errorf("judging changed the History: %s", gocmp.Diff(was, h))
	}
}

var halfScene = sync.OnceValue(func() *scene {
	return newScene().drop(func(a load.Arrival) bool { return a.Seq%2 == 1 })
})

// thinScene is the scene with half its arrivals, still enough for every claim it can pass.
func thinScene() *scene {
	s := *halfScene()
	s.Arrivals, s.Operations, s.Sessions, s.Tallies = slices.Clone(s.Arrivals), slices.Clone(s.Operations), slices.Clone(s.Sessions), slices.Clone(s.Tallies)
	return &s
}

// anyScene is some run, good or bad in some ways.
func anyScene(t *rapid.T) *scene {
	s := thinScene()
	s.Objectives(rapid.SampledFrom([]Objectives{
		{Profile: "keycloak-docs"}, {Profile: "strict"}, {P95: 25 * time.Millisecond}, {P99: 30 * time.Millisecond},
		{Profile: "keycloak-docs", FullRecovery: sec(10), Outage: ptr(sec(3))},
		{Availability: 0.999}, {Outage: ptr(30 * time.Millisecond)}, {FaultErrorRatio: ptr(0.05)}, {Recovery: sec(4)},
	}).Draw(t, "objectives"))
	for range rapid.IntRange(0, 2).Draw(t, "troubles") {
		from := time.Duration(rapid.IntRange(10_000, 144_000).Draw(t, "from")) * time.Millisecond
		to := from + time.Duration(rapid.IntRange(1, 20_000).Draw(t, "for"))*time.Millisecond
		nth := rapid.IntRange(1, 300).Draw(t, "one in")
		switch rapid.IntRange(0, 4).Draw(t, "trouble") {
		case 0:
			s.each(from, to, everyNth(nth, refuse))
		case 1:
			s.each(from, to, everyNth(nth, func(a *load.Arrival) { a.End += sec(1) }))
		case 2:
			s.each(from, to, everyNth(nth, late(60*time.Millisecond)))
		case 3:
			s.drop(func(a load.Arrival) bool { return a.Due > from && a.Due < to && a.Seq%uint64(nth) == 0 })
		case 4:
			s.Sessions[0].Fate = rapid.SampledFrom([]load.Fate{load.Lost, load.Indeterminate, load.Swapped}).Draw(t, "fate")
		}
	}
	return s
}

// worsen adds one bad arrival, properly accounted for.
func worsen(t *rapid.T, s *scene) {
	c := rapid.SampledFrom(s.Meta.Classes).Draw(t, "class")
	due := time.Duration(rapid.IntRange(0, 144_999).Draw(t, "due")) * time.Millisecond
	a := load.Arrival{Class: c.Name, Journey: c.Journey, Seq: 1 << 40, Due: due, Start: due,
		End: due + time.Duration(rapid.IntRange(1, 12_000).Draw(t, "took"))*time.Millisecond, Outcome: load.Failed}
	if rapid.Bool().Draw(t, "no answer") {
		a.Outcome = load.Unknown
	}
	at, _ := slices.BinarySearchFunc(s.Arrivals, a.Due, func(a load.Arrival, t time.Duration) int { return cmp.Compare(a.Due, t) })
	s.Arrivals = slices.Insert(s.Arrivals, at, a)
	s.Operations = append(s.Operations, load.Operation{Class: a.Class, Journey: a.Journey, Seq: a.Seq, Due: due, Start: due, End: a.End, Outcome: a.Outcome})
	s.retally()
}

func TestABadSampleNeverImprovesAVerdict(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := anyScene(t)
		was := Judge(&s.History)
		worsen(t, s)
		is := Judge(&s.History)
		if is.Verdict.rank() < was.Verdict.rank() {
			t.Fatalf("%s, and with one more bad arrival %s:\n%+v\n%+v", was.Verdict, is.Verdict, was.Findings, is.Findings)
		}
		for i, f := range was.Findings {
			if i < len(is.Findings) && is.Findings[i].Claim == f.Claim && !is.Findings[i].Info && is.Findings[i].Verdict.rank() < f.Verdict.rank() {
				t.Fatalf("%+v, and with one more bad arrival %+v", f, is.Findings[i])
			}
		}
	})
}

package scenarios

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const walking = small + `topology: {keycloak: {nodes: 3}, sessions: infinispan}
walk: {faults: 8, over: 6m, for: 5s..15s}
`

func TestWalkKeepsItsBounds(t *testing.T) {
	s := mustParse(t, walking)
	kinds := map[string]int{}
	for seed := range uint64(150) {
		p := mustPlan(t, s, seed)
		if len(p.Faults) < 3 || len(p.Faults) > 8 {
			t.Errorf("seed %d: %d faults", seed, len(p.Faults))
		}
		for i, f := range p.Faults {
			kinds[f.Kind]++
			if f.At > 6*time.Minute || f.For < 5*time.Second || f.For > 15*time.Second || len(f.Targets) != 1 {
				t.Errorf("seed %d: out of bounds: %+v", seed, f)
			}
			for _, g := range p.Faults[:i] {
				if role := p.Scenario.Topology.RoleOf; role(f.Targets[0]) == role(g.Targets[0]) && f.At < g.end()+healing {
					t.Errorf("seed %d: %s begins at %v, before %s has healed", seed, f.ID, f.At, g.ID)
				}
			}
		}
		if again := mustPlan(t, s, seed); p.String() != again.String() {
			t.Fatalf("seed %d gives another walk:\n%s\n%s", seed, p, again)
		}
	}
	for _, kind := range []string{"kill", "stop", "pause", "drain"} {
		if kinds[kind] < 20 {
			t.Errorf("%s is chosen %d times: %v", kind, kinds[kind], kinds)
		}
	}
}

func TestWalkOfSomeKinds(t *testing.T) {
	s := mustParse(t, walking[:len(walking)-2]+", kinds: [pause]}\n")
	for _, f := range mustPlan(t, s, 5).Faults {
		if f.Kind != "pause" {
			t.Errorf("a %s in a walk of pauses", f.Kind)
		}
	}
	_, err := Parse("s.yaml", []byte(walking[:len(walking)-2]+", kinds: [puase]}\n"))
	if err == nil || !strings.Contains(err.Error(), `s.yaml:8:51: a walk has no "puase"`) || !strings.Contains(err.Error(), "did you mean pause?") {
		t.Errorf("error is %v", err)
	}
}

// TestShrinkFindsWhatFails plants failures that need one, two or three of the faults.
func TestShrinkFindsWhatFails(t *testing.T) {
	p := mustPlan(t, mustParse(t, walking), 3)
	for _, need := range [][]int{{0}, {len(p.Faults) - 1}, {1, 3}, {0, 2, 4}} {
		t.Run(fmt.Sprint(need), func(t *testing.T) {
			runs := 0
			found, err := Shrink(t.Context(), p, 100, func(_ context.Context, a Attempt) (bool, error) {
				runs++
				if a.Number != runs {
					t.Errorf("attempt %d is called %d", runs, a.Number)
				}
				return holdsAll(a.Plan, p, need), nil
			})
			if err != nil {
				t.Fatal(err)
			}
			var want, got []string
			for _, i := range need {
				want = append(want, p.Faults[i].Kind+" "+p.Faults[i].Targets[0])
			}
			for _, f := range found.Faults {
				got = append(got, f.Kind+" "+f.Targets[0])
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if found.Faults[0].At != 0 {
				t.Errorf("the first fault still waits %v", found.Faults[0].At)
			}
			if last := len(need) - 1; found.Faults[last].At-found.Faults[0].At != p.Faults[need[last]].At-p.Faults[need[0]].At {
				t.Error("the faults are not as far apart as they were")
			}
			out, err := found.Scenario.YAML()
			if err != nil {
				t.Fatal(err)
			}
			if again := mustPlan(t, mustParse(t, string(out)), found.Seed); again.String() != found.String() {
				t.Errorf("written and read it is another plan:\n%s\n%s", found, again)
			}
		})
	}
}

// holdsAll says that a part of whole has all of its faults with the indexes.
func holdsAll(part, whole Plan, need []int) bool {
	for _, i := range need {
		if !slices.ContainsFunc(part.Faults, func(f PlannedFault) bool {
			return f.Kind == whole.Faults[i].Kind && f.For == whole.Faults[i].For && slices.Equal(f.Targets, whole.Faults[i].Targets)
		}) {
			return false
		}
	}
	return true
}

func TestShrinkStops(t *testing.T) {
	p := mustPlan(t, mustParse(t, walking), 3)
	runs := 0
	found, err := Shrink(t.Context(), p, 3, func(context.Context, Attempt) (bool, error) { runs++; return false, nil })
	if err != nil || runs != 3 || len(found.Faults) != len(p.Faults) {
		t.Errorf("%d runs, %d faults, %v; want 3 runs and all %d faults", runs, len(found.Faults), err, len(p.Faults))
	}
	broken := fmt.Errorf("no engine")
	if _, err := Shrink(t.Context(), p, 9, func(context.Context, Attempt) (bool, error) { return false, broken }); err != broken {
		t.Errorf("error is %v, want %v", err, broken)
	}
}

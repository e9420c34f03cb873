package scenarios

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"holdfast/chaos"
	"holdfast/fixtures"
)

// Walk is a series of faults that the seed chooses: which, on whom, when and for how long.
type Walk struct {
	Faults int           `yaml:"faults" jsonschema:"required,minimum=1,maximum=50,description=how many at most; one that finds no node free is left out"`
	Over   time.Duration `yaml:"over" jsonschema:"required,description=the time in which all begin"`
	For    Moment        `yaml:"for" jsonschema:"description=how long each lasts (default 5s..15s)"`
	Kinds  []string      `yaml:"kinds,omitempty" jsonschema:"description=which kinds there may be (default: every one that makes sense on the topology)"`
}

// stride is one way for a walk to go: a kind of fault on a node of a role with settings.
type stride struct {
	kind     string
	role     fixtures.Role
	settings func(*rand.Rand) map[string]any // nil for none
}

// strides are all there are. A kind that is not here needs more thought than a walk gives it: it
// changes roles, or the whole deployment at once.
func strides() []stride {
	var out []stride
	servers := []fixtures.Role{fixtures.Keycloak, fixtures.Database, fixtures.Cache, fixtures.Balancer}
	for _, kind := range []string{"kill", "stop", "pause"} {
		for _, role := range servers {
			out = append(out, stride{kind: kind, role: role})
		}
	}
	ratio := func(rng *rand.Rand) float64 { return float64(2+rng.IntN(9)) / 100 }
	return append(out,
		stride{kind: "restart", role: fixtures.Keycloak},
		stride{kind: "drain", role: fixtures.Keycloak},
		stride{kind: "partition", role: fixtures.Keycloak, settings: func(*rand.Rand) map[string]any {
			return map[string]any{"to": "keycloak", "mode": "drop", "way": "both"}
		}},
		stride{kind: "loss", role: fixtures.Keycloak, settings: func(rng *rand.Rand) map[string]any {
			return map[string]any{"to": "database", "ratio": ratio(rng)}
		}},
		stride{kind: "loss", role: fixtures.Balancer, settings: func(rng *rand.Rand) map[string]any {
			return map[string]any{"to": "clients", "ratio": ratio(rng)}
		}},
	)
}

// walkable are the kinds a walk can have.
func walkable() []string {
	var out []string
	for _, s := range strides() {
		if slices.Contains(chaos.Kinds(), s.kind) && !slices.Contains(out, s.kind) {
			out = append(out, s.kind)
		}
	}
	return out
}

func (s Scenario) checkWalk(f *findings) {
	if s.Walk == nil {
		return
	}
	if s.Walk.Over <= 0 || s.Walk.Over+s.Walk.For.latest() > longestFaults {
		f.add("walk.over", "over must be more than 0 and end within %s", Brief(longestFaults))
	}
	for i, kind := range s.Walk.Kinds {
		if !slices.Contains(walkable(), kind) {
			f.add(fmt.Sprintf("walk.kinds[%d]", i), "a walk has no %q; there are %s%s", kind, strings.Join(walkable(), ", "), meant(kind, walkable()))
		}
	}
}

// walked is the scenario with its walk taken: as faults that could have been written down.
func (s Scenario) walked(seed uint64) Scenario {
	if s.Walk == nil {
		return s
	}
	w := *s.Walk
	s.Walk = nil
	rng := rand.New(rand.NewPCG(Seed(seed, "walk"), 0))
	for i := range w.Faults {
		// Each has its own part of the time, so that they are spread and never out of order.
		part := w.Over / time.Duration(w.Faults)
		at := time.Duration(i)*part + time.Duration(rng.Int64N(int64(part)/1e6+1))*time.Millisecond
		at, length := at.Round(100*time.Millisecond), w.For.choose(rng.Uint64()).Round(100*time.Millisecond)
		if f, ok := s.stride(w, rng, at, length); ok {
			s.Faults = append(s.Faults, f)
		}
	}
	return s
}

// stride chooses one fault among those that leave a node of the role alone: no other node of it
// is disturbed then, or was so shortly before.
func (s Scenario) stride(w Walk, rng *rand.Rand, at, length time.Duration) (Fault, bool) {
	var possible []Fault
	for _, st := range strides() {
		nodes := s.Topology.Named(st.role)
		if len(w.Kinds) > 0 && !slices.Contains(w.Kinds, st.kind) || len(nodes) < 2 || s.busy(st.role, at) {
			continue
		}
		settings := map[string]any{}
		if st.settings != nil {
			settings = st.settings(rng)
		}
		node := nodes[rng.IntN(len(nodes))]
		f, err := made(st.kind, settings)
		if err != nil {
			continue // not a kind of this holdfast
		}
		if c, ok := f.(chaos.Checked); ok && c.Check(s.Topology, []string{node}) != nil {
			continue
		}
		possible = append(possible, Fault{At: Moment{From: at}, Kind: st.kind, Target: Target{node}, For: length, Settings: f})
	}
	if len(possible) == 0 {
		return Fault{}, false
	}
	return possible[rng.IntN(len(possible))], true
}

// made is a fault with settings, and its defaults.
func made(kind string, settings map[string]any) (chaos.Fault, error) {
	text, err := json.Marshal(settings)
	if err != nil {
		return nil, fmt.Errorf("settings of %s: %w", kind, err)
	}
	f, err := chaos.New(kind, text)
	if err == nil {
		fillDefaults(f)
	}
	return f, err
}

// busy says that a fault is in force on a node of the role, or its heal may not be over.
func (s Scenario) busy(role fixtures.Role, at time.Duration) bool {
	return slices.ContainsFunc(s.Faults, func(f Fault) bool {
		planned := PlannedFault{At: f.At.latest(), For: f.For, Settings: f.Settings}
		touches := slices.ContainsFunc(f.Target, func(t string) bool {
			sel, ok := parseSelector(t)
			return ok && (sel.role == role || sel.site != "") || s.Topology.RoleOf(t) == role
		})
		return touches && at < planned.end()+healing
	})
}

package selftest_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"holdfast/fixtures"
	"holdfast/fixtures/sim"
	"holdfast/reports"
	"holdfast/scenarios"
)

// mutant is a platform that does not do what it is told: acts on the node go to another, or
// nowhere.
type mutant struct {
	fixtures.Provider
	node        string
	kill, start func(env fixtures.Environment, real fixtures.Node) func(context.Context) error
}

func (m mutant) Up(ctx context.Context, t fixtures.Topology, o fixtures.UpOptions) (fixtures.Environment, error) {
	env, err := m.Provider.Up(ctx, t, o)
	if err != nil {
		return nil, err
	}
	return mutantEnvironment{env, m}, nil
}

type mutantEnvironment struct {
	fixtures.Environment
	mutant mutant
}

func (e mutantEnvironment) Nodes() []fixtures.Node {
	all := e.Environment.Nodes()
	for i, n := range all {
		if n.Name() == e.mutant.node {
			all[i] = mutantNode{n, e}
		}
	}
	return all
}

type mutantNode struct {
	fixtures.Node
	env mutantEnvironment
}

func (n mutantNode) Kill(ctx context.Context) error {
	if f := n.env.mutant.kill; f != nil {
		return f(n.env.Environment, n.Node)(ctx)
	}
	return n.Node.Kill(ctx)
}

func (n mutantNode) Start(ctx context.Context) error {
	if f := n.env.mutant.start; f != nil {
		return f(n.env.Environment, n.Node)(ctx)
	}
	return n.Node.Start(ctx)
}

func nothing(fixtures.Environment, fixtures.Node) func(context.Context) error {
	return func(context.Context) error { return nil }
}

func elsewhere(env fixtures.Environment, _ fixtures.Node) func(context.Context) error {
	n, err := fixtures.Find(env, "kc-1")
	if err != nil {
		return func(context.Context) error { return err }
	}
	return n.Kill
}

const killTwo = `
name: mutant
description: Two of three Keycloak nodes are killed.
topology: {keycloak: {nodes: 3, users: 20}}
load:
  timeout: 4s
  cohort: 5
  classes: [{journey: userinfo, rate: 20/s}]
phases: {warmup: 0s, before: 2s, after: 1s, settle: 5s, heal_timeout: 20s}
faults: [{at: 0s, kind: kill, target: [kc-2, kc-3], for: 1s}]
objectives: {profile: none, outage: 30s}
`

// TestTruthOfMutants: a disruption that did nothing, hit another node or only some of its
// targets, and an undo that did nothing, make a run inconclusive, which a process says with 3.
func TestTruthOfMutants(t *testing.T) {
	truth(t)
	for name, tt := range map[string]struct {
		mutant  mutant
		checker string
		says    string
	}{
		"a kill that does nothing on one of two targets": {mutant{node: "kc-2", kill: nothing}, "receipts", "its effect was not seen"},
		"a kill of another node":                         {mutant{node: "kc-2", kill: elsewhere}, "receipts", ""},
		"an undo that does nothing":                      {mutant{node: "kc-2", start: nothing}, "healed", "not healed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // each waits for what will not come
			s, err := scenarios.Parse("mutant.yaml", []byte(killTwo))
			if err != nil {
				t.Fatal(err)
			}
			plan, err := s.Plan(1)
			if err != nil {
				t.Fatal(err)
			}
			tt.mutant.Provider = sim.New(sim.Options{TimeScale: 4, BootTime: 2 * time.Second})
			r, err := scenarios.Run(t.Context(), plan, scenarios.RunOptions{
				Provider: tt.mutant, ID: "mutant-" + strings.ReplaceAll(name, " ", "-"), Dir: filepath.Join(t.TempDir(), "run"), TimeScale: 4,
			})
			if err != nil {
				t.Fatal(err)
			}
			if r.Verdict != reports.Inconclusive || reports.ExitCode(r.Verdict) != 3 {
				t.Errorf("verdict %s, exit code %d", r.Verdict, reports.ExitCode(r.Verdict))
			}
			f := finding(t, r, tt.checker, "")
			if f.Verdict != reports.Inconclusive || !strings.Contains(f.Missing, tt.says) {
				t.Errorf("%+v", f)
			}
		})
	}
}

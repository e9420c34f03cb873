package scenarios

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"

	"holdfast/fixtures"
	"holdfast/reports"
)

// The files of a run folder beside those of package reports and the journal.
const (
	ScenarioFile = "scenario.yaml" // resolved: every default filled in
	PlanFile     = "plan.txt"
)

// makeFolder makes the run folder, readable by its owner only, and writes what is known before
// anything is done. A folder that holds a run already is refused: evidence is not overwritten.
func makeFolder(dir string, plan Plan) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make run folder: %w", err)
	}
	if err := os.Chmod(dir, 0o700); err != nil { //nolint:gosec // a folder needs its x bit
		return fmt.Errorf("make run folder: %w", err)
	}
	if _, err := os.Stat(filepath.Join(dir, ScenarioFile)); err == nil {
		return fmt.Errorf("run folder %s holds a run already; name another with --out", dir)
	}
	yaml, err := plan.Scenario.YAML()
	if err != nil {
		return err
	}
	for name, body := range map[string][]byte{ScenarioFile: yaml, PlanFile: []byte(plan.String())} {
		if err := os.WriteFile(filepath.Join(dir, name), body, 0o600); err != nil {
			return fmt.Errorf("write run folder: %w", err)
		}
	}
	return nil
}

// meta is the history's head: what is known before bring-up, and the facts once there are any.
func (r *run) meta(env fixtures.Environment, extra map[string]string) reports.Meta {
	m := reports.Meta{
		Run: r.o.ID, Scenario: r.s.Name, Description: r.s.Description,
		Simulated: r.o.Provider.Name() == "sim", Seed: r.plan.Seed,
		Started: r.start, Version: r.o.Version, Objectives: r.s.Objectives,
		Timeout: r.s.Load.Timeout, Keycloaks: len(r.s.Topology.Named(fixtures.Keycloak)),
		Nodes: map[string]string{}, Facts: map[string]string{}, Clients: r.s.clientMeta(),
	}
	if r.s.Topology.Sites > 1 {
		m.Sites = map[string]string{}
	}
	for _, n := range r.s.Topology.NodeNames() {
		m.Nodes[n.Name] = string(n.Role)
		if m.Sites != nil {
			m.Sites[n.Name] = n.Site
		}
	}
	for _, c := range r.plan.Classes {
		m.Classes = append(m.Classes, reports.ClassMeta{
			Name: c.Name, Journey: c.Journey, Rate: c.Schedule.Rate(), Schedule: c.ScheduleText})
	}
	for _, f := range r.plan.Faults {
		m.Plan = append(m.Plan, reports.PlannedFault{ID: f.ID, Kind: f.Kind, Targets: f.Targets, At: f.At, For: f.For})
	}
	if env != nil {
		maps.Copy(m.Facts, env.Facts())
	}
	maps.Copy(m.Facts, extra)
	return m
}

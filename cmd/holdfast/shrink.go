package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"holdfast/reports"
	"holdfast/scenarios"
)

const (
	// shrinkLimit bounds the runs of one search.
	shrinkLimit = 24
	// shrunkFile, in the run folder, is what was found.
	shrunkFile = "shrunk.yaml"
)

func newShrinkCommand(a *app) *cobra.Command {
	var f deployFlags
	limit := shrinkLimit
	cmd := &cobra.Command{
		Use:   "shrink DIR",
		Short: "Find the smallest part of a failed run's faults that still fails",
		Long: `Find the smallest part of a failed run's faults that still fails. Parts of its schedule are run again on the
same platform with the same seed, each brought up and taken down; a part fails if a promise is broken that the run
had broken too. What is left is written to shrunk.yaml in the run folder: a scenario to run again.`,
		Example: `  holdfast shrink runs/random-20260102-030405-ab12
  holdfast run random --seed 3 --on sim --time-scale 8 --shrink`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := stored(args[0], &f, cmd.Flags().Changed("on"))
			if err != nil {
				return err
			}
			s.limit = limit
			p := newProgress(a.stderr)
			ctx, stop := interruptible(cmd.Context(), func(s string) { p.line("holdfast: %s", s) })
			defer stop()
			return a.shrink(ctx, s)
		},
	}
	f.addPlatform(cmd)
	cmd.Flags().StringVar(&f.subnet, "subnet", "", "take container networks from this `CIDR` (default 198.18.0.0/15)")
	cmd.Flags().IntVar(&limit, "limit", shrinkLimit, "run at most this many parts")
	return cmd
}

// shrinking is a failed run and how its parts are run.
type shrinking struct {
	plan    scenarios.Plan
	report  *reports.Report
	options scenarios.RunOptions // of the failed run; Dir is where the search goes
	limit   int
}

// stored is the failed run in a folder.
func stored(dir string, f *deployFlags, platform bool) (shrinking, error) {
	var s shrinking
	dir, err := filepath.Abs(dir)
	if err != nil {
		return s, fmt.Errorf("run folder %s: %w", dir, err)
	}
	h, err := reports.Read(dir)
	if err != nil {
		return s, hinted(err, "a run folder holds history.jsonl; holdfast run names it in its last line")
	}
	if h.Meta.Simulated && !platform {
		f.on = "sim"
	}
	s.report = reports.Judge(h)
	scenario, err := scenarios.Load(filepath.Join(dir, scenarios.ScenarioFile), nil)
	if err != nil {
		return s, err
	}
	if s.plan, err = scenario.Plan(h.Meta.Seed); err != nil {
		return s, fmt.Errorf("plan %s: %w", scenario.Name, err)
	}
	provider, err := f.provider()
	s.options = scenarios.RunOptions{Provider: provider, ID: h.Meta.Run, Dir: dir, Version: version, Subnet: f.subnet, TimeScale: f.timeScale}
	return s, err
}

// shrink searches and writes down what it found. It ends as the failed run did: with a fail.
func (a *app) shrink(ctx context.Context, s shrinking) error {
	broken := brokenPromises(s.report)
	if len(broken) == 0 {
		return hinted(fmt.Errorf("the run did not fail: its verdict is %s", s.report.Verdict), "only a failed run can be shrunk")
	}
	p := newProgress(a.stderr)
	p.line("shrinking %s; broken: %s", count(len(s.plan.Faults), "fault"), strings.Join(broken, ", "))
	found, err := scenarios.Shrink(ctx, s.plan, s.limit, func(ctx context.Context, at scenarios.Attempt) (bool, error) {
		o := s.options
		o.ID = fmt.Sprintf("%s-s%d", s.options.ID, at.Number)
		o.Dir = filepath.Join(s.options.Dir, "shrink", fmt.Sprintf("%02d", at.Number))
		report, err := scenarios.Run(ctx, at.Plan, o)
		if err != nil {
			return false, fmt.Errorf("part %d: %w", at.Number, err)
		}
		failed := slices.ContainsFunc(brokenPromises(report), func(c string) bool { return slices.Contains(broken, c) })
		p.line("part %d: %s: %s", at.Number, faultNames(at.Plan), map[bool]string{true: "fails too", false: "does not fail"}[failed])
		return failed, nil
	})
	if err != nil {
		return fmt.Errorf("shrink: %w", err)
	}
	return a.shrunk(found, s)
}

// brokenPromises are the checkers that say fail.
func brokenPromises(r *reports.Report) []string {
	var out []string
	for _, f := range r.Findings {
		if f.Verdict == reports.Fail && !f.Info && !slices.Contains(out, f.Checker) {
			out = append(out, f.Checker)
		}
	}
	return out
}

func faultNames(p scenarios.Plan) string {
	var out []string
	for _, f := range p.Faults {
		out = append(out, f.ID)
	}
	return strings.Join(out, " ")
}

// shrunk writes the smallest part as a scenario of its own.
func (a *app) shrunk(found scenarios.Plan, s shrinking) error {
	found.Scenario.Name = strings.TrimSuffix(found.Scenario.Name, "-shrunk") + "-shrunk"
	body, err := found.Scenario.YAML()
	if err != nil {
		return err
	}
	path := filepath.Join(s.options.Dir, shrunkFile)
	head := fmt.Sprintf("# The smallest part of run %s that still fails: %d of %d faults.\n", s.options.ID, len(found.Faults), len(s.plan.Faults))
	if err := os.WriteFile(path, append([]byte(head), body...), 0o600); err != nil {
		return fmt.Errorf("write what was found: %w", err)
	}
	fmt.Fprintf(a.stdout, "smallest that still fails: %s (%d of %d faults)\nrun it again: holdfast run %s\n",
		faultNames(found), len(found.Faults), len(s.plan.Faults), path)
	return verdictError(reports.Fail)
}

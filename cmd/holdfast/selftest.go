package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"
	"github.com/spf13/cobra"

	"holdfast/fixtures/sim"
	"holdfast/reports"
	"holdfast/scenarios"
	"holdfast/scenarios/selftest"
)

type selftestFlags struct {
	selftest.Options
	list, json, markdown bool
}

func newSelftestCommand(a *app) *cobra.Command {
	var f selftestFlags
	cmd := &cobra.Command{
		Use:   "selftest",
		Short: "Measure holdfast itself: does it find the defects that are known?",
		Long: `Plant each known defect in the in-process twin, run the scenario that provokes it, and see whether the
checker that is there for it fails the run; the same scenario without a defect must not fail. No container
is needed. Exit code 0: every defect was found each time and nothing failed without one; 1 otherwise.

The twin, its clients and the checkers share this machine: give them one that has nothing else to do. A run
whose load could not be offered on time is made again, at most twice.`,
		Example: `  holdfast selftest
  holdfast selftest --defect code-twice --seeds 20
  holdfast selftest --list`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if f.list {
				return a.listDefects()
			}
			return a.selftest(cmd.Context(), f)
		},
	}
	cmd.Flags().IntVar(&f.Seeds, "seeds", 3, "runs of each defect and each control, with the seeds 1, 2, …")
	cmd.Flags().StringArrayVar(&f.Defects, "defect", nil, "only the defect called `NAME`; may be given again")
	cmd.Flags().IntVar(&f.Jobs, "jobs", 8, "runs at once: they wait more than they work")
	cmd.Flags().BoolVar(&f.list, "list", false, "list the defects and run nothing")
	cmd.Flags().BoolVar(&f.json, "json", false, "print the result as JSON")
	cmd.Flags().BoolVar(&f.markdown, "markdown", false, "print the table as Markdown")
	return cmd
}

// selftest runs what was asked for and prints what it showed.
func (a *app) selftest(ctx context.Context, f selftestFlags) error {
	for _, name := range f.Defects {
		if _, err := sim.FindDefect(name); err != nil {
			if near := scenarios.Nearest(name, sim.DefectNames()); near != "" {
				return hinted(fmt.Errorf("no defect %q", name), "did you mean --defect "+near+"?")
			}
			return err
		}
	}
	p := newProgress(a.stderr)
	f.Told = func(done, all int, at selftest.Attempt) {
		if at.Found && !p.live && done%20 != 0 && done != all {
			return
		}
		p.line("%7.1fs  %d of %d  %s", p.elapsed().Seconds(), done, all, attemptText(at))
	}
	ctx, stop := interruptible(ctx, func(s string) { p.line("holdfast: %s", s) })
	defer stop()
	result, err := selftest.Run(ctx, f.Options)
	p.end()
	if err != nil {
		return errors.Join(err, a.printSelftest(f, result)) // what there is
	}
	return a.concludeSelftest(f, result)
}

// concludeSelftest prints the result; one that is not as it should be ends the command as a fail.
func (a *app) concludeSelftest(f selftestFlags, result selftest.Result) error {
	if err := a.printSelftest(f, result); err != nil {
		return err
	}
	if !result.OK() {
		return verdict(reports.Fail)
	}
	return nil
}

func attemptText(at selftest.Attempt) string {
	what := at.Defect
	if what == "" {
		what = "control " + at.Trial
	}
	if at.Found {
		return fmt.Sprintf("%s, seed %d: as it should be", what, at.Seed)
	}
	return fmt.Sprintf("%s, seed %d: NOT as it should be (%s): %s", what, at.Seed, at.Verdict, at.Why)
}

func (a *app) printSelftest(f selftestFlags, r selftest.Result) error {
	switch {
	case f.json:
		out := json.NewEncoder(a.stdout)
		out.SetIndent("", "  ")
		return out.Encode(r)
	case f.markdown:
		printTrackRecord(a, r)
		return nil
	}
	table := a.plainTable()
	table.Header("defect", "expected finding", "scenario", "found", "time")
	for _, row := range r.Rows {
		if err := table.Append(row.Defect.Name, row.Defect.Finding, row.Trial, fmt.Sprintf("%d of %d", row.Found, row.Of), mean(row.Took, row.Of)); err != nil {
			return err
		}
	}
	for _, c := range r.Controls {
		if err := table.Append("none", "nothing fails", c.Trial, fmt.Sprintf("%d of %d", c.Clean, c.Of), mean(c.Took, c.Of)); err != nil {
			return err
		}
	}
	return table.Render()
}

// mean is the time of one run.
func mean(d time.Duration, n int) string {
	return scenarios.Brief((d / time.Duration(max(1, n))).Round(100 * time.Millisecond))
}

// printTrackRecord is the table of README.
func printTrackRecord(a *app, r selftest.Result) {
	fmt.Fprint(a.stdout, "| defect | what is wrong | found by | found | command |\n|---|---|---|---|---|\n")
	for _, row := range r.Rows {
		fmt.Fprintf(a.stdout, "| `%s` | %s | %s | %d of %d | `holdfast selftest --defect %s --seeds %d` |\n",
			row.Defect.Name, row.Defect.Title, row.Defect.Finding, row.Found, row.Of, row.Defect.Name, row.Of)
	}
}

func (a *app) listDefects() error {
	table := a.plainTable()
	table.Header("defect", "what is wrong", "expected finding", "scenario")
	for _, d := range sim.Defects() {
		t, _ := selftest.Provokes(d.Name)
		if err := table.Append(d.Name, d.Title, d.Finding, t.Name); err != nil {
			return err
		}
	}
	return table.Render()
}

// plainTable has no lines and leaves its text as it is.
func (a *app) plainTable() *tablewriter.Table {
	return tablewriter.NewTable(a.stdout,
		tablewriter.WithRenderer(renderer.NewBlueprint(tw.Rendition{
			Borders:  tw.BorderNone,
			Settings: tw.Settings{Separators: tw.SeparatorsNone, Lines: tw.Lines{ShowHeaderLine: tw.Off}},
		})),
		tablewriter.WithConfig(tablewriter.Config{
			Header: tw.CellConfig{Alignment: tw.CellAlignment{Global: tw.AlignLeft}},
			Row:    tw.CellConfig{Alignment: tw.CellAlignment{Global: tw.AlignLeft}},
		}),
	)
}

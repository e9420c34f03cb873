package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"holdfast/load"
	"holdfast/reports"
	"holdfast/scenarios"
)

type runFlags struct {
	bringUpFlags
	keep   bool
	shrink bool
}

func newRunCommand(a *app) *cobra.Command {
	var f runFlags
	cmd := &cobra.Command{
		Use:   "run NAME|FILE",
		Short: "Bring the deployment up, load it, break it, judge it",
		Long: `Bring the deployment up, load it, break it, judge it, and take it down again.

The seed is printed first: with it the same plan can be run again. Everything seen is written to a run
folder, which holdfast judge judges again without the deployment. Ctrl-C undoes what is broken, removes what
was made and writes what there is; a run cut short is never a pass. After a SIGKILL, holdfast clean does it.`,
		Example: `  holdfast run node-kill
  holdfast run node-kill --seed 7 --out /tmp/night
  holdfast run node-drain --keycloak-image registry.example/our-keycloak:26.7.3
  holdfast run my.yaml --set topology.keycloak.nodes=3 --set phases.before=2m
  holdfast run node-pause --on sim --time-scale 8`,
		Args: oneScenario,
		RunE: func(cmd *cobra.Command, args []string) error { return a.run(cmd.Context(), f, args[0]) },
	}
	f.add(cmd, "run `folder`")
	f.addSeed(cmd)
	f.addPlatform(cmd)
	cmd.Flags().BoolVar(&f.shrink, "shrink", false, "if the run fails, find the smallest part of its faults that still does (see holdfast shrink)")
	cmd.Flags().BoolVar(&f.keep, "keep", false, "leave the deployment up at the end (holdfast down removes it)")
	return cmd
}

func (a *app) run(ctx context.Context, f runFlags, name string) error {
	ready, err := f.prepare(name, "")
	if err != nil {
		return err
	}
	plan, err := f.plan(ready.scenario)
	if err != nil {
		return fmt.Errorf("plan %s: %w", ready.scenario.Name, err)
	}
	p := newProgress(a.stderr)
	p.line("%s on %s, seed %d, run %s", plan.Scenario.Name, ready.provider.Name(), plan.Seed, ready.id)
	p.line("about %v under load; evidence goes to %s", (time.Duration(float64(plan.Estimate) / f.timeScale)).Round(time.Second), ready.dir)
	for _, w := range plan.Warnings {
		p.line("warning: %s", w)
	}
	prioritize(ready.provider.Name(), p)
	ctx, stop := interruptible(ctx, func(s string) { p.line("holdfast: %s", s) })
	defer stop()
	options := scenarios.RunOptions{
		Provider: ready.provider, ID: ready.id, Dir: ready.dir, Version: version, Keep: f.keep, Subnet: f.subnet,
		TimeScale: f.timeScale, Stage: p.stage, Phase: p.phase, Status: p.status,
	}
	report, err := scenarios.Run(ctx, plan, options)
	p.end()
	err = a.conclusion(report, err, ready.dir)
	if f.shrink && report != nil && errors.Is(err, verdictError(reports.Fail)) {
		options.Keep = false
		return errors.Join(err, a.shrink(ctx, shrinking{plan: plan, report: report, options: options, limit: shrinkLimit}))
	}
	return err
}

// conclusion prints what there is of a report and says how the run ended. An interrupt is no
// failure of the harness: its report is incomplete, and says so.
func (a *app) conclusion(report *reports.Report, err error, dir string) error {
	if err != nil && (report == nil || !errors.Is(err, errInterrupted)) {
		return hinted(err, "the evidence so far is in "+dir, "holdfast doctor looks at the machine; holdfast clean removes what may be left")
	}
	if err := a.print(report); err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "evidence: %s\n", dir)
	return verdict(report.Verdict)
}

// print writes the report to stdout, in colour on a terminal.
func (a *app) print(report *reports.Report) error {
	return reports.Console(a.stdout, report, reports.ConsoleOptions{Color: newProgress(a.stdout).live})
}

// prioritize lets the load generator run before the deployment under test. Not on the twin: that
// is the same process, and with a priority it would keep everything else from the machine.
func prioritize(provider string, p *progress) {
	if provider == "sim" {
		return
	}
	if err := load.Prioritize(); err != nil {
		p.line("the load generator has no priority on this machine (%v); if it starts arrivals late, the verdict says so", err)
	}
}

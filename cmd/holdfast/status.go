package main

import (
	"context"
	"fmt"
	"time"

	"github.com/olekukonko/tablewriter"
	"github.com/spf13/cobra"

	"holdfast/fixtures"
	"holdfast/fixtures/docker"
)

func newStatusCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "status [RUN]",
		Short: "Show the deployments that are up and how their nodes are",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withRuns(cmd.Context(), args, func(p *docker.Provider, runs []docker.Run) error {
				if len(runs) == 0 {
					fmt.Fprintln(a.stdout, "nothing is up")
				}
				for _, r := range runs {
					if err := a.status(cmd.Context(), p, r); err != nil {
						return err
					}
				}
				return nil
			})
		},
	}
}

func (a *app) status(ctx context.Context, p *docker.Provider, r docker.Run) error {
	kept := ""
	if r.Keep {
		kept = ", kept"
	}
	fmt.Fprintf(a.stdout, "%s  up %v%s  %s\n", r.ID, time.Since(r.Created).Round(time.Second), kept, r.Dir)
	env, err := p.Attach(ctx, r.ID)
	if err != nil {
		return fmt.Errorf("look at %s: %w", r.ID, err)
	}
	table := tablewriter.NewTable(a.stdout)
	table.Header("node", "role", "address", "process", "serves")
	for _, n := range env.Nodes() {
		if err := table.Append(n.Name(), string(n.Role()), n.Addr().String(), process(ctx, n), serves(ctx, n)); err != nil {
			return fmt.Errorf("print status: %w", err)
		}
	}
	if err := table.Render(); err != nil {
		return fmt.Errorf("print status: %w", err)
	}
	return nil
}

func process(ctx context.Context, n fixtures.Node) string {
	s, err := n.State(ctx)
	switch {
	case err != nil:
		return "not known: " + err.Error()
	case s.Paused:
		return "paused"
	case !s.Running:
		return fmt.Sprintf("ended, exit code %d", s.ExitCode)
	}
	return "running for " + time.Since(s.StartedAt).Round(time.Second).String()
}

func serves(ctx context.Context, n fixtures.Node) string {
	if err := n.Ready(ctx); err != nil {
		return "no: " + err.Error()
	}
	return "yes"
}

// chosen is the runs that were named, or every run.
func chosen(ctx context.Context, p *docker.Provider, args []string) ([]docker.Run, error) {
	runs, err := p.Runs(ctx)
	if err != nil || len(args) == 0 {
		return runs, err
	}
	var known []string
	for _, r := range runs {
		if r.ID == args[0] {
			return []docker.Run{r}, nil
		}
		known = append(known, r.ID)
	}
	return nil, hinted(fmt.Errorf("no run %q is up", args[0]), fmt.Sprintf("up are %v", known))
}

package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"holdfast/fixtures/docker"
)

func newDownCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "down [RUN]",
		Short: "Remove a deployment that was kept",
		Long: `Remove a deployment that holdfast up or run --keep left up: its containers, networks and volumes. The run
folder stays. Without a name the only one there is goes.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withRuns(cmd.Context(), args, func(p *docker.Provider, runs []docker.Run) error {
				return a.down(cmd.Context(), p, runs)
			})
		},
	}
}

// down removes the one run there is.
func (a *app) down(ctx context.Context, p *docker.Provider, runs []docker.Run) error {
	switch len(runs) {
	case 0:
		fmt.Fprintln(a.stdout, "nothing is up")
		return nil
	case 1:
		return a.remove(ctx, p, runs[0])
	}
	var names []string
	for _, r := range runs {
		names = append(names, "holdfast down "+r.ID)
	}
	return hinted(errors.New("more than one deployment is up; say which"), names...)
}

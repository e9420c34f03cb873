package main

import (
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"holdfast/fixtures/shaper"
)

// newShapeLinksCommand is what the proxy node of a deployment runs; nobody else needs it.
func newShapeLinksCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:    shaper.Command + " FILE",
		Short:  "Run the TCP proxy of a deployment, inside its container",
		Hidden: true,
		Args:   cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGTERM, syscall.SIGINT)
			defer stop()
			return shaper.Run(ctx, args[0], a.stderr)
		},
	}
}

package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"holdfast/fixtures/docker"
)

func newDoctorCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "doctor",
		Short: "Say whether this machine is ready, and what to do if not",
		Long: `Look at everything a run needs: the container engine, memory and disk, images, what the kernel offers to faults, the
address range, leftovers of earlier runs. Each finding that is not fine comes with a remedy. Exit code 0 if a run
can be made, 2 if not.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			bad := 0
			for _, c := range docker.Doctor(cmd.Context()) {
				fmt.Fprintf(a.stdout, "%-5s %-22s %s\n", c.Level, c.Name, c.Seen)
				if c.Remedy != "" {
					fmt.Fprintf(a.stdout, "      %-22s → %s\n", "", c.Remedy)
				}
				if c.Level == docker.Fail {
					bad++
				}
			}
			if bad > 0 {
				return errors.New(count(bad, "thing") + " must be mended before a run")
			}
			return nil
		},
	}
}

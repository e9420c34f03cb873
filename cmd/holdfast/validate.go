package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"holdfast/scenarios"
)

func newValidateCommand(a *app) *cobra.Command {
	var flags scenarioFlags
	cmd := &cobra.Command{
		Use:   "validate FILE|NAME…",
		Short: "Check scenarios without running them",
		Long: `Check scenarios without running them. Everything that is wrong is reported at once, each with
file, line and column, the line itself, and what was probably meant. Exits 2 if anything is wrong.`,
		Example: `  holdfast validate my.yaml
  holdfast validate scenarios/*.yaml
  holdfast validate node-kill --set topology.keycloak.nodes=3`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return nil
			}
			return oneScenario(cmd, args)
		},
		RunE: func(_ *cobra.Command, args []string) error { return a.validate(&flags, args) },
	}
	flags.addSets(cmd)
	return cmd
}

// validate checks every scenario named, also after one that is wrong.
func (a *app) validate(flags *scenarioFlags, args []string) error {
	var all scenarios.Problems
	var other error
	for _, arg := range args {
		_, err := flags.load(arg)
		var problems scenarios.Problems
		switch {
		case err == nil:
			fmt.Fprintf(a.stdout, "%s: ok\n", arg)
		case errors.As(err, &problems):
			all = append(all, problems...)
		case other == nil:
			other = err
		default:
			a.complain(err)
		}
	}
	if other != nil && len(all) > 0 {
		a.complain(other)
		other = nil
	}
	if len(all) > 0 {
		return all
	}
	return other
}

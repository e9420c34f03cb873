package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"holdfast/scenarios"
)

const about = `holdfast proves, or disproves, that a Keycloak deployment stays up.

It brings a whole deployment up in containers (Keycloak nodes, Postgres with a replica, balancers
behind a health-checked name), drives real OIDC traffic at it, breaks it on purpose, and answers
one question with evidence: did the people who were logged in, or logging in, notice?

Exit codes: 0 pass, 1 fail, 2 holdfast broke or was used wrongly, 3 inconclusive.`

const firstSteps = `  holdfast doctor                    is this machine ready?
  holdfast list                      the scenarios there are
  holdfast plan node-kill            what one would do; touches nothing
  holdfast run node-kill             do it and judge it
  holdfast run my.yaml --seed 7      your own scenario, with the choices of seed 7
  holdfast clean                     undo and remove what an earlier run left behind`

// commands is every command there is, in the order of the help: one line for one more.
var commands = []func(*app) *cobra.Command{
	newListCommand,
	newValidateCommand,
	newPlanCommand,
	newSchemaCommand,
	newRunCommand,
	newJudgeCommand,
	newShrinkCommand,
	newUpCommand,
	newStatusCommand,
	newDownCommand,
	newCleanCommand,
	newDoctorCommand,
	newSelftestCommand,
	newShapeLinksCommand,
}

func newRootCommand(a *app) *cobra.Command {
	root := &cobra.Command{
		Use:           "holdfast",
		Short:         "Prove that a Keycloak deployment stays up",
		Long:          about,
		Example:       firstSteps,
		Version:       version,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          knownCommand,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cobra.EnableCommandSorting = false
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	root.SetFlagErrorFunc(flagError)
	root.SetVersionTemplate("holdfast {{.Version}}\n")
	for _, c := range commands {
		root.AddCommand(c(a))
	}
	return root
}

// knownCommand answers a command that is not there with the nearest one that is.
func knownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var names []string
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			names = append(names, c.Name())
		}
	}
	err := fmt.Errorf("no command %q", args[0])
	if near := scenarios.Nearest(args[0], names); near != "" {
		return hinted(err, "did you mean holdfast "+near+"?")
	}
	return hinted(err, "there are "+strings.Join(names, ", "))
}

// flagError answers a flag that is not there with the nearest one that is.
func flagError(cmd *cobra.Command, err error) error {
	help := cmd.CommandPath() + " --help says what there is"
	var missing *pflag.NotExistError
	if !errors.As(err, &missing) {
		return hinted(err, help)
	}
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	if near := scenarios.Nearest(missing.GetSpecifiedName(), names); near != "" {
		return hinted(err, "did you mean --"+near+"?", help)
	}
	return hinted(err, help)
}

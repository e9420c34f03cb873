package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"holdfast/reports"
	"holdfast/scenarios"
)

func newSchemaCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "schema [scenario|result]",
		Short: "Print the JSON Schema of scenario files or of result.json",
		Long: `Print the JSON Schema of scenario files (the default) or of a run's result.json. With it an editor
completes and checks a scenario as it is written.`,
		Example: `  holdfast schema > holdfast.schema.json
  # then, as the first line of a scenario:
  # yaml-language-server: $schema=holdfast.schema.json
  holdfast schema result`,
		ValidArgs: []string{"scenario", "result"},
		Args:      cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			out := scenarios.Schema
			if len(args) == 1 {
				switch args[0] {
				case "scenario":
				case "result":
					out = reports.ResultSchema
				default:
					return hinted(fmt.Errorf("no schema of %q", args[0]), "there are scenario and result")
				}
			}
			_, err := a.stdout.Write(out())
			return err
		},
	}
}

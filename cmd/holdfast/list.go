package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"
	"github.com/spf13/cobra"

	"holdfast/scenarios"
)

func newListCommand(a *app) *cobra.Command {
	var names bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the built-in scenarios",
		Long: `List the built-in scenarios: what each proves, what it breaks, and how long it takes once the
deployment is up. Those called controls must fail: they show that holdfast can see a failure.`,
		Example: `  holdfast list
  for s in $(holdfast list --names); do holdfast plan $s; done`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if names {
				for _, s := range scenarios.Catalogue() {
					fmt.Fprintln(a.stdout, s.Name)
				}
				return nil
			}
			return a.printCatalogue(scenarios.Catalogue())
		},
	}
	cmd.Flags().BoolVar(&names, "names", false, "only the names, a line each")
	return cmd
}

func (a *app) printCatalogue(all []scenarios.Scenario) error {
	table := tablewriter.NewTable(a.stdout,
		tablewriter.WithRenderer(renderer.NewBlueprint(tw.Rendition{
			Borders:  tw.BorderNone,
			Settings: tw.Settings{Separators: tw.SeparatorsNone, Lines: tw.Lines{ShowHeaderLine: tw.Off}},
		})),
		tablewriter.WithConfig(tablewriter.Config{
			Header: tw.CellConfig{Alignment: tw.CellAlignment{Global: tw.AlignLeft}},
			Row: tw.CellConfig{
				Alignment:    tw.CellAlignment{Global: tw.AlignLeft},
				Formatting:   tw.CellFormatting{AutoWrap: tw.WrapNormal},
				ColMaxWidths: tw.CellWidth{PerColumn: tw.NewMapper[int, int]().Set(1, 58).Set(2, 26)},
			},
		}),
	)
	table.Header("name", "what it proves", "faults", "takes")
	for _, s := range all {
		plan, err := s.Plan(1)
		if err != nil {
			return fmt.Errorf("plan %s: %w", s.Name, err)
		}
		if err := table.Append(s.Name, s.Description, faultsOf(s), scenarios.Brief(plan.Estimate.Round(time.Second))); err != nil {
			return fmt.Errorf("list %s: %w", s.Name, err)
		}
	}
	return table.Render()
}

// faultsOf is what a scenario breaks, in a few words.
func faultsOf(s scenarios.Scenario) string {
	var out []string
	for _, f := range s.Faults {
		out = append(out, fmt.Sprintf("%s %s for %s", f.Kind, f.Target, scenarios.Brief(f.For)))
	}
	if len(out) == 0 {
		return "none"
	}
	return strings.Join(out, ", ")
}

package main

import (
	"cmp"
	"fmt"
	"slices"
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

// groups are the headings of the list, in their order. A scenario of none of them comes last.
var groups = []string{"load", "Keycloak nodes", "database", "caches", "balancers and DNS", "network", "sites", "controls"}

// printCatalogue prints a table for each group, all with columns of the same width.
func (a *app) printCatalogue(all []scenarios.Scenario) error {
	place := func(s scenarios.Scenario) int {
		if i := slices.Index(groups, s.Group); i >= 0 {
			return i
		}
		return len(groups)
	}
	slices.SortStableFunc(all, func(x, y scenarios.Scenario) int { return cmp.Compare(place(x), place(y)) })
	for len(all) > 0 {
		n := slices.IndexFunc(all, func(s scenarios.Scenario) bool { return place(s) != place(all[0]) })
		if n < 0 {
			n = len(all)
		}
		fmt.Fprintf(a.stdout, "%s\n", cmp.Or(all[0].Group, "others"))
		if err := a.printGroup(all[:n]); err != nil {
			return err
		}
		all = all[n:]
	}
	return nil
}

func (a *app) printGroup(group []scenarios.Scenario) error {
	table := tablewriter.NewTable(a.stdout,
		tablewriter.WithRenderer(renderer.NewBlueprint(tw.Rendition{
			Borders:  tw.BorderNone,
			Settings: tw.Settings{Separators: tw.SeparatorsNone, Lines: tw.Lines{ShowHeaderLine: tw.Off}},
		})),
		tablewriter.WithConfig(tablewriter.Config{
			Widths: tw.CellWidth{PerColumn: tw.NewMapper[int, int]().Set(0, 22).Set(1, 62).Set(2, 30).Set(3, 9)},
			Row: tw.CellConfig{
				Alignment:  tw.CellAlignment{Global: tw.AlignLeft},
				Formatting: tw.CellFormatting{AutoWrap: tw.WrapNormal},
			},
		}),
	)
	for _, s := range group {
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
	if s.Walk != nil {
		out = append(out, fmt.Sprintf("%d that the seed chooses", s.Walk.Faults))
	}
	if len(out) == 0 {
		return "none"
	}
	return strings.Join(out, ", ")
}

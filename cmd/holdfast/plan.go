package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

func newPlanCommand(a *app) *cobra.Command {
	var flags scenarioFlags
	cmd := &cobra.Command{
		Use:   "plan NAME|FILE",
		Short: "Show what a run would do; touches nothing",
		Long: `Show what a run would do: its phases, the traffic, which node each fault hits and when, and what
is promised. Nothing is touched. The same scenario and seed always give the same plan.`,
		Example: `  holdfast plan node-kill
  holdfast plan node-kill --seed 7
  holdfast plan node-drain --set topology.keycloak.nodes=3 --set faults[0].min_serving=2
  holdfast plan my.yaml --set 'faults=[{kind: kill, target: kc-1, for: 10s}]'`,
		Args: oneScenario,
		RunE: func(_ *cobra.Command, args []string) error {
			s, err := flags.load(args[0])
			if err != nil {
				return err
			}
			plan, err := flags.plan(s)
			if err != nil {
				return fmt.Errorf("plan %s: %w", s.Name, err)
			}
			fmt.Fprint(a.stdout, plan)
			return nil
		},
	}
	flags.addSets(cmd)
	flags.addSeed(cmd)
	return cmd
}

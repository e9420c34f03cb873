package main

import (
	"errors"
	"math/rand/v2"

	"github.com/spf13/cobra"

	"holdfast/scenarios"
)

// scenarioFlags are the flags of every command that takes a scenario.
type scenarioFlags struct {
	sets []string
	seed uint64
}

func (f *scenarioFlags) addSets(cmd *cobra.Command) {
	// Not a slice flag: those split at commas, which values may hold.
	cmd.Flags().StringArrayVar(&f.sets, "set", nil, "change a value: `path=value`, such as faults[0].for=30s (repeatable)")
}

func (f *scenarioFlags) addSeed(cmd *cobra.Command) {
	cmd.Flags().Uint64Var(&f.seed, "seed", 0, "explains everything random; 0 takes the scenario's, or chooses one")
}

// load reads the scenario with its settings.
func (f *scenarioFlags) load(nameOrPath string) (*scenarios.Scenario, error) {
	s, err := scenarios.Load(nameOrPath, f.sets)
	var unknown *scenarios.UnknownError
	if errors.As(err, &unknown) {
		return nil, hinted(err, "holdfast list shows the built-in scenarios; a file of your own is given by its path")
	}
	return s, err
}

// plan makes the plan with the seed of the flag, else the scenario's, else a chosen one.
func (f *scenarioFlags) plan(s *scenarios.Scenario) (scenarios.Plan, error) {
	seed := f.seed
	if seed == 0 {
		seed = s.Seed
	}
	if seed == 0 {
		seed = 1 + rand.Uint64N(999_999_999) // few enough digits to type again
	}
	return s.Plan(seed)
}

// oneScenario wants exactly one argument and says which.
func oneScenario(cmd *cobra.Command, args []string) error {
	if len(args) == 1 {
		return nil
	}
	return hinted(errors.New("one scenario is wanted: a name or a file"),
		cmd.CommandPath()+" node-kill, for example", "holdfast list shows the built-in scenarios")
}

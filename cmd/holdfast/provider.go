package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"holdfast/fixtures"
	"holdfast/fixtures/docker"
	"holdfast/fixtures/sim"
	"holdfast/scenarios"
)

// deployFlags are the flags of every command that brings something up.
type deployFlags struct {
	on        string
	timeScale float64
	image     string
	subnet    string
}

func (f *deployFlags) addDeploy(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.image, "keycloak-image", "", "your own Keycloak `image` under test: anything with kc.sh as its entry point")
	cmd.Flags().StringVar(&f.subnet, "subnet", "", "take container networks from this `CIDR` (default 198.18.0.0/15)")
}

func (f *deployFlags) addPlatform(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.on, "on", "docker", "`platform`: docker (real containers) or sim (the in-process twin; its verdicts are marked as simulated)")
	cmd.Flags().Float64Var(&f.timeScale, "time-scale", 1, "divide every wait by this (with --on sim only)")
}

// provider is the platform that was asked for.
func (f *deployFlags) provider() (fixtures.Provider, error) {
	switch {
	case f.on == "sim" && f.timeScale >= 1:
		return sim.New(sim.Options{TimeScale: f.timeScale}), nil
	case f.on == "sim":
		return nil, fmt.Errorf("--time-scale %v: a twin can be as slow as the real thing (1) or faster", f.timeScale)
	case f.on != "docker" && f.on != "":
		err := fmt.Errorf("no platform %q", f.on)
		if near := scenarios.Nearest(f.on, []string{"docker", "sim"}); near != "" {
			return nil, hinted(err, "did you mean --on "+near+"?")
		}
		return nil, hinted(err, "there are docker and sim")
	case f.timeScale != 0 && f.timeScale != 1:
		return nil, hinted(errors.New("--time-scale changes the time of the twin; containers keep real time"), "add --on sim")
	}
	return docker.New(docker.Options{})
}

// change puts what the flags say into the topology.
func (f *deployFlags) change(t *fixtures.Topology) {
	if f.image != "" {
		t.Keycloak.Image = f.image
	}
}

package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"holdfast/fixtures"
	"holdfast/fixtures/docker"
	"holdfast/scenarios"
)

// bringUpFlags are the flags of every command that brings a scenario's deployment up.
type bringUpFlags struct {
	scenarioFlags
	deployFlags
	out string
}

func (f *bringUpFlags) add(cmd *cobra.Command, folder string) {
	f.addSets(cmd)
	f.addDeploy(cmd)
	cmd.Flags().StringVar(&f.out, "out", "", folder+" (default runs/<id>)")
}

// prepared is a scenario that can be brought up: on what, as which run, with which folder.
type prepared struct {
	scenario *scenarios.Scenario
	provider fixtures.Provider
	id       string
	dir      string
}

// prepare reads the scenario, changes it as the flags say and finds its platform. The run is
// called after called, or after the scenario.
func (f *bringUpFlags) prepare(name, called string) (prepared, error) {
	var p prepared
	var err error
	if p.scenario, err = f.load(name); err != nil {
		return p, err
	}
	f.change(&p.scenario.Topology)
	if p.provider, err = f.provider(); err != nil {
		return p, err
	}
	if called == "" {
		called = p.scenario.Name
	}
	p.id = runID(called)
	p.dir, err = runFolder(f.out, p.id)
	return p, err
}

// runID is unique enough to mark resources with, sorts by time and says what was run.
func runID(scenario string) string {
	var b [2]byte
	_, _ = rand.Read(b[:]) // never fails, says its documentation
	return fmt.Sprintf("%s-%s-%s", scenario, time.Now().UTC().Format("20060102-150405"), hex.EncodeToString(b[:]))
}

func runFolder(out, id string) (string, error) {
	if out == "" {
		out = filepath.Join("runs", id)
	}
	dir, err := filepath.Abs(out)
	if err != nil {
		return "", fmt.Errorf("run folder %s: %w", out, err)
	}
	return dir, nil
}

// withRuns gives do the runs that were named, or every run that left something on the engine.
func withRuns(ctx context.Context, named []string, do func(*docker.Provider, []docker.Run) error) error {
	p, err := docker.New(docker.Options{})
	if err != nil {
		return err
	}
	runs, err := chosen(ctx, p, named)
	if err != nil {
		return err
	}
	return do(p, runs)
}

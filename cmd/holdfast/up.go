package main

import (
	"context"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"holdfast/fixtures"
	"holdfast/fixtures/docker"
)

type upFlags struct {
	scenarioFlags
	deployFlags
	out string
}

func newUpCommand(a *app) *cobra.Command {
	var f upFlags
	cmd := &cobra.Command{
		Use:   "up [NAME|FILE]",
		Short: "Bring a deployment up and keep it, for work by hand",
		Long: `Bring the topology of a scenario (default: steady) up, prove it ready and keep it. What is needed to use it is
printed: the name, its DNS server, the CA, a user. holdfast status shows it, holdfast down removes it.`,
		Example: `  holdfast up
  holdfast up node-kill --set topology.keycloak.nodes=3`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			name := "steady"
			if len(args) == 1 {
				name = args[0]
			}
			return a.up(cmd.Context(), f, name)
		},
	}
	f.addSets(cmd)
	f.addDeploy(cmd)
	cmd.Flags().StringVar(&f.out, "out", "", "`folder` for logs and the CA (default runs/<id>)")
	return cmd
}

func (a *app) up(ctx context.Context, f upFlags, name string) error {
	s, err := f.load(name)
	if err != nil {
		return err
	}
	f.change(&s.Topology)
	provider, err := docker.New(docker.Options{})
	if err != nil {
		return err
	}
	id := runID("up")
	dir, err := runFolder(f.out, id)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make folder: %w", err)
	}
	p := newProgress(a.stderr)
	ctx, stop := interruptible(ctx, func(s string) { p.line("holdfast: %s", s) })
	defer stop()
	env, err := provider.Up(ctx, s.Topology, fixtures.UpOptions{Run: id, Dir: dir, Keep: true, Subnet: f.subnet, Stage: p.stage})
	p.end()
	if err != nil {
		return err
	}
	return a.tell(env, dir)
}

// tell prints what a person needs to use the deployment by hand.
func (a *app) tell(env fixtures.Environment, dir string) error {
	ca := filepath.Join(dir, "ca.pem")
	if err := writeCA(env, ca); err != nil {
		return err
	}
	door := env.FrontDoor()
	user := door.User(0)
	fmt.Fprintf(a.stdout, "run        %s\nname       %s\ndns        %v\nca         %s\nrealm      %s\nuser       %s, password %s\n",
		env.Run(), door.URL, door.Servers, ca, door.Realm, user.Name, user.Password)
	for _, n := range env.Nodes() {
		fmt.Fprintf(a.stdout, "%-10s %s (%s)\n", n.Name(), n.Addr(), n.Role())
	}
	fmt.Fprintf(a.stdout, "\nholdfast status %s   shows it\nholdfast down %s     removes it\n", env.Run(), env.Run())
	return nil
}

func writeCA(env fixtures.Environment, path string) error {
	var out []byte
	for _, der := range env.FrontDoor().CA {
		out = append(out, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...)
	}
	if err := os.WriteFile(path, out, 0o600); err != nil {
		return fmt.Errorf("write the CA: %w", err)
	}
	return nil
}

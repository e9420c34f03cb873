package main

import (
	"context"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"holdfast/chaos"
	"holdfast/fixtures"
)

func newUpCommand(a *app) *cobra.Command {
	var f bringUpFlags
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
	f.add(cmd, "`folder` for logs and the CA")
	return cmd
}

func (a *app) up(ctx context.Context, f bringUpFlags, name string) error {
	ready, err := f.prepare(name, "up")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(ready.dir, 0o700); err != nil {
		return fmt.Errorf("make folder: %w", err)
	}
	// While the journal is open, clean leaves the run alone: it goes on.
	journal, err := chaos.CreateJournal(filepath.Join(ready.dir, chaos.JournalFile), ready.id, ready.provider.Name())
	if err != nil {
		return err
	}
	defer func() { _ = journal.Close() }()
	p := newProgress(a.stderr)
	ctx, stop := interruptible(ctx, func(s string) { p.line("holdfast: %s", s) })
	defer stop()
	env, err := ready.provider.Up(ctx, ready.scenario.Topology,
		fixtures.UpOptions{Run: ready.id, Dir: ready.dir, Keep: true, Subnet: f.subnet, Stage: p.stage})
	p.end()
	if err != nil {
		return err
	}
	return a.tell(env, ready.dir)
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

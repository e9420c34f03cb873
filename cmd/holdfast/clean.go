package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/spf13/cobra"

	"holdfast/chaos"
	"holdfast/fixtures/docker"
)

func newCleanCommand(a *app) *cobra.Command {
	var all bool
	cmd := &cobra.Command{
		Use:   "clean",
		Short: "Undo and remove what earlier runs left behind",
		Long: `Undo and remove what runs left behind that were killed or lost their machine. A run that still goes on is left
alone. A deployment that was kept stays, and disruptions still in force on it are undone from its journal, until all
that was hit serves again; with --all it goes too. Database states and class archives that newer ones have taken the place of go as well, if no
container uses them. A second clean finds nothing to do.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			p, err := docker.New(docker.Options{})
			if err != nil {
				return err
			}
			runs, err := p.Runs(cmd.Context())
			if err != nil {
				return err
			}
			done := 0
			var errs []error
			for _, r := range runs {
				did, err := a.cleanRun(cmd.Context(), p, r, all)
				if did {
					done++
				}
				errs = append(errs, err)
			}
			pruned, err := p.Prune(cmd.Context())
			for _, name := range pruned {
				fmt.Fprintf(a.stdout, "removed image %s: a newer one is there\n", name)
			}
			errs = append(errs, err)
			if done+len(pruned) == 0 && errors.Join(errs...) == nil {
				fmt.Fprintln(a.stdout, "nothing to clean")
			}
			return errors.Join(errs...)
		},
	}
	cmd.Flags().BoolVar(&all, "all", false, "remove kept deployments too")
	return cmd
}

// cleanRun says whether there was something to do.
func (a *app) cleanRun(ctx context.Context, p *docker.Provider, r docker.Run, all bool) (bool, error) {
	journal, story, err := chaos.Reopen(filepath.Join(r.Dir, chaos.JournalFile))
	switch {
	case errors.Is(err, chaos.ErrLive):
		fmt.Fprintf(a.stdout, "%s still goes on; left alone\n", r.ID)
		return false, nil
	case errors.Is(err, fs.ErrNotExist):
		// A deployment made by up has no journal; of any other the folder was removed.
	case err != nil:
		fmt.Fprintf(a.stderr, "holdfast: %v; going by labels alone\n", err)
	}
	if journal != nil {
		defer func() { _ = journal.Close() }()
	}
	if r.Keep && !all {
		return a.mend(ctx, p, r, journal, story)
	}
	if err := a.remove(ctx, p, r); err != nil {
		return true, err
	}
	if journal != nil {
		return true, journal.Down()
	}
	return true, nil
}

// mend undoes the disruptions still in force on a kept deployment, and removes what single acts left.
func (a *app) mend(ctx context.Context, p *docker.Provider, r docker.Run, journal *chaos.Journal, story chaos.Story) (bool, error) {
	swept, err := p.Sweep(ctx, r.ID)
	if err != nil {
		return true, fmt.Errorf("clean %s: %w", r.ID, err)
	}
	if journal == nil || len(story.Open) == 0 {
		if swept > 0 {
			fmt.Fprintf(a.stdout, "%s: removed %d helper containers\n", r.ID, swept)
		}
		fmt.Fprintf(a.stdout, "%s is kept; left alone (--all removes it)\n", r.ID)
		return swept > 0, nil
	}
	env, err := p.Attach(ctx, r.ID)
	if err != nil {
		return true, fmt.Errorf("clean %s: %w", r.ID, err)
	}
	fmt.Fprintf(a.stderr, "%s: undoing %d, until all that was hit serves again (at most 3 minutes)\n", r.ID, len(story.Open))
	undone, err := journal.Replay(ctx, story, env)
	for _, id := range undone {
		fmt.Fprintf(a.stdout, "%s: undid %s\n", r.ID, id)
	}
	// What the killed process had asked the engine for may have come only now.
	_, late := p.Sweep(ctx, r.ID)
	return true, errors.Join(err, late)
}

// remove removes all that carries the run's label and says so.
func (a *app) remove(ctx context.Context, p *docker.Provider, r docker.Run) error {
	if err := p.Remove(ctx, r.ID); err != nil {
		return fmt.Errorf("remove %s: %w", r.ID, err)
	}
	fmt.Fprintf(a.stdout, "removed %s\n", r.ID)
	return nil
}

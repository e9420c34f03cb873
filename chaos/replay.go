package chaos

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"time"

	"holdfast/fixtures"
	"holdfast/reports/wal"
)

// Story is what a journal says of its run.
type Story struct {
	Run      string
	Provider string
	Open     []Entry // intents not undone, oldest first
	Down     bool    // the environment was removed
}

// ReadJournal reads the journal at path; a torn last record is a disruption that never began.
func ReadJournal(path string) (Story, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return Story{}, fmt.Errorf("read journal: %w", err)
	}
	var s Story
	_, corrupt, err := wal.Scan(data, func(body []byte) error {
		var e Entry
		if err := json.Unmarshal(body, &e); err != nil {
			return fmt.Errorf("read journal %s: %w", path, err)
		}
		s.add(e)
		return nil
	})
	if err == nil && corrupt > 0 {
		err = fmt.Errorf("read journal %s: %d damaged records", path, corrupt)
	}
	return s, err
}

func (s *Story) add(e Entry) {
	switch e.Act {
	case "run":
		s.Run, s.Provider = e.Run, e.Provider
	case "intent":
		s.Open = append(s.Open, e)
	case "undone":
		for i, o := range s.Open {
			if o.ID == e.ID {
				s.Open = append(s.Open[:i], s.Open[i+1:]...)
				break
			}
		}
	case "down":
		s.Down, s.Open = true, nil
	}
}

// Reopen opens an existing journal to continue it: it returns [ErrLive] if the process that
// wrote it still holds it.
func Reopen(path string) (*Journal, Story, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_APPEND, 0o600)
	if err != nil {
		return nil, Story{}, fmt.Errorf("open journal: %w", err)
	}
	if err := lock(f); err != nil {
		f.Close()
		return nil, Story{}, err
	}
	s, err := ReadJournal(path)
	if err != nil {
		f.Close()
		return nil, Story{}, err
	}
	return &Journal{f: f}, s, nil
}

const (
	// replayLimit bounds the undoing of a killed run's disruptions, replayOnce one try of it.
	replayLimit = 3 * time.Minute
	replayOnce  = 45 * time.Second
	// replaySteady is how long everything has to have healed: what the killed process had asked of
	// an engine or a server may take effect only after the first look.
	replaySteady = 2 * time.Second
)

// Replay undoes every open intent of the story on env, newest first, until every target serves as
// before and has for a while, and records it. It goes on after an error; what could not be undone
// within three minutes stays open.
func (j *Journal) Replay(ctx context.Context, s Story, env fixtures.Environment) (undone []string, err error) {
	ctx, cancel := context.WithTimeout(ctx, replayLimit)
	defer cancel()
	var errs []error
	var todo []*mending
	for _, e := range slices.Backward(s.Open) {
		m, err := mend(ctx, e, env)
		if err != nil {
			errs = append(errs, fmt.Errorf("undo %s: %w", e.ID, err))
			continue
		}
		todo = append(todo, m) // also if only some of its targets are left
	}
	mendAll(ctx, todo)
	for _, m := range todo {
		err := errors.Join(m.lost, m.err)
		if err == nil {
			undone = append(undone, m.entry.ID)
			err = j.Undone(m.entry.ID)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("undo %s: %w", m.entry.ID, err))
		}
	}
	return undone, errors.Join(errs...)
}

// mending is the undo of one intent of a process that is no more.
type mending struct {
	entry   Entry
	fault   Fault
	targets []Target
	lost    error // targets that cannot be undone: not there, or not ours
	err     error // why it is not over yet on the others
}

func mend(ctx context.Context, e Entry, env fixtures.Environment) (*mending, error) {
	f, err := New(e.Kind, e.Settings)
	if err != nil {
		return nil, err
	}
	m := &mending{entry: e, fault: f}
	var errs []error
	for _, name := range e.Targets {
		n, err := fixtures.Find(env, name)
		if err == nil {
			err = n.Owned(ctx)
		}
		if err != nil {
			errs = append(errs, err)
			continue
		}
		m.targets = append(m.targets, Target{Env: env, Node: n})
	}
	m.lost = errors.Join(errs...)
	return m, nil
}

// mendAll undoes again and again, because one disruption may keep another's targets from healing,
// until all have healed for a while or ctx ends.
func mendAll(ctx context.Context, all []*mending) {
	healed := 0 // rounds in a row
	for healed < 2 && len(all) > 0 {
		healed++
		for _, m := range all {
			if m.err = m.once(ctx); m.err != nil {
				healed = 0
			}
		}
		wait := replaySteady
		if healed == 0 {
			wait = poll
		}
		if healed < 2 && pause(ctx, wait) != nil {
			return
		}
	}
}

// once undoes on every target and looks whether it has healed.
func (m *mending) once(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, replayOnce)
	defer cancel()
	errs := make([]error, len(m.targets))
	var wg sync.WaitGroup
	for i, t := range m.targets {
		wg.Go(func() { errs[i] = m.fault.Undo(ctx, t) })
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	a := act{Step: Step{Fault: m.fault}}
	for i, t := range m.targets {
		if err := a.healed(ctx, t); err != nil {
			errs[i] = fmt.Errorf("%s was undone and has not healed: %w", t.Node.Name(), err)
		}
	}
	return errors.Join(errs...)
}

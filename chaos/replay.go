package chaos

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"

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

// Replay undoes every open intent of the story on env, newest first, and records it. It goes on
// after an error; what could not be undone stays open.
func (j *Journal) Replay(ctx context.Context, s Story, env fixtures.Environment) (undone []string, err error) {
	var errs []error
	for i := len(s.Open) - 1; i >= 0; i-- {
		e := s.Open[i]
		if err := replay(ctx, e, env); err != nil {
			errs = append(errs, fmt.Errorf("undo %s: %w", e.ID, err))
			continue
		}
		if err := j.Undone(e.ID); err != nil {
			errs = append(errs, err)
		}
		undone = append(undone, e.ID)
	}
	return undone, errors.Join(errs...)
}

func replay(ctx context.Context, e Entry, env fixtures.Environment) error {
	f, err := New(e.Kind, e.Settings)
	if err != nil {
		return err
	}
	var errs []error
	for _, name := range e.Targets {
		n, err := fixtures.Find(env, name)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if err := n.Owned(ctx); err != nil {
			errs = append(errs, err)
			continue
		}
		errs = append(errs, f.Undo(ctx, Target{Env: env, Node: n}))
	}
	return errors.Join(errs...)
}

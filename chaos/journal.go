package chaos

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sync"
	"syscall"
	"time"

	"holdfast/reports/wal"
)

// JournalFile is the journal's name in a run folder.
const JournalFile = "journal.jsonl"

// ErrLive means that the process that owns a journal is still there.
var ErrLive = errors.New("the run is still going on")

// Entry is one record of the journal.
type Entry struct {
	At       time.Time       `json:"at"`
	Act      string          `json:"act"` // "run", "intent", "done", "undone", "down"
	Run      string          `json:"run,omitempty"`
	ID       string          `json:"id,omitempty"`
	Kind     string          `json:"kind,omitempty"`
	Targets  []string        `json:"targets,omitempty"`
	Settings json.RawMessage `json:"settings,omitempty"`
	Provider string          `json:"provider,omitempty"`
	PID      int             `json:"pid,omitempty"`
}

// A Journal is the write-ahead record of every disruption of a run: intent reaches the disk
// before the act, so that another process can undo it. While it is open its file is locked.
type Journal struct {
	mu sync.Mutex
	f  *os.File
}

// CreateJournal begins the journal of a run in its folder. Nothing may be made before it
// returns.
func CreateJournal(path, run, provider string) (*Journal, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("create journal: %w", err)
	}
	if err := lock(f); err != nil {
		f.Close()
		return nil, fmt.Errorf("lock journal %s: %w", path, err)
	}
	j := &Journal{f: f}
	if err := j.write(Entry{Act: "run", Run: run, Provider: provider, PID: os.Getpid()}); err != nil {
		f.Close()
		return nil, err
	}
	return j, nil
}

func lock(f *os.File) error {
	err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return ErrLive
	}
	return err
}

// Intent records what is about to be done; it is on disk when Intent returns.
func (j *Journal) Intent(id string, f Fault, targets []string) error {
	settings, err := json.Marshal(f)
	if err != nil {
		return fmt.Errorf("journal %s: %w", id, err)
	}
	return j.write(Entry{Act: "intent", ID: id, Kind: f.Kind(), Targets: targets, Settings: settings})
}

// Done records that the act returned.
func (j *Journal) Done(id string) error { return j.write(Entry{Act: "done", ID: id}) }

// Undone records that the disruption was taken back and the effect of that seen.
func (j *Journal) Undone(id string) error { return j.write(Entry{Act: "undone", ID: id}) }

// Down records that the environment was removed: nothing is left to undo.
func (j *Journal) Down() error { return j.write(Entry{Act: "down"}) }

// Close releases the journal. The file stays.
func (j *Journal) Close() error { return j.f.Close() }

func (j *Journal) write(e Entry) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	e.At = time.Now()
	line, err := wal.Line(e)
	if err != nil {
		return fmt.Errorf("journal %s: %w", e.Act, err)
	}
	if _, err := j.f.Write(line); err != nil {
		return fmt.Errorf("write journal: %w", err)
	}
	if err := j.f.Sync(); err != nil {
		return fmt.Errorf("sync journal: %w", err)
	}
	return nil
}

package reports

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"holdfast/chaos"
	"holdfast/load"
	"holdfast/reports/wal"
)

// HistoryFile is the History's name in a run folder.
const HistoryFile = "history.jsonl"

// flushEvery is how much of a run a crash may cost.
const flushEvery = 500 * time.Millisecond

// ErrEnded means that a record came after the end record; it was not written.
var ErrEnded = errors.New("the history has ended")

// A Writer appends what happens to the History on disk, from many goroutines at once. Records
// reach the disk within a second; marks, injections, metas and the end record at once. A failed
// write is kept for Err and Close, and nothing is written after it: the History then has no end
// record and is never a pass.
type Writer struct {
	file *os.File
	stop chan struct{}
	done chan struct{}

	mu    sync.Mutex // guards what follows; never held while the disk is waited for
	buf   []byte
	ended bool
	err   error

	disk  sync.Mutex // one flush at a time, in order
	spare []byte
}

var _ load.Recorder = (*Writer)(nil)

// Create begins the History of a run in dir, which is made if it is not there. A History that is
// there already is not touched.
func Create(dir string) (*Writer, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("create history: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(dir, HistoryFile), os.O_CREATE|os.O_EXCL|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("create history: %w", err)
	}
	w := &Writer{file: f, stop: make(chan struct{}), done: make(chan struct{})}
	go w.flushing()
	return w, nil
}

// Arrival records one journey.
func (w *Writer) Arrival(a load.Arrival) { w.add("arrival", a) }

// Operation records one request.
func (w *Writer) Operation(o load.Operation) { w.add("operation", o) }

// Session records a session's fate; a later record of the same id replaces it.
func (w *Writer) Session(s load.Session) { w.add("session", s) }

// Lookup records a DNS answer.
func (w *Writer) Lookup(l load.Lookup) { w.add("lookup", l) }

// Gauge records the generator's state.
func (w *Writer) Gauge(g load.Gauge) { w.add("gauge", g) }

// Tally records the account of a class.
func (w *Writer) Tally(t load.Tally) { w.add("tally", t) }

// Sample records one reading. One that is not a number is left out: it says nothing.
func (w *Writer) Sample(s Sample) {
	if math.IsNaN(s.Value) || math.IsInf(s.Value, 0) {
		return
	}
	w.add("sample", s)
}

// Injection records a disruption; a later record of the same id replaces it.
func (w *Writer) Injection(i chaos.Injection) {
	w.add("injection", i)
	w.flush()
}

// Mark records the beginning of a phase.
func (w *Writer) Mark(m Mark) {
	w.add("mark", m)
	w.flush()
}

// Meta records what the run is. It may be written again when more is known: the last one holds.
func (w *Writer) Meta(m Meta) {
	if m.Cores == 0 {
		m.Cores = runtime.GOMAXPROCS(0)
	}
	w.add("meta", m)
	w.flush()
}

// End records that the run reached its end; nothing can be recorded after it.
func (w *Writer) End() error {
	w.add("end", struct{}{})
	w.mu.Lock()
	w.ended = true
	w.mu.Unlock()
	w.flush()
	return w.Err()
}

// Err is the first error met, or nil.
func (w *Writer) Err() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.err
}

// Close writes what is left and closes the file. It does not end the History.
func (w *Writer) Close() error {
	close(w.stop)
	<-w.done
	w.flush()
	err := w.Err()
	if errors.Is(err, ErrEnded) {
		err = nil // stragglers lose nothing that the end record vouched for
	}
	return errors.Join(err, w.file.Close())
}

// add encodes outside the lock: recorders must not wait for each other longer than a copy takes.
func (w *Writer) add(kind string, v any) {
	line, err := encode(kind, v)
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.err != nil:
	case err != nil:
		w.err = err
	case w.ended:
		w.err = ErrEnded
	default:
		w.buf = append(w.buf, line...)
	}
}

func encode(kind string, v any) ([]byte, error) {
	if quick, ok := v.(interface{ AppendJSON(b []byte) []byte }); ok {
		head := len(`{"t":""`) + len(kind)
		line := append(append(append(make([]byte, 0, 512), `{"t":"`...), kind...), '"')
		line = quick.AppendJSON(line)
		line[head] = ',' // instead of the brace; these records are never empty
		return wal.Seal(line), nil
	}
	body, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("record %s: %w", kind, err)
	}
	head := `{"t":"` + kind + `"`
	if len(body) > len("{}") {
		head += ","
	}
	return wal.Seal(append([]byte(head), body[1:]...)), nil
}

func (w *Writer) flushing() {
	defer close(w.done)
	tick := time.NewTicker(flushEvery)
	defer tick.Stop()
	for {
		select {
		case <-w.stop:
			return
		case <-tick.C:
			w.flush()
		}
	}
}

// flush writes the buffer and waits until it is on disk; recorders fill another one meanwhile.
func (w *Writer) flush() {
	w.disk.Lock()
	defer w.disk.Unlock()
	w.mu.Lock()
	full := w.buf
	w.buf = w.spare[:0]
	failed := w.err != nil && !errors.Is(w.err, ErrEnded)
	w.mu.Unlock()
	w.spare = full
	if len(full) == 0 || failed {
		return
	}
	_, err := w.file.Write(full)
	if err == nil {
		err = w.file.Sync()
	}
	if err != nil {
		w.mu.Lock()
		w.err = fmt.Errorf("write history: %w", err)
		w.mu.Unlock()
	}
}

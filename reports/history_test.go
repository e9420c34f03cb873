package reports

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"holdfast/chaos"
	"holdfast/load"
)

// record writes a History as a run would have.
func record(t testing.TB, h *History) []byte {
	t.Helper()
	dir := t.TempDir()
	w, err := Create(dir)
	if err != nil {
		t.Fatal(err)
	}
	play(w, h)
	if h.Complete {
		if err := w.End(); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(dir, HistoryFile))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func play(w *Writer, h *History) {
	w.Meta(h.Meta)
	for _, x := range h.Arrivals {
		w.Arrival(x)
	}
	for _, x := range h.Operations {
		w.Operation(x)
	}
	for _, x := range h.Sessions {
		w.Session(x)
	}
	for _, x := range h.Lookups {
		w.Lookup(x)
	}
	for _, x := range h.Gauges {
		w.Gauge(x)
	}
	for _, x := range h.Tallies {
		w.Tally(x)
	}
	for _, x := range h.Injections {
		w.Injection(x)
	}
	for _, x := range h.Samples {
		w.Sample(x)
	}
	for _, x := range h.Marks {
		w.Mark(x)
	}
}

// small is a History of one record of each kind.
func small() *History {
	return &History{
		Meta:       Meta{Run: "r", Cores: 2, Objectives: Objectives{Outage: ptr(sec(1))}, Classes: []ClassMeta{{"login", "login", 1, "even"}}},
		Arrivals:   []load.Arrival{{Class: "login", Due: 1, End: 2, Outcome: load.OK}, {Class: "login", Seq: 1, Due: 3, End: 4, Outcome: load.Failed, Reason: "a\nb"}},
		Operations: []load.Operation{{Class: "login", Step: "token", Status: 200, Outcome: load.OK}},
		Sessions:   []load.Session{{ID: "s-1", Fate: load.Kept}},
		Lookups:    []load.Lookup{{Name: "auth", Addrs: []string{"198.18.0.1"}}},
		Gauges:     []load.Gauge{{At: 5, CPU: 0.5}},
		Tallies:    []load.Tally{{Class: "login", Scheduled: 2, Started: 2}},
		Injections: []chaos.Injection{{ID: "1-kill", Receipt: chaos.Receipt{Requested: ptr(sec(1))}}},
		Samples:    []Sample{{Node: "kc-1", Metric: "ready", Value: 1}},
		Marks:      []Mark{{1, "before"}, {9, "end"}},
		Complete:   true,
	}
}

func records(h *History) int {
	n := len(h.Arrivals) + len(h.Operations) + len(h.Sessions) + len(h.Lookups) + len(h.Gauges) + len(h.Tallies) +
		len(h.Injections) + len(h.Samples) + len(h.Marks)
	if h.Meta.Run != "" {
		n++
	}
	if h.Complete {
		n++
	}
	return n
}

func TestHistoryReturnsWhatWasWritten(t *testing.T) {
	h := small()
	got := Parse(record(t, h))
	if d := cmp.Diff(h, got, cmpopts.EquateEmpty()); d != "" {
		t.Error(d)
	}
}

func TestHistoryOrdersAndFolds(t *testing.T) {
	h := &History{
		Arrivals: []load.Arrival{{Seq: 1, Due: 9}, {Seq: 2, Due: 3}},
		Sessions: []load.Session{
			{ID: "a", Fate: load.Indeterminate}, {ID: "b", Fate: load.Swapped}, {ID: "a", Fate: load.Lost}, {ID: "b", Fate: load.Kept}},
		Injections: []chaos.Injection{{ID: "1"}, {ID: "2"}, {ID: "1", Undone: true}},
	}
	got := Parse(record(t, h))
	if got.Arrivals[0].Seq != 2 || got.Arrivals[1].Seq != 1 {
		t.Errorf("arrivals %+v, want them by due time", got.Arrivals)
	}
	want := []load.Session{{ID: "a", Fate: load.Lost}, {ID: "b", Fate: load.Swapped}}
	if d := cmp.Diff(want, got.Sessions); d != "" {
		t.Errorf("the last word on a session counts, but a violation stays: %s", d)
	}
	if len(got.Injections) != 2 || !got.Injections[0].Undone {
		t.Errorf("injections %+v, want two, the first by its last record", got.Injections)
	}
}

func TestLastMetaHolds(t *testing.T) {
	dir := t.TempDir()
	w, err := Create(dir)
	if err != nil {
		t.Fatal(err)
	}
	w.Meta(Meta{Run: "first", Facts: map[string]string{"old": "x"}})
	w.Meta(Meta{Run: "second"})
	w.Close()
	h, err := Read(dir)
	if err != nil || h.Meta.Run != "second" || len(h.Meta.Facts) != 0 || h.Meta.Cores < 1 {
		t.Errorf("meta %+v, %v; want the second alone, with its cores filled in", h.Meta, err)
	}
}

func TestWriterFromManyGoroutines(t *testing.T) {
	dir := t.TempDir()
	w, err := Create(dir)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 500 {
				w.Arrival(load.Arrival{Class: fmt.Sprint(g), Seq: uint64(i)})
				if i%100 == 0 {
					w.Mark(Mark{Phase: "x"})
				}
			}
		})
	}
	wg.Wait()
	if err := errors.Join(w.End(), w.Close()); err != nil {
		t.Fatal(err)
	}
	h, err := Read(dir)
	if err != nil || len(h.Arrivals) != 4000 || len(h.Marks) != 40 || !h.Complete || h.Corrupt != 0 {
		t.Errorf("%d arrivals, %d marks, complete %v, corrupt %d, %v", len(h.Arrivals), len(h.Marks), h.Complete, h.Corrupt, err)
	}
}

func TestWriterIsOnDiskWithinASecond(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		w, err := Create(dir)
		if err != nil {
			t.Fatal(err)
		}
		defer w.Close()
		w.Arrival(load.Arrival{Class: "login"})
		time.Sleep(time.Second)
		synctest.Wait()
		if h, err := Read(dir); err != nil || len(h.Arrivals) != 1 {
			t.Errorf("%+v, %v after a second, want the arrival", h, err)
		}
		w.Mark(Mark{Phase: "before"})
		if h, err := Read(dir); err != nil || len(h.Marks) != 1 {
			t.Errorf("%+v, %v right after a mark, want it", h, err)
		}
	})
}

func TestWriterKeepsToItsEnd(t *testing.T) {
	dir := t.TempDir()
	w, err := Create(dir)
	if err != nil {
		t.Fatal(err)
	}
	w.Sample(Sample{Metric: "x", Value: math.NaN()})
	if err := w.End(); err != nil {
		t.Fatal(err)
	}
	w.Gauge(load.Gauge{At: 1})
	if !errors.Is(w.Err(), ErrEnded) {
		t.Errorf("a record after the end: %v, want %v", w.Err(), ErrEnded)
	}
	if err := w.Close(); err != nil {
		t.Errorf("close after a straggler: %v", err)
	}
	if h, err := Read(dir); err != nil || records(h) != 1 || !h.Complete {
		t.Errorf("%+v, %v; want the end record alone", h, err)
	}
	if _, err := Create(dir); err == nil {
		t.Error("a History was begun over another")
	}
}

func TestRecordsThatAreNotEvidence(t *testing.T) {
	end, _ := encode("end", struct{}{})
	late, _ := encode("gauge", load.Gauge{})
	newer, _ := encode("hologram", load.Gauge{})
	odd, _ := encode("arrival", map[string]any{"due": "soon"})
	for name, data := range map[string][]byte{
		"after the end":    append(bytes.Clone(end), late...),
		"a newer kind":     append(bytes.Clone(newer), end...),
		"of another shape": append(bytes.Clone(odd), end...),
	} {
		if h := Parse(data); h.Corrupt != 1 || !h.Complete {
			t.Errorf("%s: corrupt %d, complete %v; want 1, true", name, h.Corrupt, h.Complete)
		}
	}
}

func TestHistoryIsPrivate(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	w, err := Create(dir)
	if err != nil {
		t.Fatal(err)
	}
	w.Close()
	if err := Write(dir, Judge(&History{})); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]os.FileMode{".": 0o700, HistoryFile: 0o600, ResultFile: 0o600, JUnitFile: 0o600, SummaryFile: 0o600} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v; want %v", name, info.Mode().Perm(), err, want)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".*-*")); len(left) != 0 {
		t.Errorf("temporary files are left: %v", left)
	}
}

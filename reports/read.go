package reports

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"holdfast/chaos"
	"holdfast/load"
	"holdfast/reports/wal"
)

// Read returns the History in dir, whatever state its run left it in: what is torn or corrupt is
// counted, not returned. The error is only that it could not be read.
func Read(dir string) (*History, error) {
	f, err := os.Open(filepath.Join(dir, HistoryFile))
	if err != nil {
		return nil, fmt.Errorf("read history: %w", err)
	}
	defer f.Close()
	size := int64(0)
	if info, err := f.Stat(); err == nil {
		size = info.Size()
	}
	h, err := parse(f, size)
	if err != nil {
		return nil, fmt.Errorf("read history: %w", err)
	}
	return h, nil
}

// Parse is Read of a file's content: a pure function of it.
func Parse(data []byte) *History {
	h, _ := parse(bytes.NewReader(data), int64(len(data))) // bytes can always be read
	return h
}

// A reader fills a History record by record.
type reader struct {
	*History
	size, done int64 // bytes there are and were
	words      words
}

func parse(from io.Reader, size int64) (*History, error) {
	h := &History{}
	d := &reader{History: h, size: size, words: words{}}
	bad := 0
	torn, corrupt, err := wal.ScanReader(from, func(body []byte) error {
		d.done += int64(len(body)) + 10
		if !d.take(body) {
			bad++
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	h.Torn, h.Corrupt = torn, corrupt+bad
	slices.SortStableFunc(h.Arrivals, func(a, b load.Arrival) int { return cmp.Compare(a.Due, b.Due) })
	slices.SortStableFunc(h.Samples, func(a, b Sample) int { return cmp.Compare(a.At, b.At) })
	slices.SortStableFunc(h.Marks, func(a, b Mark) int { return cmp.Compare(a.At, b.At) })
	h.Sessions = settled(h.Sessions)
	h.Injections = latest(h.Injections)
	return h, nil
}

// take adds one record. A record that cannot be understood, perhaps a newer version's, and one
// after the end are not evidence: take returns false.
func (d *reader) take(body []byte) bool {
	h := d.History
	kind, ok := kindOf(body)
	if !ok || h.Complete {
		return false
	}
	switch kind {
	case "meta":
		h.Meta = Meta{}
		return json.Unmarshal(body, &h.Meta) == nil
	case "arrival":
		return pushFlat(d, &h.Arrivals, body, d.arrival)
	case "operation":
		return pushFlat(d, &h.Operations, body, d.operation)
	case "session":
		return push(&h.Sessions, body)
	case "lookup":
		return push(&h.Lookups, body)
	case "gauge":
		return push(&h.Gauges, body)
	case "tally":
		return push(&h.Tallies, body)
	case "injection":
		return push(&h.Injections, body)
	case "sample":
		return pushFlat(d, &h.Samples, body, d.sample)
	case "mark":
		return push(&h.Marks, body)
	case "end":
		h.Complete = true
		return true
	}
	return false
}

// kindOf finds the kind without decoding the record twice: it is always written first.
func kindOf(body []byte) (string, bool) {
	rest, ok := strings.CutPrefix(string(body[:min(len(body), 40)]), `{"t":"`)
	if !ok {
		return "", false
	}
	return firstOf(strings.Cut(rest, `"`))
}

func firstOf(before, _ string, found bool) (string, bool) { return before, found }

func push[T any](to *[]T, body []byte) bool {
	var v T
	if json.Unmarshal(body, &v) != nil {
		return false
	}
	*to = append(*to, v)
	return true
}

// settled keeps one record of each session: the last, except that a violation once seen stays.
func settled(all []load.Session) []load.Session {
	var out []load.Session
	at := map[string]int{}
	for _, s := range all {
		i, known := at[s.ID]
		switch {
		case !known:
			at[s.ID] = len(out)
			out = append(out, s)
		case !violation(out[i].Fate):
			out[i] = s
		}
	}
	return out
}

// violation says that the fate is wrong whatever was promised.
func violation(f load.Fate) bool {
	return f == load.Swapped || f == load.Resurrected || f == load.Replayed
}

func latest(all []chaos.Injection) []chaos.Injection {
	var out []chaos.Injection
	at := map[string]int{}
	for _, in := range all {
		if i, known := at[in.ID]; known {
			out[i] = in
			continue
		}
		at[in.ID] = len(out)
		out = append(out, in)
	}
	return out
}

package reports

import (
	"bytes"
	"io"
	"slices"
	"testing"

	"holdfast/reports/wal"
)

func TestHistoryTornAtEveryByte(t *testing.T) {
	data := record(t, small())
	all := records(small())
	for n := range len(data) {
		h := Parse(data[:n])
		lines := bytes.Count(data[:n], []byte("\n"))
		if h.Complete || h.Corrupt != 0 || records(h) != lines {
			t.Fatalf("torn at %d of %d: complete %v, corrupt %d, %d records of %d whole lines", n, len(data), h.Complete, h.Corrupt, records(h), lines)
		}
		whole := bytes.LastIndexByte(data[:n], '\n') + 1
		if h.Torn != int64(n-whole) {
			t.Fatalf("torn at %d: %d torn bytes, want %d", n, h.Torn, n-whole)
		}
		if v := Judge(h).Verdict; v == Pass {
			t.Fatalf("torn at %d of %d bytes (%d records): pass", n, len(data), all)
		}
	}
}

func TestHistoryWithAFlippedByteIsNeverWhole(t *testing.T) {
	data := record(t, small())
	for n := range data {
		for _, bit := range []int{0, 5} { // 5 turns a letter into its capital
			bad := bytes.Clone(data)
			bad[n] ^= 1 << bit
			h := Parse(bad)
			if h.Corrupt == 0 && h.Torn == 0 {
				t.Fatalf("bit %d of byte %d flipped unseen in %q", bit, n, data[max(0, n-20):min(len(data), n+20)])
			}
		}
	}
}

// The same for a History that passes: damage must take the pass away wherever it strikes.
func TestDamageIsNeverAPass(t *testing.T) {
	s := thinScene()
	data := record(t, &s.History)
	if v := Judge(Parse(data)).Verdict; v != Pass {
		t.Fatalf("the undamaged run is %s, want pass", v)
	}
	for k := range 4 {
		n := len(data)/4*k + 50
		bad := bytes.Clone(data)
		bad[n] ^= 0x20
		if v := Judge(Parse(bad)).Verdict; v != Inconclusive {
			t.Errorf("byte %d flipped: %s", n, v)
		}
		if v := Judge(Parse(data[:n])).Verdict; v == Pass {
			t.Errorf("cut at %d: pass", n)
		}
	}
}

// FuzzJudge takes lines as the records of a History, however strange: nothing in them may break
// or hang the judge or a format.
func FuzzJudge(f *testing.F) {
	for line := range bytes.Lines(record(f, small())) {
		f.Add(bytes.TrimSpace(line)[9:], 3)
	}
	base := record(f, small())
	f.Fuzz(func(t *testing.T, line []byte, at int) {
		lines := bytes.SplitAfter(base, []byte("\n"))
		k := int(uint(at) % uint(len(lines)))
		body := bytes.ReplaceAll(line, []byte("\n"), nil)
		data := slices.Concat(bytes.Join(lines[:k], nil), wal.Seal(body), bytes.Join(lines[k:], nil))
		for _, data := range [][]byte{line, data} {
			r := Judge(Parse(data))
			if err := Console(io.Discard, r, ConsoleOptions{}); err != nil {
				t.Error(err)
			}
			for _, format := range formats() {
				if _, err := format.encode(r); err != nil {
					t.Error(err)
				}
			}
		}
	})
}

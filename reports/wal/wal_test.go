package wal

import (
	"bytes"
	"errors"
	"slices"
	"testing"
)

func scan(t *testing.T, data []byte) (bodies []string, torn int64, corrupt int) {
	t.Helper()
	torn, corrupt, err := Scan(data, func(body []byte) error {
		bodies = append(bodies, string(body))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return bodies, torn, corrupt
}

func TestLineIsWhatItWasYesterday(t *testing.T) {
	line, err := Line(map[string]int{"a": 1})
	if want := "cff7d56a {\"a\":1}\n"; err != nil || string(line) != want {
		t.Errorf("%q, %v; want %q: old files must stay readable", line, err, want)
	}
	if _, err := Line(func() {}); err == nil {
		t.Error("a function became a record")
	}
}

func TestScan(t *testing.T) {
	a, b, c := Seal([]byte(`1`)), Seal([]byte(`2`)), Seal([]byte(`3`))
	bad := bytes.Replace(b, []byte("2"), []byte("5"), 1)
	for name, row := range map[string]struct {
		data    []byte
		bodies  []string
		torn    int64
		corrupt int
	}{
		"nothing":              {nil, nil, 0, 0},
		"whole":                {slices.Concat(a, b, c), []string{"1", "2", "3"}, 0, 0},
		"torn in a record":     {slices.Concat(a, b[:4]), []string{"1"}, 4, 0},
		"torn before its end":  {slices.Concat(a, b[:len(b)-1]), []string{"1"}, int64(len(b) - 1), 0},
		"damaged in the midst": {slices.Concat(a, bad, c), []string{"1", "3"}, 0, 1},
		"damaged at the end":   {slices.Concat(a, bad), []string{"1"}, int64(len(bad)), 0},
		"an empty line":        {slices.Concat(a, []byte("\n"), c), []string{"1", "3"}, 0, 1},
	} {
		bodies, torn, corrupt := scan(t, row.data)
		if !slices.Equal(bodies, row.bodies) || torn != row.torn || corrupt != row.corrupt {
			t.Errorf("%s: %v, %d torn, %d corrupt; want %v, %d, %d", name, bodies, torn, corrupt, row.bodies, row.torn, row.corrupt)
		}
	}
}

func TestScanStopsAtAnError(t *testing.T) {
	stop, n := errors.New("enough"), 0
	_, _, err := Scan(slices.Concat(Seal([]byte(`1`)), Seal([]byte(`2`))), func([]byte) error {
		n++
		return stop
	})
	if !errors.Is(err, stop) || n != 1 {
		t.Errorf("%v after %d records, want %v after 1", err, n, stop)
	}
}

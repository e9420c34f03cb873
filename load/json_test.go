package load

import (
	"encoding/json"
	"testing"
	"testing/quick"
)

// TestAppendJSON: the same bytes as encoding/json's, whatever is in the fields; a field that is
// added to a record and not written fails here.
func TestAppendJSON(t *testing.T) {
	t.Parallel()
	same := func(v any, got []byte) bool {
		want, err := json.Marshal(v)
		if err != nil || string(want) != string(got) {
			t.Logf("%s\nwant %s (%v)", got, want, err)
			return false
		}
		return true
	}
	arrival := func(a Arrival) bool { return same(a, a.AppendJSON(nil)) }
	operation := func(o Operation) bool { return same(o, o.AppendJSON(nil)) }
	for _, check := range []any{arrival, operation} {
		if err := quick.Check(check, nil); err != nil {
			t.Error(err)
		}
	}
	plain := Arrival{Class: "login", Journey: "login", Seq: 7, Reason: `a "quoted" <tag> & \ é`, Outcome: OK}
	if !arrival(plain) || !arrival(Arrival{}) || !operation(Operation{Step: "token", Remote: "[::1]:443", Status: 200}) || !operation(Operation{}) {
		t.Error("ordinary records differ")
	}
}

func BenchmarkAppendJSON(b *testing.B) {
	o := Operation{Class: "login", Journey: "login", Seq: 1234567, Step: "token", Due: 1, Start: 123456789012, End: 123459999999,
		Outcome: OK, Status: 200, Remote: "198.18.0.5:443", Node: "kc-2", Reused: true}
	b.Run("ours", func(b *testing.B) {
		var buf []byte
		for b.Loop() {
			buf = o.AppendJSON(buf[:0])
		}
	})
	b.Run("encoding/json", func(b *testing.B) {
		for b.Loop() {
			_, _ = json.Marshal(o)
		}
	})
}

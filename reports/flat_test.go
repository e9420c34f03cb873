package reports

import (
	"encoding/json"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"holdfast/load"
)

// odd records are those that only encoding/json may decide about.
var odd = []string{
	`{}`, `{"t":"sample"}`, `{"t":"sample","value":1e3}`, `{"t":"sample","value":01}`, `{"t":"sample","value":1.}`, `{"t":"sample","value":.5}`,
	`{"t":"sample","value":-0}`, `{"t":"sample","value":+1}`, `{"t":"sample","value":0x10}`, `{"t":"sample","value":1_0}`, `{"t":"sample","value":"1"}`,
	`{"t":"sample","value":null}`, `{"t":"sample","Value":2}`, `{"t":"sample","at":1,"at":2}`, `{"t":"sample","at":1.5}`, `{"t":"sample","node":"a\u0041"}`,
	`{"t":"sample","node":"é"}`, `{"t":"sample","node":"\xff"}`, `{"t":"sample","node":7}`, `{"t":"sample","extra":[1,{"a":"}"}]}`, `{"t":"sample","at":1}}`,
	`{"t":"sample","at":1} `, `{"t":"sample","at":1,}`, `{"t":"sample" ,"at":1}`, `{"t":"sample","at": 1}`, `{"t":"sample","at":99999999999999999999}`,
	`{"t":"sample","node":"a`, `{"t":"sample","node":"a"`, `{"t`, `[]`, `"x"`, `{"t":"sample","text":"a,b}c"}`, `{"t":"sample","value":1-2}`, `{"t":"sample","value":-}`,
}

func TestFlatIsWhatJSONSays(t *testing.T) {
	for _, body := range odd {
		var fast, slow Sample
		d := &reader{words: words{}}
		err := json.Unmarshal([]byte(body), &slow)
		if d.sample([]byte(body), &fast) && (err != nil || fast != slow) {
			t.Errorf("%s is read as %+v; encoding/json says %+v, %v", body, fast, slow, err)
		}
	}
}

// same decodes a record both ways.
func same[T any](t *rapid.T, kind string, v T, decode func([]byte, *T) bool) {
	body, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	body = append([]byte(`{"t":"`+kind+`",`), body[1:]...)
	var fast, slow T
	if err := json.Unmarshal(body, &slow); err != nil {
		t.Fatal(err)
	}
	if decode(body, &fast) {
		if d := cmp.Diff(slow, fast); d != "" {
			t.Fatalf("%s: %s", body, d)
		}
		return
	}
	if simple(body) && kind != "sample" {
		t.Fatalf("%s was left to encoding/json", body)
	}
}

func TestFlatDecodesWhatWasWritten(t *testing.T) {
	words := &reader{words: words{}}
	text := rapid.OneOf(rapid.SampledFrom([]string{"", "login", "198.18.0.1:443", "a,b}c:d"}), rapid.String())
	span := rapid.Custom(func(t *rapid.T) time.Duration { return time.Duration(rapid.Int64().Draw(t, "d")) })
	outcome := rapid.SampledFrom([]load.Outcome{load.OK, load.Failed, load.Unknown})
	rapid.Check(t, func(t *rapid.T) {
		same(t, "arrival", load.Arrival{Class: text.Draw(t, "class"), Client: text.Draw(t, "client"), Journey: text.Draw(t, "journey"), Seq: rapid.Uint64().Draw(t, "seq"),
			Due: span.Draw(t, "due"), Start: span.Draw(t, "start"), End: span.Draw(t, "end"), Held: span.Draw(t, "held"), Outcome: outcome.Draw(t, "outcome"), Reason: text.Draw(t, "reason"),
			Step: text.Draw(t, "step"), Dropped: rapid.Bool().Draw(t, "dropped"), Starved: rapid.Bool().Draw(t, "starved")}, words.arrival)
		same(t, "operation", load.Operation{Class: text.Draw(t, "class"), Client: text.Draw(t, "client"), Journey: text.Draw(t, "journey"), Seq: rapid.Uint64().Draw(t, "seq"),
			Step: text.Draw(t, "step"), Due: span.Draw(t, "due"), Start: span.Draw(t, "start"), End: span.Draw(t, "end"), Held: span.Draw(t, "held"), Outcome: outcome.Draw(t, "outcome"), Reason: text.Draw(t, "reason"),
			Status: rapid.Int().Draw(t, "status"), Remote: text.Draw(t, "remote"), Node: text.Draw(t, "node"), Reused: rapid.Bool().Draw(t, "reused"), Retries: rapid.Int().Draw(t, "retries")}, words.operation)
		value := rapid.Float64().Filter(func(x float64) bool { return !math.IsInf(x, 0) }).Draw(t, "value")
		same(t, "sample", Sample{At: span.Draw(t, "at"), Node: text.Draw(t, "node"), Metric: text.Draw(t, "metric"), Value: value, Text: text.Draw(t, "text")}, words.sample)
	})
}

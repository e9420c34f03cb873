package scenarios

import (
	"bytes"
	"encoding/json"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"holdfast/chaos"
	"holdfast/load/oidc"
	"holdfast/reports"
)

func TestCatalogue(t *testing.T) {
	var names []string
	for _, s := range Catalogue() {
		names = append(names, s.Name)
		data, err := builtin(s.Name)
		if err != nil {
			t.Errorf("%s is not in a file of its name", s.Name)
		}
		if !bytes.HasPrefix(data, []byte("# ")) {
			t.Errorf("%s.yaml does not begin by saying what it is for", s.Name)
		}
	}
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if !bytes.Contains(readme, []byte("| `"+name+"` |")) {
			t.Errorf("%s is not in README's table of scenarios", name)
		}
	}
}

func TestBuiltinsCanShowWhatTheyPromise(t *testing.T) {
	for _, s := range Catalogue() {
		for _, w := range mustPlan(t, &s, 1).Warnings {
			t.Errorf("%s: %s", s.Name, w)
		}
	}
}

func TestWarnings(t *testing.T) {
	for _, tt := range []struct{ name, yaml, want string }{
		{"too few requests for the error ratio", small, "about 1440 requests are expected in the steady windows; to show at most 0.1 % errors takes at least 2995"},
		{"enough with a higher rate", strings.Replace(small, "3/s", "8/s", 1), ""},
		{"too few arrivals for the availability", small + "objectives: {profile: none, availability: 0.9999}\n",
			"about 360 arrivals are expected; to show an availability of 99.99 % takes at least 29956"},
		{"enough for a lower one", small + "objectives: {profile: none, availability: 0.99}\n", ""},
		{"no time to recover", strings.Replace(small, "3/s", "30/s", 1) + "phases: {after: 5s}\nfaults: [{kind: kill, target: kc-1, for: 1s}]\nobjectives: {full_recovery: 30s}\n",
			"phases.after is 5s; to see latency come back takes at least 10s of it"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := strings.Join(mustPlan(t, mustParse(t, tt.yaml), 1).Warnings, "; ")
			if tt.want == "" && got != "" || !strings.HasPrefix(got, tt.want) {
				t.Errorf("warnings are %q, want %q", got, tt.want)
			}
		})
	}
}

func TestWrittenScenarioReadsBackTheSame(t *testing.T) {
	all := Catalogue()
	all = append(all, *mustParse(t, several))
	for _, s := range all {
		out, err := s.YAML()
		if err != nil {
			t.Fatal(err)
		}
		again, err := Parse(s.Name, out)
		if err != nil {
			t.Fatalf("%s: %v\n%s", s.Name, err, out)
		}
		if diff := cmp.Diff(s, *again, sameFaults); diff != "" {
			t.Errorf("%s (-before +after):\n%s", s.Name, diff)
		}
		twice, err := again.YAML()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(out), string(twice)); diff != "" {
			t.Errorf("%s written twice (-first +second):\n%s", s.Name, diff)
		}
	}
}

// sameFaults compares faults by what is written of them.
var sameFaults = cmp.Comparer(func(a, b chaos.Fault) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && bytes.Equal(x, y)
})

func compileSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("scenario.json", doc); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("scenario.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// asJSON is a YAML document as a JSON schema sees it.
func asJSON(t *testing.T, data []byte) any {
	t.Helper()
	var v any
	if err := yaml.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	j, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	out, err := jsonschema.UnmarshalJSON(bytes.NewReader(j))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestSchema(t *testing.T) {
	schema := compileSchema(t)
	docs := map[string][]byte{"several": []byte(several), "small": []byte(small)}
	for _, s := range Catalogue() {
		data, err := builtin(s.Name)
		if err != nil {
			t.Fatal(err)
		}
		docs[s.Name] = data
	}
	for name, data := range docs {
		if err := schema.Validate(asJSON(t, data)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, bad := range map[string]string{
		"unknown key":           small + "sed: 3\n",
		"bad duration":          small + "phases: {warmup: 5x}\n",
		"bad rate":              strings.Replace(small, "3/s", "3/fortnight", 1),
		"bad kind":              small + "faults: [{kind: kil, target: kc-1, for: 1s}]\n",
		"bad journey":           strings.Replace(small, "journey: login", "journey: lgin", 1),
		"missing target":        small + "faults: [{kind: kill, for: 1s}]\n",
		"missing name":          strings.Replace(small, "name: small\n", "", 1),
		"too many nodes":        small + "topology: {keycloak: {nodes: 17}}\n",
		"number for a duration": small + "phases: {warmup: 5}\n",
	} {
		if err := schema.Validate(asJSON(t, []byte(bad))); err == nil {
			t.Errorf("%s: the schema accepts it", name)
		}
		if _, err := Parse("s.yaml", []byte(bad)); err == nil {
			t.Errorf("%s: the reader accepts it", name)
		}
	}
}

// enumOf is the enum in the tag of a field.
func enumOf(t *testing.T, v any, name string) []string {
	t.Helper()
	f, ok := reflect.TypeOf(v).FieldByName(name)
	if !ok {
		t.Fatalf("%T has no field %s", v, name)
	}
	return parseRules(f.Tag.Get("jsonschema")).enum
}

func TestWordsAreThoseOfTheOtherRooms(t *testing.T) {
	for kind := range implied {
		// Not every kind need be there, but a word of ours that none has is a slip.
		if !slices.Contains(chaos.Kinds(), kind) {
			t.Errorf("no kind of fault %s", kind)
		}
	}
	own := keys(fieldsIn(reflect.ValueOf(Fault{})))
	for _, kind := range chaos.Kinds() {
		f, err := chaos.New(kind, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range settingsOf(f) {
			if slices.Contains(own, s.key) {
				t.Errorf("setting %s of %s is a key that every fault has", s.key, kind)
			}
		}
	}
	var profiles []string
	for _, p := range reports.Profiles() {
		profiles = append(profiles, p.Name)
	}
	if diff := cmp.Diff(profiles, enumOf(t, reports.Objectives{}, "Profile")); diff != "" {
		t.Errorf("profiles (-reports +language):\n%s", diff)
	}
	journeys := enumOf(t, Class{}, "Journey")
	if diff := cmp.Diff(oidc.Journeys(), journeys); diff != "" {
		t.Errorf("journeys (-oidc +language):\n%s", diff)
	}
	for _, j := range needSession {
		if !slices.Contains(journeys, j) {
			t.Errorf("%s is no journey", j)
		}
	}
}

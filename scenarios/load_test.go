package scenarios

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files")

// golden compares got with the file testdata/name.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs (-want +got); go test -update writes it:\n%s", path, diff)
	}
}

// small is the least that is a scenario.
const small = `name: small
description: the least that is a scenario
load:
  cohort: 10
  classes:
    - {journey: login, rate: 3/s}
`

func TestEveryMistakeOfAFileIsReportedAtItsPlace(t *testing.T) {
	_, err := Load("testdata/bad.yaml", nil)
	var problems Problems
	if !errors.As(err, &problems) {
		t.Fatalf("error is %T (%v), want Problems", err, err)
	}
	golden(t, "bad.txt", err.Error()+"\n")
}

func TestMistakes(t *testing.T) {
	for _, tt := range []struct {
		name, yaml, want string
	}{
		{"nothing", "", "s.yaml:1:1: the file is empty"},
		{"only a comment", "# hello\n", "s.yaml:1:1: the file is empty"},
		{"not a mapping", "- a\n- b\n", "s.yaml:1:1: the scenario is a list of keys and values, not a list"},
		{"text", "hello\n", `s.yaml:1:1: the scenario is a list of keys and values, not "hello"`},
		{"broken flow", "name: {a\n", "s.yaml:1:8: not YAML: "},
		{"two documents", small + "---\nname: b\n", "s.yaml:8:1: a second document"},
		{"key twice", "name: a\nname: b\n", "s.yaml:2:1: name is given twice; first in line 1"},
		{"merge key", "name: &n a\n<<: *n\n", "s.yaml:2:1: merge keys"},
		{"tag", "name: !!str a\n", "s.yaml:1:7: a tag"},
		{"alias of nothing", "name: *x\n", "s.yaml:1:7: no anchor &x"},
		{"alias of itself", "name: &x [*x]\n", "s.yaml:1:7: name is one value, not a list"},
		{"too big", "# " + strings.Repeat("x", longest), "s.yaml:1:1: the scenario has 65538 bytes"},
		{"too deep", strings.Repeat("[", 1000), "s.yaml:1:1: lists or brackets are nested too deeply"},
		{"too deep in a line", strings.Repeat("- ", 1000), "s.yaml:1:1: lists or brackets are nested too deeply"},
		{"too many lines", strings.Repeat("a:\n", 5000), "s.yaml:1:1: the scenario has 5000 lines"},
		{"scalar for list", small + "faults: kill\n", `s.yaml:7:9: faults is a list, not "kill"`},
		{"list for scalar", "name: [a]\n", "s.yaml:1:7: name is one value, not a list"},
		{"number out of range", small + "topology: {keycloak: {nodes: 17}}\n",
			"s.yaml:7:30: topology.keycloak.nodes is 17, out of range: between 1 and 16"},
		{"no traffic", "name: a\ndescription: b\nload: {cohort: 1, classes: []}\n", "s.yaml:3:28: no traffic"},
		{"empty journey", strings.Replace(small, "journey: login", "journey: ", 1), "s.yaml:6:7: journey is missing in load.classes[0]"},
		{"empty entry", small + "    -\n", "s.yaml:7:7: load.classes[1] is empty"},
		{"empty load", "name: a\ndescription: b\nload:\n", "s.yaml:1:1: load is missing in the scenario"},
		{"no load", "name: a\ndescription: b\n", "s.yaml:1:1: load is missing in the scenario"},
		{"a slip is not missing as well", strings.Replace(small, "load:", "laod:", 1), "s.yaml:3:1: unknown key \"laod\" in the scenario; did you mean load?"},
		{"after a word of two bytes", "name: a\ndescription: ä\nphases: {after: ä, befor: 1s}\n", "s.yaml:3:20: unknown key \"befor\""},
		{"too much load", small + "phases: {warmup: 1s}\n", ""},
		{"peaks add up", strings.Replace(small, "rate: 3/s", "rate: 3/s, ramp: {to: 201/s, over: 1m}", 1),
			"s.yaml:6:5: the classes ask for 201/s at their peak, more than the safety cap of 200/s"},
		{"cohort without users", strings.Replace(small, "cohort: 10", "cohort: 201", 1), "s.yaml:4:11: a cohort of 201 needs as many users"},
		{"sessions without cohort", strings.Replace(small, "cohort: 10", "cohort: 0", 1) + "objectives: {sessions_lost: 3}\n",
			"s.yaml:7:29: the objectives promise that sessions are kept"},
		{"sessions of a profile without cohort", strings.Replace(small, "cohort: 10", "cohort: 0", 1), "s.yaml:4:11: the objectives promise that sessions are kept"},
		{"refresh without session", "name: a\ndescription: b\nload: {classes: [{journey: refresh, rate: 1}]}\nobjectives: {profile: none, p95: 1s}\n",
			"s.yaml:3:28: refresh needs a session"},
		{"nothing promised", small + "objectives: {profile: none}\n", "s.yaml:7:23: nothing is promised"},
		{"share above one", small + "objectives: {availability: 99.9}\n", "s.yaml:7:28: availability a share below 1 can be shown"},
		{"faults overlap", small + "faults:\n  - {kind: kill, target: kc-1, for: 20s}\n  - {kind: pause, target: kc-1, at: 19s, for: 1s}\n",
			"s.yaml:9:37: faults overlap on kc-1: faults[0] (kill) has it from 0s to 20s"},
		{"drain of the last", small + "faults:\n  - {kind: drain, target: all keycloak, for: 20s}\n",
			"s.yaml:8:27: the drain would leave 0 of 2 Keycloak nodes serving; min_serving is 1"},
		{"drain while another is down", small + "faults:\n  - {kind: kill, target: kc-1, for: 20s}\n  - {kind: drain, target: kc-2, at: 10s, for: 1s}\n",
			"s.yaml:9:27: the drain would leave 0 of 2"},
		{"too long", small + "faults:\n  - {kind: kill, target: kc-1, at: 29m, for: 2m}\n", "s.yaml:8:36: the fault ends 31m into the faults phase"},
		{"no node left", small + "faults:\n  - {kind: kill, target: all keycloak, for: 20s}\n  - {kind: kill, target: any keycloak, for: 20s}\n",
			"s.yaml:9:26: no keycloak node is left at 0s"},
		{"kill of all is allowed", small + "faults:\n  - {kind: kill, target: all keycloak, for: 20s}\n", ""},
		{"ramp and steps", strings.Replace(small, "rate: 3/s", "ramp: {to: 3/s, over: 1m}, steps: [{rate: 1}]", 1), "s.yaml:6:58: a class has a ramp or steps, not both"},
		{"endless step in the middle", strings.Replace(small, "rate: 3/s", "steps: [{rate: 1}, {rate: 2}]", 1), "s.yaml:6:32: for must be more than 0"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Parse("s.yaml", []byte(tt.yaml))
			switch {
			case tt.want == "" && err != nil:
				t.Errorf("unexpected error:\n%v", err)
			case tt.want != "" && (err == nil || !strings.Contains("\n"+err.Error(), "\n"+tt.want)):
				t.Errorf("error is\n%v\nwant it to have\n%s", err, tt.want)
			}
		})
	}
}

func TestSet(t *testing.T) {
	_, err := Load("node-drain", []string{
		"topology.keycloak.nodes=3", "load.classes[0].rate=10/s", "faults[0].for=5s", "faults[0].target=[kc-1, kc-2]",
		"load.classes[1].rate=null", "load.classes[1].ramp.to=9", "load.classes[1].ramp.over=1m", "load.classes[1].schedule=",
		"objectives.sessions_lost=2", "description=a, b = c",
	})
	if err == nil || !strings.Contains(err.Error(), "--set load.classes[1].schedule=: the value is missing") {
		t.Fatalf("error is %v", err)
	}
	s, err := Load("node-drain", []string{
		"topology.keycloak.nodes=3", "load.classes[0].rate=10/s", "faults[0].for=5s", "faults[0].target=[kc-1, kc-2]",
		"load.classes[1].rate=0", "load.classes[1].ramp.to=9", "load.classes[1].ramp.over=1m",
		"objectives.sessions_lost=2", "description=a, b = c",
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := s.Topology.Keycloak.Nodes; got != 3 {
		t.Errorf("nodes are %d, want 3", got)
	}
	if got := s.Load.Classes[0].Rate; got != 10 {
		t.Errorf("rate is %v, want 10/s", got)
	}
	if got := s.Faults[0].Target.String(); got != "kc-1, kc-2" {
		t.Errorf("target is %q", got)
	}
	if got := s.Load.Classes[1].text(); got != "ramp 0/s to 9/s over 1m" {
		t.Errorf("schedule is %q", got)
	}
	if got := *s.Objectives.SessionsLost; got != 2 {
		t.Errorf("sessions_lost is %d, want 2", got)
	}
	if s.Description != "a, b = c" {
		t.Errorf("description is %q", s.Description)
	}
}

func TestMistakesOfSet(t *testing.T) {
	for _, tt := range []struct{ set, want string }{
		{"topology", "--set topology: a setting is path=value, such as topology.keycloak.nodes=3\n    topology\n            ^"},
		{"topolgy.keycloak.nodes=3", "--set topolgy.keycloak.nodes=3: unknown key \"topolgy\" in the scenario; did you mean topology?\n    topolgy.keycloak.nodes=3\n    ^"},
		{"faults[7].for=3s", "--set faults[7].for=3s: there is no faults[7]: it has 1 entries, counted from 0\n    faults[7].for=3s\n          ^"},
		{"faults.for=3s", "--set faults.for=3s: faults is a list: name an entry, such as faults[0].for\n    faults.for=3s\n           ^"},
		{"seed.x=3", "--set seed.x=3: seed is one value and has no keys\n    seed.x=3\n         ^"},
		{"seed[0]=3", "--set seed[0]=3: seed is not a list\n    seed[0]=3\n        ^"},
		{"=3", "--set =3: a key or an [index] is wanted here\n    =3\n    ^"},
		{"a..b=3", "--set a..b=3: unknown key \"a\""},
		{"load.classes[0].rate=10/", "--set load.classes[0].rate=10/: \"10/\" is not a rate"},
		{"faults[0].target=kc-4", "--set faults[0].target=kc-4: no node \"kc-4\": topology has kc-1, kc-2, pg-1"},
		{"topology.keycloak.nodes=0", "--set topology.keycloak.nodes=0: topology.keycloak.nodes is 0, out of range: between 1 and 16\n    topology.keycloak.nodes=0\n                            ^"},
		{"faults[0].for={", "--set faults[0].for={: not YAML: "},
		{"load.classes[2].rate=500/s", "node-kill.yaml:39:5: the classes ask for 517.5/s at their peak"},
	} {
		t.Run(tt.set, func(t *testing.T) {
			_, err := Load("node-kill", []string{tt.set})
			if err == nil || !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("error is\n%v\nwant it to begin with\n%s", err, tt.want)
			}
		})
	}
}

func TestUnknownName(t *testing.T) {
	_, err := Load("node-kil", nil)
	if want := `no scenario called "node-kil", and no such file; did you mean node-kill?`; err == nil || err.Error() != want {
		t.Errorf("error is %v, want %s", err, want)
	}
	_, err = Load("./nowhere.yaml", nil)
	if want := "read scenario: open ./nowhere.yaml: no such file or directory"; err == nil || err.Error() != want {
		t.Errorf("error is %v, want %s", err, want)
	}
}

func TestRealmIsBesideTheFile(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "s.yaml")
	if err := os.WriteFile(file, []byte(small+"topology: {keycloak: {realm: realm.json}}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := Load(file, nil)
	if err != nil {
		t.Fatal(err)
	}
	if want := filepath.Join(dir, "realm.json"); s.Topology.Keycloak.Realm != want {
		t.Errorf("realm is %s, want %s", s.Topology.Keycloak.Realm, want)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(small))
	for _, e := range []string{"node-kill", "steady"} {
		data, err := builtin(e)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	bad, err := os.ReadFile("testdata/bad.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(bad)
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := Parse("fuzz.yaml", data)
		if err != nil {
			_ = err.Error()
			return
		}
		out, err := s.YAML()
		if err != nil {
			t.Fatal(err)
		}
		again, err := Parse("again.yaml", out)
		if err != nil {
			t.Fatalf("what was written cannot be read:\n%v\n%s", err, out)
		}
		if diff := cmp.Diff(s, again, sameFaults); diff != "" {
			t.Fatalf("not the same after writing and reading (-before +after):\n%s", diff)
		}
	})
}

func FuzzSet(f *testing.F) {
	f.Add("load.classes[0].rate=10/s")
	f.Add("faults=[{kind: kill, target: kc-1, for: 10s}]")
	f.Add("load.classes[0].ramp.to=3")
	f.Fuzz(func(_ *testing.T, set string) {
		if _, err := Load("node-kill", []string{set}); err != nil {
			_ = err.Error()
		}
	})
}

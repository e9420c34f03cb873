package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast/fixtures/sim"
	"holdfast/scenarios/selftest"
)

// TestSelftestFailsForWhatItDidNotFind: the exit code is that of the result.
func TestSelftestFailsForWhatItDidNotFind(t *testing.T) {
	d := sim.Defects()[0]
	row := func(found int) selftest.Row { return selftest.Row{Defect: d, Trial: "steady", Found: found, Of: 3} }
	control := func(clean int) selftest.Control { return selftest.Control{Trial: "steady", Clean: clean, Of: 3} }
	for _, tt := range []struct {
		name   string
		result selftest.Result
		exit   int
	}{
		{"all found", selftest.Result{Rows: []selftest.Row{row(3)}, Controls: []selftest.Control{control(3)}}, exitPass},
		{"one missed once", selftest.Result{Rows: []selftest.Row{row(3), row(2)}, Controls: []selftest.Control{control(3)}}, exitFail},
		{"a control failed", selftest.Result{Rows: []selftest.Row{row(3)}, Controls: []selftest.Control{control(2)}}, exitFail},
		{"nothing was run", selftest.Result{}, exitFail},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			a := &app{stdout: &stdout, stderr: &stderr}
			if got := a.conclude(a.concludeSelftest(selftestFlags{json: true}, tt.result)); got != tt.exit {
				t.Errorf("exit code %d, want %d", got, tt.exit)
			}
			var back selftest.Result
			if err := json.Unmarshal(stdout.Bytes(), &back); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.result, back); diff != "" {
				t.Errorf("as JSON (-made +printed):\n%s", diff)
			}
		})
	}
}

func TestSelftestLists(t *testing.T) {
	var stdout, stderr bytes.Buffer
	if code := execute(t.Context(), []string{"selftest", "--list"}, &stdout, &stderr); code != exitPass {
		t.Fatalf("exit code %d: %s", code, stderr.String())
	}
	for _, d := range sim.Defects() {
		if !strings.Contains(stdout.String(), d.Name) {
			t.Errorf("%s is not listed", d.Name)
		}
	}
	stderr.Reset()
	if code := execute(t.Context(), []string{"selftest", "--defect", "code-twic"}, &stdout, &stderr); code != exitBroke || !strings.Contains(stderr.String(), "--defect code-twice?") {
		t.Errorf("exit code %d: %s", code, stderr.String())
	}
}

package main

import (
	"os"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast/fixtures/sim"
)

// TestTrackRecordIsOfEveryDefect holds README's table against the registry.
func TestTrackRecordIsOfEveryDefect(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	row := regexp.MustCompile("(?m)^\\| `([a-z0-9-]+)` \\| (.+) \\| ([a-z_]+) \\| \\d+ of (\\d+) \\| `holdfast selftest --defect ([a-z0-9-]+) --seeds (\\d+)` \\|$")
	var got, want []sim.Defect
	for _, m := range row.FindAllStringSubmatch(string(readme), -1) {
		got = append(got, sim.Defect{Name: m[1], Title: m[2], Finding: m[3]})
		if m[1] != m[5] || m[4] != m[6] {
			t.Errorf("the command of %s runs %s with %s seeds, the figure is of %s", m[1], m[5], m[6], m[4])
		}
	}
	want = sim.Defects()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("README's track record (-registry +README):\n%s", diff)
	}
}

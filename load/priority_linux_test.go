package load

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestPrioritize looks at a process of its own, so that this one stays as it is.
func TestPrioritize(t *testing.T) {
	if os.Getenv("HOLDFAST_PRIORITIZE") != "" {
		if err := Prioritize(); err != nil {
			t.Skip(err)
		}
		data, err := os.ReadFile("/proc/self/stat")
		if err != nil {
			t.Fatal(err)
		}
		fields := strings.Fields(string(data)[strings.LastIndex(string(data), ")")+1:])
		if policy := fields[38]; policy != "2" { // field 41 of proc(5): policy; 2 is SCHED_RR
			t.Errorf("policy %s, want 2", policy)
		}
		return
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^TestPrioritize$", "-test.v")
	cmd.Env = append(os.Environ(), "HOLDFAST_PRIORITIZE=1")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

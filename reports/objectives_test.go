package reports

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestResolve(t *testing.T) {
	for name, row := range map[string]struct{ in, want Objectives }{
		"docs": {
			Objectives{Profile: "keycloak-docs"},
			Objectives{Profile: "keycloak-docs", Recovery: sec(30), SessionsLost: ptr(0), P95: 250 * time.Millisecond, ErrorRatio: ptr(0.001)},
		},
		"docs with fields of one's own": {
			Objectives{Profile: "keycloak-docs", Recovery: sec(2), Outage: ptr(sec(2)), SessionsLost: ptr(3)},
			Objectives{Profile: "keycloak-docs", Recovery: sec(2), Outage: ptr(sec(2)), SessionsLost: ptr(3), P95: 250 * time.Millisecond, ErrorRatio: ptr(0.001)},
		},
		"an explicit zero stays": {
			Objectives{Profile: "keycloak-docs", ErrorRatio: ptr(0.0)},
			Objectives{Profile: "keycloak-docs", Recovery: sec(30), SessionsLost: ptr(0), P95: 250 * time.Millisecond, ErrorRatio: ptr(0.0)},
		},
		"strict": {
			Objectives{Profile: "strict"},
			Objectives{Profile: "strict", Outage: ptr(time.Duration(0)), SessionsLost: ptr(0), P99: sec(1), ErrorRatio: ptr(0.0), FaultErrorRatio: ptr(0.0)},
		},
		"none":       {Objectives{Profile: "none", P99: 1}, Objectives{Profile: "none", P99: 1}},
		"no profile": {Objectives{}, Objectives{Profile: "none"}},
	} {
		got, err := Resolve(row.in)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if d := cmp.Diff(row.want, got); d != "" {
			t.Errorf("%s: %s", name, d)
		}
		if again, err := Resolve(got); err != nil || !cmp.Equal(again, got) {
			t.Errorf("%s: resolved again it is %+v, %v", name, again, err)
		}
	}
	if _, err := Resolve(Objectives{Profile: "strickt"}); err == nil || !strings.Contains(err.Error(), "keycloak-docs, strict, none") {
		t.Errorf("an unknown profile: %v; want the names there are", err)
	}
}

func TestValidateObjectives(t *testing.T) {
	bad := Objectives{Recovery: -1, Outage: ptr(time.Duration(-1)), SessionsLost: ptr(-1), P95: -1, P99: -1, ErrorRatio: ptr(1.0),
		FaultErrorRatio: ptr(-0.1), Availability: 1, FullRecovery: -1}
	err := bad.Validate()
	for _, name := range []string{"recovery:", "outage:", "sessions_lost:", "p95:", "p99:", "error_ratio:", "fault_error_ratio:", "availability:", "full_recovery:"} {
		if err == nil || !strings.Contains("\n"+err.Error(), "\n"+name) {
			t.Errorf("%s is not refused: %v", name, err)
		}
	}
	for _, p := range Profiles() {
		if err := p.Objectives.Validate(); err != nil || p.Source == "" {
			t.Errorf("profile %s: %v, source %q", p.Name, err, p.Source)
		}
	}
}

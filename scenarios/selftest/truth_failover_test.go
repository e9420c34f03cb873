package selftest_test

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"holdfast/fixtures"
	"holdfast/fixtures/sim"
	"holdfast/reports"
	"holdfast/scenarios"
)

// witness is a platform whose twins can be asked what truly happened, when all is over.
type witness struct {
	fixtures.Provider
	twin fixtures.Environment
}

func (w *witness) Up(ctx context.Context, t fixtures.Topology, o fixtures.UpOptions) (fixtures.Environment, error) {
	env, err := w.Provider.Up(ctx, t, o)
	w.twin = env
	return env, err
}

// lagFailover has logins alone, so that a session has one acknowledged event, and restarts every
// Keycloak node in the end, so that no cache hides what the databases lost.
const lagFailover = `
name: truth
description: The primary dies and a replica that lags behind is promoted.
topology: {keycloak: {users: 60}, database: {replicas: 1}}
load:
  timeout: 4s
  cohort: 20
  classes: [{journey: login, rate: 20/s}]
phases: {warmup: 1s, before: 1s, after: 2s, settle: 15s, heal_timeout: 20s}
faults:
  - {at: %v, kind: db-failover, how: kill, promote_after: %v, for: 1s}
  - {at: 6s, kind: kill, target: all keycloak, for: 200ms}
objectives: {profile: none, rpo: 0s, failover: 20s}
`

// TestTruthOfAFailover: what a failover on the twin cost and how long it took, against the twin's
// own ledger: within one period of the arrivals, and of the looks at the databases.
func TestTruthOfAFailover(t *testing.T) {
	truth(t)
	for seed := range 4 {
		lag := time.Duration(seed) * 700 * time.Millisecond
		t.Run(fmt.Sprint("lag ", lag), func(t *testing.T) {
			t.Parallel() // most of it is waiting
			text := fmt.Sprintf(lagFailover, time.Duration(seed)*130*time.Millisecond, time.Duration(500+300*seed)*time.Millisecond)
			s, err := scenarios.Parse("truth.yaml", []byte(text))
			if err != nil {
				t.Fatal(err)
			}
			plan, err := s.Plan(uint64(seed) + 1)
			if err != nil {
				t.Fatal(err)
			}
			w := &witness{Provider: sim.New(sim.Options{BootTime: time.Second, CloneTime: time.Second, ReplicationLag: max(lag, time.Millisecond)})}
			dir := filepath.Join(t.TempDir(), "run")
			r, err := scenarios.Run(t.Context(), plan, scenarios.RunOptions{Provider: w, ID: fmt.Sprint("truth-", seed), Dir: dir, TimeScale: 1})
			if err != nil {
				t.Fatal(err)
			}
			h, err := reports.Read(dir)
			if err != nil {
				t.Fatal(err)
			}
			judgeFailover(t, r, h, w.twin.(*sim.Environment).Truth())
		})
	}
}

func judgeFailover(t *testing.T, r *reports.Report, h *reports.History, is sim.Truth) {
	t.Helper()
	if len(is.Promotions) != 1 || len(is.Writable["pg-1"]) == 0 || len(is.Writable["pg-2"]) == 0 {
		t.Fatalf("promotions %+v, writable %+v", is.Promotions, is.Writable)
	}
	died, serves := is.Writable["pg-1"][0].To, is.Writable["pg-2"][0].From
	slip := milliseconds(finding(t, r, "generator", ""), "slip_p99_ms")
	f := finding(t, r, "failover", "1-db-failover")
	took := milliseconds(f, "serving_ms")
	if d := took - serves.Sub(died); d.Abs() > milliseconds(f, "step_period_ms")+slip {
		t.Errorf("served after %v, in truth after %v", took, serves.Sub(died))
	}

	var oldest time.Time
	lost := map[string]bool{}
	for _, l := range is.Lost {
		if l.Session == "" || l.Ended || l.Committed.After(died) {
			continue
		}
		lost[l.Session] = true
		if oldest.IsZero() || l.Committed.Before(oldest) {
			oldest = l.Committed
		}
	}
	f = finding(t, r, "rpo", "1-db-failover")
	// A login that was committed as the primary died may never have been answered.
	if n := int(f.Numbers["lost"]); n > len(lost) || n < len(lost)-3 {
		t.Errorf("%d lost, in truth %d", n, len(lost))
	}
	if want := len(lost) > 3; want && f.Verdict != reports.Fail || len(lost) == 0 && f.Verdict == reports.Fail {
		t.Errorf("verdict %s with %d lost: %s", f.Verdict, len(lost), f.Measured)
	}
	const period = 50 * time.Millisecond // of the arrivals, on average
	low, high := milliseconds(f, "rpo_lower_ms"), milliseconds(f, "rpo_upper_ms")
	if rpo := died.Sub(oldest); len(lost) > 3 && (low-period-slip > rpo || high+period+slip < rpo) {
		t.Errorf("RPO %v to %v, in truth %v", low, high, rpo)
	}
	t.Logf("served after %v, in truth %v; %v lost, in truth %d; RPO %v to %v, in truth %v; %d sessions known", took.Round(time.Millisecond),
		serves.Sub(died).Round(time.Millisecond), f.Numbers["lost"], len(lost), low, high, died.Sub(oldest).Round(time.Millisecond), len(h.Sessions))
}

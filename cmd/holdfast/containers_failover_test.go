//go:build containers

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"holdfast/chaos"
	"holdfast/load"
	"holdfast/reports"
)

// A failover is a built-in scenario on real containers, with its phases shortened, and what must
// be seen of it. Objectives about steady windows are not looked at: these are too short for them.
type failover struct {
	scenario string
	sets     []string
	look     func(*testing.T, *reports.History, reports.Report)
}

func (f failover) run(t *testing.T) {
	bin, dir := built(t), filepath.Join(t.TempDir(), "run")
	args := []string{"run", f.scenario, "--seed", "7", "--out", dir,
		"--set", "phases.warmup=15s", "--set", "phases.before=20s", "--set", "phases.after=30s", "--set", "load.cohort=60"}
	for _, s := range f.sets {
		args = append(args, "--set", s)
	}
	_, code := holdfast(t, bin, args...)
	r := result(t, dir)
	if want := reports.ExitCode(r.Verdict); code != want || !r.Complete {
		t.Fatalf("exit code %d with verdict %s, complete %v", code, r.Verdict, r.Complete)
	}
	h, err := reports.Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, in := range h.Injections {
		if !in.Receipt.Proven() || !in.Undone || in.Err != "" || in.Refused != "" {
			t.Errorf("%s: proven %v, undone %v, %s %s: %+v", in.ID, in.Receipt.Proven(), in.Undone, in.Err, in.Refused, in.Receipt.Evidence)
		}
	}
	f.look(t, h, r)
	nothingLeft(t)
}

// fates counts the ledger's lines by fate.
func fates(h *reports.History) map[load.Fate]int {
	out := map[load.Fate]int{}
	for _, s := range h.Sessions {
		out[s.Fate]++
	}
	return out
}

// findings are the checker's, joined to one text, and the numbers of the one about a disruption.
func findings(r reports.Report, checker, about string) (text string, numbers map[string]float64) {
	for _, f := range r.Findings {
		if f.Checker != checker {
			continue
		}
		text += f.Claim + ": " + f.Measured + "\n"
		if strings.Contains(f.Claim, about) {
			numbers = f.Numbers
		}
	}
	return text, numbers
}

// TestContainersDatabaseLoss: a lagging replica that is promoted costs what was acknowledged
// meanwhile, and holdfast sees how much and how far back.
func TestContainersDatabaseLoss(t *testing.T) {
	failover{"db-lag-failover", nil, func(t *testing.T, h *reports.History, r reports.Report) {
		text, n := findings(r, "rpo", "db-failover")
		t.Log(text, n)
		// The replica was cut off 15 s before; which of the logins of those seconds is asked after is chance.
		if n["surely_lost"] == 0 || n["rpo_lower_ms"] < 2_000 || n["rpo_upper_ms"] > 25_000 {
			t.Errorf("losses: %s %v", text, n)
		}
		if r.Verdict != reports.Fail || fates(h)[load.Kept] == 0 {
			t.Errorf("verdict %s, fates %v", r.Verdict, fates(h))
		}
	}}.run(t)
}

// TestContainersDatabaseSync: the same death costs nothing when commits are synchronous.
func TestContainersDatabaseSync(t *testing.T) {
	failover{"db-sync-failover", nil, func(t *testing.T, h *reports.History, r reports.Report) {
		text, n := findings(r, "rpo", "db-failover")
		t.Log(text, n)
		if n := fates(h); n[load.Lost]+n[load.Resurrected]+n[load.Replayed]+n[load.Swapped] != 0 || n[load.Kept] < 40 {
			t.Errorf("fates %v", n)
		}
		text, n = findings(r, "failover", "db-failover")
		t.Log(text, n)
		if n["serving_ms"] <= 0 || n["serving_ms"] > 30_000 {
			t.Errorf("failover: %s %v", text, n)
		}
	}}.run(t)
}

// cacheLosses has one Infinispan server killed, and two once it is back.
const cacheLosses = `
topology: {sessions: infinispan, cache: {nodes: 3}}
load:
  classes:
    - {journey: login, rate: 2/s}
    - {journey: refresh, rate: 5/s}
    - {journey: userinfo, rate: 10/s}
faults:
  - {kind: kill, target: any cache, for: 8s}
  - {at: 50s, kind: kill, target: any 2 cache, for: 20s}
objectives: {profile: keycloak-docs, recovery: 90s}
`

// TestContainersCacheLosses: one server of three costs no login and no session. The one that is
// left of three goes on alone, since the caches that Keycloak makes have no partition handling; no
// session is lost. See docs/findings.md.
func TestContainersCacheLosses(t *testing.T) {
	failover{described(t, "cache-losses", cacheLosses), nil, func(t *testing.T, h *reports.History, r reports.Report) {
		if n := fates(h); n[load.Lost] != 0 || n[load.Kept] < 40 {
			t.Errorf("fates %v", n)
		}
		for i, want := range []float64{2, 1} {
			in := receipt(t, h, fmt.Sprintf("%d-", i+1))
			bad, good := during(h, "login", in)
			t.Logf("logins while %.0f servers ran: %d bad, %d good", want, bad, good)
			if good == 0 {
				t.Error("nobody could log in: the caches have partition handling after all, and docs/findings.md is wrong")
			}
			if want == 2 && bad > good/10 {
				t.Errorf("the loss of one server cost %d logins of %d", bad, bad+good)
			}
			least := 3.0
			for _, s := range h.Samples {
				if s.Metric == "cache_members" && s.At > *in.Effective && s.At < *in.Ended {
					least = min(least, s.Value)
				}
			}
			if least != want {
				t.Errorf("the caches had %v members at the least, not %v", least, want)
			}
		}
	}}.run(t)
}

// described is a scenario file of that name.
func described(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name+".yaml")
	text = "name: " + name + "\ndescription: " + name + " for a test\n" + text
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// receipt is that of the disruption whose id begins so.
func receipt(t *testing.T, h *reports.History, id string) chaos.Receipt {
	t.Helper()
	for _, in := range h.Injections {
		if strings.HasPrefix(in.ID, id) {
			return in.Receipt
		}
	}
	t.Fatalf("no disruption %s", id)
	return chaos.Receipt{}
}

// during counts the arrivals of a journey that were due while a disruption was in effect.
func during(h *reports.History, journey string, in chaos.Receipt) (bad, good int) {
	for _, a := range h.Arrivals {
		switch {
		case journey != "" && a.Journey != journey, a.Starved, a.Due < *in.Effective, a.Due > *in.Ended:
		case a.Outcome == load.OK:
			good++
		default:
			bad++
		}
	}
	return bad, good
}

// doors has the name moved off a balancer that then freezes, the other balancer killed later, and
// the name server last.
const doors = `
topology: {dns: {ttl: 5s}}
load:
  clients: [{profile: ttl}, {profile: fresh}, {profile: sticky}, {profile: forever}]
  classes:
    - {journey: login, rate: 2/s}
    - {journey: refresh, rate: 5/s}
    - {journey: userinfo, rate: 15/s}
faults:
  - {kind: dns-record, to: lb-2, for: 45s}
  - {at: 20s, kind: pause, target: lb-1, for: 20s}
  - {at: 70s, kind: kill, target: lb-2, for: 12s}
  - {at: 105s, kind: kill, target: dns-1, for: 12s}
objectives: {profile: keycloak-docs, recovery: 45s}
`

// TestContainersDoors: the kinds of client differ as they should when the name moves and the
// address it left stops answering; a balancer's death is got over by those who ask the name again,
// and a name server's costs those who make a connection for each request.
func TestContainersDoors(t *testing.T) {
	failover{described(t, "doors", doors), nil, func(t *testing.T, h *reports.History, r reports.Report) {
		if n := fates(h); n[load.Lost] != 0 || n[load.Kept] < 40 {
			t.Errorf("fates %v", n)
		}
		all := map[string]map[string]int{}
		for id, what := range map[string]string{"2-pause-": "frozen balancer", "3-kill-": "killed balancer", "4-kill-": "killed name server"} {
			in, bad := receipt(t, h, id), map[string]int{}
			for _, a := range h.Arrivals {
				if a.Due >= *in.Effective && a.Due < *in.Ended && a.Outcome != load.OK && !a.Starved {
					bad[a.Client]++
				}
			}
			all[what] = bad
			t.Logf("bad, %s: %v", what, bad)
		}
		text, _ := findings(r, "clients", "")
		t.Log(text)
		// Those that stayed lose what was on its connections to the frozen one, a few requests.
		if bad := all["frozen balancer"]; bad["forever"]+bad["sticky"] == 0 || bad["ttl"]+bad["fresh"] > (bad["forever"]+bad["sticky"])/4 {
			t.Errorf("bad while the balancer that the name had left was frozen, by client: %v", bad)
		}
		if bad := all["killed name server"]; bad["fresh"] == 0 || bad["forever"] > bad["fresh"]/4 || bad["sticky"] > bad["fresh"]/4 {
			t.Errorf("bad without a name server, by client: %v", bad)
		}
	}}.run(t)
}

// TestContainersSlowDatabase: latency moves by a multiple of what every answer was delayed by.
func TestContainersSlowDatabase(t *testing.T) {
	failover{"slow-database", []string{"faults[0].for=25s"}, func(t *testing.T, h *reports.History, _ reports.Report) {
		in := h.Injections[0].Receipt
		took := map[bool][]float64{}
		for _, a := range h.Arrivals {
			during := a.Due >= *in.Effective && a.Due < *in.Ended
			before := a.Due < *in.Requested && a.Due > *in.Requested-20e9
			if a.Journey == "refresh" && a.Outcome == load.OK && (during || before) {
				took[during] = append(took[during], float64(a.End-a.Start)/1e6)
			}
		}
		before, during := median(took[false]), median(took[true])
		t.Logf("refresh, median: %.0f ms before, %.0f ms with 20 ms on each answer of the database", before, during)
		if during < before+20 {
			t.Errorf("refresh took %.0f ms, then %.0f ms", before, during)
		}
		seen := false
		for _, e := range in.Evidence {
			seen = seen || strings.Contains(e.Seen, "ms")
		}
		if !seen {
			t.Errorf("no round trip in the evidence: %+v", in.Evidence)
		}
	}}.run(t)
}

func median(all []float64) float64 {
	if len(all) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(all))
	return sorted[len(sorted)/2]
}

// TestLongVolatileRestart: sessions in memory are gone after a full restart, and the same run with
// Keycloak's default keeps them.
func TestLongVolatileRestart(t *testing.T) {
	for sessions, wantLost := range map[string]bool{"volatile": true, "persistent": false} {
		t.Run(sessions, func(t *testing.T) {
			failover{"volatile-restart", []string{"topology.sessions=" + sessions}, func(t *testing.T, h *reports.History, _ reports.Report) {
				n := fates(h)
				t.Log(n)
				if (n[load.Lost] > 0) != wantLost {
					t.Errorf("fates %v", n)
				}
			}}.run(t)
		})
	}
}

// TestLongScenarios runs every other failover once; what each must show is that its faults were
// proven and undone and the run was complete.
func TestLongScenarios(t *testing.T) {
	for _, name := range []string{
		"db-primary-kill", "db-switchover", "db-failover-patroni", "db-pause", "cache-node-kill", "cluster-partition",
		"lb-kill", "dns-server-kill", "lossy-client-link", "site-failover", "site-failback", "spike", "random",
	} {
		t.Run(name, func(t *testing.T) {
			failover{name, nil, func(t *testing.T, h *reports.History, r reports.Report) { t.Log(r.Verdict, fates(h)) }}.run(t)
		})
	}
}

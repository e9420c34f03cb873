package main

import (
	"fmt"
	"math"
	"os"
	"runtime"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

const intro = `# Performance of the load engine

Written by ` + "`make bench`" + `; do not edit. It compares holdfast's engine with vegeta's own CLI, whose library holdfast uses, and with
k6, on the same stub in one run: the stub has processor 0 to itself, the generator under test processor 1.

`

const method = `
## How it is measured

- **Journeys per core-second**: 16 at once, as many as can be, divided by the processor time the generator used beyond what starting and
  ending costs it; the median of the rounds. holdfast writes each arrival and each request to its History meanwhile, with checksums, as
  in a run, and has the priority of a run (SCHED_RR, where allowed); vegeta writes its results to a file; k6 aggregates in memory.
- **Lateness**: at a fixed rate, by when first requests reach the stub, against an even schedule that begins as early as the promptest
  of them allows. It is the same yardstick for all, outside the generators; each figure is the median of the rounds.
- **Memory**: the most that was resident at the fixed rate.
- **Stall**: the stub answers nothing for 2 s. The truth is the 99th percentile of the time from when journeys were due, by the same
  schedule, until the stub had answered their last request. Reported is what the generator prints: vegeta ` + "`report`" + `, k6 ` + "`http_req_duration`" + ` or ` + "`iteration_duration`" + `. k6 has users enough
  ready for the stall; with fewer it would drop the journeys of the stall and report less.
- **The login** is an authorization request with PKCE, the HTML form, the exchange of the code, userinfo and a logout. holdfast parses the
  form, keeps a ledger of the session and verifies the ID token (RS256); the k6 script cuts the form's address out by its place and
  verifies nothing. vegeta's CLI cannot carry a journey.
`

// document is the whole file.
func document(s settings, rows []*row) string {
	var b strings.Builder
	b.WriteString(intro)
	fmt.Fprintf(&b, "Command: `make bench`: %d rounds of %v at capacity and %v at a fixed rate, then %v with the stall.\n\n", s.rounds, s.capacity, s.rate, stallRun)
	fmt.Fprintf(&b, "Machine: %s. %s.\n", machine(), runtime.Version())
	table(&b, "Single requests", "single", singleRate, rows)
	table(&b, "Login journeys of five requests", "login", loginRate, rows)
	targets(&b, rows)
	b.WriteString(method)
	return b.String()
}

func machine() string {
	model := "unknown processor"
	if raw, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		_, after, _ := strings.Cut(string(raw), "model name")
		name, _, _ := strings.Cut(after, "\n")
		if name = strings.Trim(name, " \t:"); name != "" {
			model = name
		}
	}
	kernel := "unknown"
	var u unix.Utsname
	if unix.Uname(&u) == nil {
		kernel = unix.ByteSliceToString(u.Release[:])
	}
	return fmt.Sprintf("%d × %s, %s, kernel %s", runtime.NumCPU(), model, runtime.GOARCH, kernel)
}

func table(b *strings.Builder, title, journey string, rate float64, rows []*row) {
	fmt.Fprintf(b, "\n## %s\n\n", title)
	fmt.Fprintf(b, "| generator | version | per core-second | late at %g/s p50 | p99 | max | cores at %g/s | memory | p99 of the stall | true | error |\n", rate, rate)
	b.WriteString("|---|---|---|---|---|---|---|---|---|---|---|\n")
	for _, r := range rows {
		if r.journey != journey {
			continue
		}
		late := r.lateness()
		fmt.Fprintf(b, "| %s | %s | %.0f | %s | %s | %s | %.2f | %d MiB | %s | %s | %+.1f %% |\n",
			r.tool.name, r.tool.version, median(r.perCore), short(late.P50), short(late.P99), short(late.Max), r.cpu, r.peak>>20,
			short(r.p99), short(r.truth), 100*r.stallError())
	}
}

// lateness is the median of each figure over the rounds.
func (r *row) lateness() quantiles {
	var p50, p99, most []time.Duration
	for _, q := range r.late {
		p50, p99, most = append(p50, q.P50), append(p99, q.P99), append(most, q.Max)
	}
	return quantiles{median(p50), median(p99), median(most)}
}

// stallError is how far what was reported is from the truth.
func (r *row) stallError() float64 {
	if r.truth == 0 {
		return math.NaN()
	}
	return float64(r.p99-r.truth) / float64(r.truth)
}

// targets says what was to be reached and whether it was.
func targets(b *strings.Builder, rows []*row) {
	find := func(name, journey string) *row {
		for _, r := range rows {
			if r.tool.name == name && r.journey == journey {
				return r
			}
		}
		return nil
	}
	single, login := find("holdfast", "single"), find("holdfast", "login")
	vegeta, k6single, k6login := find("vegeta", "single"), find("k6", "single"), find("k6", "login")
	b.WriteString("\n## Targets\n\n| target | measured | reached |\n|---|---|---|\n")
	line := func(target, measured string, reached bool) {
		fmt.Fprintf(b, "| %s | %s | %s |\n", target, measured, map[bool]string{true: "yes", false: "**no**"}[reached])
	}
	ours, best := single.lateness().P99, min(vegeta.lateness().P99, k6single.lateness().P99)
	line("p99 lateness of single requests no worse than the best of the others", short(ours)+" against "+short(best), ours <= best)
	ours, best = login.lateness().P99, k6login.lateness().P99
	line("p99 lateness of logins no worse than k6's", short(ours)+" against "+short(best), ours <= best)
	ratio := median(single.perCore) / median(vegeta.perCore)
	line("single requests per core-second at least 0.9 × vegeta's", fmt.Sprintf("%.2f ×", ratio), ratio >= .9)
	ratio = median(login.perCore) / median(k6login.perCore)
	line("logins per core-second at least 2 × k6's", fmt.Sprintf("%.2f ×", ratio), ratio >= 2)
	off := max(math.Abs(single.stallError()), math.Abs(login.stallError()))
	line("p99 of the stall within 2 % of the truth", fmt.Sprintf("%.1f %% off at most", 100*off), off <= .02)
	var bad uint64
	for _, r := range rows {
		bad += r.bad
	}
	line("no journey failed or left out by anyone", fmt.Sprint(bad), bad == 0)
}

func short(d time.Duration) string {
	if d >= time.Second {
		return fmt.Sprintf("%.3f s", d.Seconds())
	}
	return fmt.Sprintf("%.2f ms", float64(d)/float64(time.Millisecond))
}

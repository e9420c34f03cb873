package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"os"
	"runtime"
	"slices"
	"time"
)

// The processors: the first two.
const (
	stubCore      = 0
	generatorCore = 1
)

// What is measured, at rates that leave every generator's core room.
const (
	singleRate, loginRate           = 1000, 60 // at which lateness is measured
	singleStallRate, loginStallRate = 200, 40
	stallAfter, stallFor            = 3 * time.Second, 2 * time.Second
	stallRun                        = 10 * time.Second
)

// row is one generator's figures for one kind of journey.
type row struct {
	tool     *tool
	journey  string
	boot     time.Duration // processor time it takes to start and end
	perCore  []float64     // journeys for each second of processor time beyond that, one of each round
	stubBusy float64       // the most the stub's core was busy meanwhile
	late     []quantiles
	peak     int64 // bytes at the fixed rate
	cpu      float64
	p99      time.Duration // reported with the stall
	truth    time.Duration
	bad      uint64
}

// settings of a comparison.
type settings struct {
	out, vegeta, k6, modfile, version string
	rounds                            int
	capacity, rate                    time.Duration // how long a round lasts
}

func compare(ctx context.Context, args []string) error {
	var s settings
	f := flag.NewFlagSet("compare", flag.ContinueOnError)
	f.StringVar(&s.out, "out", "docs/performance.md", "the file to write; - is standard output")
	f.StringVar(&s.vegeta, "vegeta", "bin/vegeta", "vegeta's CLI")
	f.StringVar(&s.k6, "k6", "bin/k6", "k6")
	f.StringVar(&s.modfile, "modfile", ".ci/bench/go.mod", "the module file that has their versions")
	f.StringVar(&s.version, "version", "unknown", "holdfast's")
	f.IntVar(&s.rounds, "rounds", 3, "how often capacity and lateness are measured")
	f.DurationVar(&s.capacity, "capacity", 4*time.Second, "how long a round of capacity lasts")
	f.DurationVar(&s.rate, "rate", 8*time.Second, "how long a round at a fixed rate lasts")
	if err := f.Parse(args); err != nil {
		return err
	}
	if runtime.NumCPU() < 2 {
		return fmt.Errorf("compare: the stub and the generator need a processor each, and there is %d", runtime.NumCPU())
	}
	dir, err := os.MkdirTemp("", "loadbench-")
	if err != nil {
		return fmt.Errorf("make work folder: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	tools, err := s.tools(dir)
	if err != nil {
		return err
	}
	url, stop, err := startStub(ctx)
	if err != nil {
		return err
	}
	defer stop()
	rows, err := measure(ctx, s, tools, url)
	if err != nil {
		return err
	}
	text := document(s, rows)
	if s.out == "-" {
		_, err = os.Stdout.WriteString(text)
		return err
	}
	return os.WriteFile(s.out, []byte(text), 0o644) // #nosec G306 -- a document
}

func (s settings) tools(dir string) ([]*tool, error) {
	vegeta, err := versionOf(s.modfile, "github.com/tsenart/vegeta/v12")
	if err != nil {
		return nil, err
	}
	k6version, err := versionOf(s.modfile, "go.k6.io/k6")
	if err != nil {
		return nil, err
	}
	return []*tool{holdfast(s.version), vegetaCLI(s.vegeta, vegeta, dir), k6(s.k6, k6version, dir)}, nil
}

// measure takes turns between the generators, so that what else the machine does meets them alike.
func measure(ctx context.Context, s settings, tools []*tool, url string) ([]*row, error) {
	var rows []*row
	for _, journey := range []string{"single", "login"} {
		for _, t := range tools {
			if journey == "single" || t.journeys {
				rows = append(rows, &row{tool: t, journey: journey})
			}
		}
	}
	for _, r := range rows {
		told, _, err := r.try(ctx, url, task{journey: r.journey, rate: 1, last: time.Second}, trial{})
		if err != nil {
			return nil, err
		}
		r.boot = told.CPU
	}
	for round := range s.rounds {
		for i := range rows {
			r := rows[(i+round)%len(rows)]
			if err := r.round(ctx, s, url); err != nil {
				return nil, err
			}
		}
	}
	for _, r := range rows {
		if err := r.stalled(ctx, url); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

// round measures capacity and lateness once.
func (r *row) round(ctx context.Context, s settings, url string) error {
	told, saw, err := r.try(ctx, url, task{journey: r.journey, last: s.capacity}, trial{})
	if err != nil {
		return err
	}
	r.perCore = append(r.perCore, float64(saw.Finished)/(told.CPU-r.boot).Seconds())
	r.stubBusy = max(r.stubBusy, saw.Busy)
	rate := map[string]float64{"single": singleRate, "login": loginRate}[r.journey]
	told, saw, err = r.try(ctx, url, task{journey: r.journey, rate: rate, last: s.rate}, trial{Rate: rate, Count: int(rate * s.rate.Seconds())})
	if err != nil {
		return err
	}
	r.late = append(r.late, saw.Late)
	r.peak = max(r.peak, told.Peak)
	r.cpu = max(r.cpu, told.CPU.Seconds()/s.rate.Seconds())
	return nil
}

// stalled measures what the generator says of a stall.
func (r *row) stalled(ctx context.Context, url string) error {
	rate := map[string]float64{"single": singleStallRate, "login": loginStallRate}[r.journey]
	told, saw, err := r.try(ctx, url, task{journey: r.journey, rate: rate, last: stallRun, stalls: true},
		trial{Rate: rate, Count: int(rate * stallRun.Seconds()), StallAfter: stallAfter, StallFor: stallFor})
	r.p99, r.truth = told.p99, saw.Truth
	return err
}

// try runs a generator against the stub once.
func (r *row) try(ctx context.Context, url string, t task, what trial) (said, seen, error) {
	fmt.Fprintf(os.Stderr, "%-8s %-6s %5g/s for %v", r.tool.name, t.journey, t.rate, t.last)
	var saw seen
	if err := control(ctx, url+"/control/begin", what, nil); err != nil {
		return said{}, saw, err
	}
	told, err := r.tool.run(ctx, url, t)
	if err == nil {
		err = control(ctx, url+"/control/report", nil, &saw)
	}
	if err != nil {
		return told, saw, fmt.Errorf("run %s: %w", r.tool.name, err)
	}
	r.bad += told.bad
	fmt.Fprintf(os.Stderr, ": %d of %d, %.0f/s, late %v, stub %.0f %%, bad %d, p99 %v (true %v), %d MiB, CPU %v\n", saw.Finished, saw.Arrived,
		saw.PerSec, saw.Late.P99, saw.Busy*100, told.bad, told.p99, saw.Truth, told.Peak>>20, told.CPU)
	return told, saw, nil
}

// control tells the stub something, or asks it.
func control(ctx context.Context, url string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return fmt.Errorf("ask stub: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("ask stub: %w", err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("ask stub: %w", err)
	}
	defer func() { _ = res.Body.Close() }()
	if out == nil {
		return nil
	}
	if err := json.NewDecoder(res.Body).Decode(out); err != nil {
		return fmt.Errorf("ask stub: %w", err)
	}
	return nil
}

func median[T float64 | time.Duration](all []T) T {
	return quantile(slices.Sorted(slices.Values(all)), .5)
}

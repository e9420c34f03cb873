package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

//go:embed single.js
var singleScript string

//go:embed login.js
var loginScript string

// task is one run of a generator.
type task struct {
	journey string
	rate    float64 // 0 is as many as 16 at once can
	last    time.Duration
	stalls  bool // the stub will stall
}

// said is what a generator says of its own run.
type said struct {
	p99 time.Duration // of the time a journey took, as it reports it
	bad uint64        // journeys it reports as failed or left out
	usage
}

// tool is a load generator under comparison.
type tool struct {
	name, version string
	journeys      bool // it can do the login
	run           func(ctx context.Context, url string, t task) (said, error)
}

const atOnce = 16

// holdfast is this program's engine, in a process of its own like the others.
func holdfast(version string) *tool {
	return &tool{name: "holdfast", version: version, journeys: true, run: func(ctx context.Context, url string, t task) (said, error) {
		self, err := os.Executable()
		if err != nil {
			return said{}, err
		}
		out, u, err := call(ctx, "", self, "drive", "-url", url, "-journey", t.journey, "-for", t.last.String(),
			"-rate", strconv.FormatFloat(t.rate, 'f', -1, 64), "-closed", strconv.Itoa(atOnce))
		var d driven
		if err == nil {
			err = json.Unmarshal([]byte(out), &d)
		}
		return said{p99: d.P99, bad: d.Bad, usage: u}, err
	}}
}

// vegetaCLI sends single requests; its results go to a file, as its manual has it.
func vegetaCLI(bin, version, dir string) *tool {
	return &tool{name: "vegeta", version: version, run: func(ctx context.Context, url string, t task) (said, error) {
		results := filepath.Join(dir, "vegeta.bin")
		args := []string{"attack", "-duration=" + t.last.String(), "-output=" + results}
		if t.rate > 0 {
			args = append(args, fmt.Sprintf("-rate=%g/1s", t.rate))
		} else {
			args = append(args, "-rate=0", fmt.Sprintf("-workers=%d", atOnce), fmt.Sprintf("-max-workers=%d", atOnce))
		}
		_, u, err := call(ctx, "GET "+url+"/ping\n", bin, args...)
		if err != nil {
			return said{}, err
		}
		out, _, err := call(ctx, "", bin, "report", "-type=json", results)
		if err != nil {
			return said{}, err
		}
		var r struct {
			Latencies struct {
				P99 time.Duration `json:"99th"`
			} `json:"latencies"`
			Requests uint64  `json:"requests"`
			Success  float64 `json:"success"`
		}
		err = json.Unmarshal([]byte(out), &r)
		return said{p99: r.Latencies.P99, bad: r.Requests - uint64(r.Success*float64(r.Requests)+.5), usage: u}, err
	}}
}

// k6 runs a script; at a fixed rate it has users enough ready for every stall it will meet, so
// that it drops nothing.
func k6(bin, version, dir string) *tool {
	return &tool{name: "k6", version: version, journeys: true, run: func(ctx context.Context, url string, t task) (said, error) {
		script, summary := filepath.Join(dir, t.journey+".js"), filepath.Join(dir, "k6.json")
		source := map[string]string{"single": singleScript, "login": loginScript}[t.journey]
		if err := os.WriteFile(script, []byte(source), 0o600); err != nil {
			return said{}, fmt.Errorf("write k6 script: %w", err)
		}
		seconds := fmt.Sprintf("%gs", t.last.Seconds())
		scenario := map[string]any{"executor": "constant-vus", "vus": atOnce, "duration": seconds, "gracefulStop": "5s"}
		if t.rate > 0 {
			ready := int(t.rate/10) + 20
			if t.stalls {
				ready += int(t.rate * stallFor.Seconds() * 1.25)
			}
			scenario = map[string]any{"executor": "constant-arrival-rate", "rate": int(t.rate), "timeUnit": "1s",
				"duration": seconds, "preAllocatedVUs": ready, "maxVUs": 2 * ready, "gracefulStop": "5s"}
		}
		how, err := json.Marshal(scenario)
		if err != nil {
			return said{}, err
		}
		_, u, err := call(ctx, "", bin, "run", "--quiet", "--no-usage-report", "--no-color", "--summary-export", summary,
			"-e", "URL="+url, "-e", "SCENARIO="+string(how), script)
		if err != nil {
			return said{}, err
		}
		s, err := readSummary(summary, t.journey)
		s.usage = u
		return s, err
	}}
}

// readSummary takes the p99 of the request, or of the journey, and what went wrong.
func readSummary(file, journey string) (said, error) {
	raw, err := os.ReadFile(file) // #nosec G304 -- k6 was told to write it
	if err != nil {
		return said{}, fmt.Errorf("read k6 summary: %w", err)
	}
	var r struct {
		Metrics map[string]map[string]any `json:"metrics"`
	}
	if err := json.Unmarshal(raw, &r); err != nil {
		return said{}, fmt.Errorf("read k6 summary: %w", err)
	}
	number := func(metric, field string) float64 { v, _ := r.Metrics[metric][field].(float64); return v }
	took := map[string]string{"single": "http_req_duration", "login": "iteration_duration"}[journey]
	return said{
		p99: time.Duration(number(took, "p(99)") * float64(time.Millisecond)),
		bad: uint64(number("dropped_iterations", "count")) + uint64(number("http_req_failed", "passes")),
	}, nil
}

// versionOf is the version of a module in a module file.
func versionOf(modfile, module string) (string, error) {
	raw, err := os.ReadFile(modfile) // #nosec G304 -- ours
	if err != nil {
		return "", fmt.Errorf("read %s: %w", modfile, err)
	}
	for line := range strings.Lines(string(raw)) {
		if f := strings.Fields(strings.TrimPrefix(strings.TrimSpace(line), "require ")); len(f) >= 2 && f[0] == module {
			return f[1], nil
		}
	}
	return "", fmt.Errorf("read %s: no %s", modfile, module)
}

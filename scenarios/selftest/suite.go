package selftest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"holdfast/fixtures/sim"
)

// Options say what a self-test does.
type Options struct {
	Seeds   int      // how many runs of each defect and each control: seeds 1, 2, …
	Defects []string // names; empty is every one
	Jobs    int      // runs at once; they wait more than they work
	// Told is called after each run, one call at a time; may be nil.
	Told func(done, all int, a Attempt)
}

// Row is a defect's result.
type Row struct {
	Defect sim.Defect    `json:"defect"`
	Trial  string        `json:"trial"`
	Found  int           `json:"found"`
	Of     int           `json:"of"`
	Took   time.Duration `json:"took"` // of all its runs together
	Void   int           `json:"void"` // runs beside those that did not come off
	Missed []string      `json:"missed,omitempty"`
}

// Control is a trial's result without any defect.
type Control struct {
	Trial  string        `json:"trial"`
	Clean  int           `json:"clean"` // runs without a failure
	Of     int           `json:"of"`
	Took   time.Duration `json:"took"`
	Void   int           `json:"void"` // runs beside those that did not come off
	Failed []string      `json:"failed,omitempty"`
}

// Result is what a self-test showed.
type Result struct {
	Rows     []Row     `json:"defects"`
	Controls []Control `json:"controls"`
}

// OK says that every defect was found each time and no control failed.
func (r Result) OK() bool {
	for _, row := range r.Rows {
		if row.Found < row.Of || row.Of == 0 {
			return false
		}
	}
	for _, c := range r.Controls {
		if c.Clean < c.Of || c.Of == 0 {
			return false
		}
	}
	return len(r.Rows) > 0
}

// task is one run to make and where its result goes.
type task struct {
	trial  Trial
	defect sim.Defect
	seed   uint64
	put    func(Attempt)
}

// Run makes every run, several at once. An error is the self-test's own.
func Run(ctx context.Context, o Options) (Result, error) {
	r, tasks, err := plan(o)
	if err != nil {
		return r, err
	}
	root, err := os.MkdirTemp("", "holdfast-selftest-")
	if err != nil {
		return r, fmt.Errorf("make folder for the self-test: %w", err)
	}
	defer func() { _ = os.RemoveAll(root) }()
	next := make(chan task)
	var wg sync.WaitGroup
	var mu sync.Mutex
	done := 0
	for range max(1, o.Jobs) {
		wg.Go(func() {
			for t := range next {
				a := attempt(ctx, t.trial, t.defect, t.seed, root)
				mu.Lock()
				t.put(a)
				if done++; o.Told != nil {
					o.Told(done, len(tasks), a)
				}
				mu.Unlock()
			}
		})
	}
	for _, t := range tasks {
		select {
		case next <- t:
			continue
		case <-ctx.Done():
		}
		break
	}
	close(next)
	wg.Wait()
	return r, context.Cause(ctx)
}

// plan lists the runs: of each defect asked for, and of the trials that provoke them.
func plan(o Options) (Result, []task, error) {
	names := o.Defects
	if len(names) == 0 {
		names = sim.DefectNames()
	}
	if o.Seeds < 1 {
		return Result{}, nil, errors.New("self-test: at least one seed is needed")
	}
	r := Result{Rows: make([]Row, len(names))}
	var tasks []task
	controls := map[string]int{}
	var trials []Trial
	for i, name := range names {
		d, err := sim.FindDefect(name)
		if err != nil {
			return r, nil, err
		}
		t, ok := Provokes(name)
		if !ok {
			return r, nil, fmt.Errorf("self-test: no trial provokes %s", name)
		}
		if _, seen := controls[t.Name]; !seen {
			controls[t.Name] = len(trials)
			trials = append(trials, t)
		}
		row := &r.Rows[i]
		*row = Row{Defect: d, Trial: t.Name}
		for seed := range o.Seeds {
			tasks = append(tasks, task{t, d, uint64(seed) + 1, row.add})
		}
	}
	r.Controls = make([]Control, len(trials))
	for i, t := range trials {
		c := &r.Controls[i]
		*c = Control{Trial: t.Name}
		for seed := range o.Seeds {
			tasks = append(tasks, task{t, sim.Defect{}, uint64(seed) + 1, c.add})
		}
	}
	return r, tasks, nil
}

func (r *Row) add(a Attempt) {
	r.Of++
	r.Took += a.Took
	r.Void += a.Void
	if a.Found {
		r.Found++
		return
	}
	r.Missed = append(r.Missed, fmt.Sprintf("seed %d: %s: %s", a.Seed, a.Verdict, a.Why))
}

func (c *Control) add(a Attempt) {
	c.Of++
	c.Took += a.Took
	c.Void += a.Void
	if a.Found {
		c.Clean++
		return
	}
	c.Failed = append(c.Failed, fmt.Sprintf("seed %d: %s: %s", a.Seed, a.Verdict, a.Why))
}

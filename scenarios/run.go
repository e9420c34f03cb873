package scenarios

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"holdfast/chaos"
	"holdfast/fixtures"
	"holdfast/load"
	"holdfast/reports"
)

// RunOptions are what one run is told beyond its scenario.
type RunOptions struct {
	Provider fixtures.Provider
	ID       string // marks every resource of the run
	Dir      string // run folder, absolute; made if it is not there
	Version  string // holdfast's own
	Keep     bool   // leave the environment up at the end
	Subnet   string // CIDR for networks; empty is the provider's default
	// TimeScale divides every wait of the run and the time between arrivals, so that as many
	// arrive: 1 for a deployment, more for a demo on the twin.
	TimeScale float64

	Stage  func(fixtures.Stage) // bring-up, as it goes; may be nil
	Phase  func(string)         // the name of each phase as it begins; may be nil
	Status func(Status)         // once a second under load; may be nil
}

// Run performs the plan and judges it: folder, bring-up, proof of the front door, cohort, load,
// faults, heal, settle, teardown. What was recorded is judged and written down even if the run
// was cut short by ctx or an error; such a report is incomplete and never a pass. The error is
// the harness's own, never the deployment's.
func Run(ctx context.Context, plan Plan, o RunOptions) (*reports.Report, error) {
	if o.TimeScale <= 0 {
		o.TimeScale = 1
	}
	for i := range plan.Classes {
		plan.Classes[i].Schedule = load.Faster(plan.Classes[i].Schedule, o.TimeScale)
	}
	r := &run{s: &plan.Scenario, plan: plan, o: o, start: time.Now()}
	if err := r.prepare(); err != nil {
		return nil, err
	}
	err := r.perform(ctx)
	report, judgeErr := r.conclude()
	return report, errors.Join(err, judgeErr)
}

// run is one run under way.
type run struct {
	s     *Scenario
	plan  Plan
	o     RunOptions
	start time.Time // offset 0 of the history

	history *reports.Writer
	journal *chaos.Journal
	env     fixtures.Environment
	traffic *traffic
	state   state // newest readings
	aimer   aimer
}

// now is the run's axis.
func (r *run) now() time.Duration { return time.Since(r.start) }

// scaled is a wait of the scenario as this run waits it.
func (r *run) scaled(d time.Duration) time.Duration {
	return time.Duration(float64(d) / r.o.TimeScale)
}

// prepare makes the folder and opens what must be on disk before anything is made.
func (r *run) prepare() error {
	if err := makeFolder(r.o.Dir, r.plan); err != nil {
		return err
	}
	var err error
	r.journal, err = chaos.CreateJournal(filepath.Join(r.o.Dir, chaos.JournalFile), r.o.ID, r.o.Provider.Name())
	if err != nil {
		return err
	}
	r.history, err = reports.Create(r.o.Dir)
	if err != nil {
		return errors.Join(err, r.journal.Close())
	}
	r.history.Meta(r.meta(nil, nil))
	return nil
}

// perform brings the environment up, measures and takes it down again whatever happened.
func (r *run) perform(ctx context.Context) error {
	env, err := r.o.Provider.Up(ctx, r.s.Topology, fixtures.UpOptions{
		Run: r.o.ID, Dir: r.o.Dir, Keep: r.o.Keep, Subnet: r.o.Subnet, Stage: r.o.Stage,
	})
	if err != nil {
		return err
	}
	r.env = env
	err = r.measure(ctx)
	return errors.Join(err, r.down(ctx))
}

// down removes the environment, also when ctx has ended, unless it is to be kept.
func (r *run) down(ctx context.Context) error {
	if r.o.Keep {
		return nil
	}
	done := r.stage("teardown")
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Minute)
	defer cancel()
	if err := r.env.Down(ctx); err != nil {
		return fmt.Errorf("take down the environment (holdfast clean finishes it): %w", err)
	}
	done("")
	return r.journal.Down()
}

// conclude closes the history and judges what it holds, from disk, as holdfast judge does.
func (r *run) conclude() (*reports.Report, error) {
	err := errors.Join(r.history.Close(), r.journal.Close())
	h, readErr := reports.Read(r.o.Dir)
	if readErr != nil {
		return nil, errors.Join(err, readErr)
	}
	report := reports.Judge(h)
	return report, errors.Join(err, reports.Write(r.o.Dir, report))
}

// stage tells that a stage began; the function it returns tells that it ended.
func (r *run) stage(name string) func(note string) {
	if r.o.Stage == nil {
		return func(string) {}
	}
	began := time.Now()
	r.o.Stage(fixtures.Stage{Name: name})
	return func(note string) {
		r.o.Stage(fixtures.Stage{Name: name, Took: time.Since(began), Done: true, Note: note})
	}
}

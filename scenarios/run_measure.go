package scenarios

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"holdfast/chaos"
	"holdfast/fixtures"
	"holdfast/load"
	"holdfast/reports"
)

// measure is everything between bring-up and teardown.
func (r *run) measure(ctx context.Context) error {
	var err error
	if r.traffic, err = newTraffic(r); err != nil {
		return err
	}
	defer r.traffic.close()
	r.state.sessions, r.state.keycloak = r.traffic.driver.Sessions, r.s.Topology.IsKeycloak
	r.history.Meta(r.meta(r.env, nil))
	if err := r.prove(ctx); err != nil {
		return err
	}
	done := r.stage("cohort")
	if err := r.traffic.driver.Cohort(ctx, r.traffic.engine, r.s.Load.Cohort); err != nil {
		return fmt.Errorf("log the cohort in: %w", err)
	}
	done(fmt.Sprintf("%d sessions", r.s.Load.Cohort))
	if err := r.underLoad(ctx); err != nil {
		return err
	}
	return r.settle(ctx)
}

// prove logs one user in through the front door. A balancer may need a moment to believe in
// nodes that have just become ready, so it is tried for a while.
func (r *run) prove(ctx context.Context) error {
	done := r.stage("login through the front door")
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	login, err := r.traffic.driver.Journey("login")
	if err != nil {
		return err
	}
	for {
		res := r.traffic.engine.One(ctx, "proof", login)
		if res.Outcome == load.OK {
			done("")
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("no login through %s: %s at step %s", r.env.FrontDoor().URL, res.Reason, res.Step)
		case <-time.After(500 * time.Millisecond):
		}
	}
}

// underLoad runs the phases with the load on and the deployment watched.
func (r *run) underLoad(ctx context.Context) error {
	watch, unwatch := context.WithCancel(ctx)
	faults := r.faults()
	watched := r.watch(watch, faults)
	ended := make(chan error, 1)
	r.mark("warmup")
	go func() { ended <- r.traffic.run(ctx) }()
	err := r.phases(ctx, faults)
	r.traffic.engine.Stop()
	err = errors.Join(err, <-ended)
	unwatch()
	<-watched
	return errors.Join(err, context.Cause(ctx))
}

func (r *run) phases(ctx context.Context, faults *chaos.Runner) error {
	if err := r.wait(ctx, r.s.Phases.Warmup); err != nil {
		return err
	}
	r.mark("before")
	if err := r.wait(ctx, r.s.Phases.Before); err != nil {
		return err
	}
	if len(r.plan.Faults) > 0 {
		r.mark("faults")
		steps, err := r.steps()
		if err != nil {
			return err
		}
		if err := faults.Run(ctx, steps); err != nil {
			return err
		}
		r.whole(ctx)
	}
	r.mark("after")
	return r.wait(ctx, r.s.Phases.After)
}

// wholeLimit bounds the wait for the deployment to be whole again.
const wholeLimit = time.Minute

// whole waits, for a while, until every Keycloak node says that it is ready and every balancer
// uses those it has: a target that has healed may be noticed by the others only a moment later,
// and the steady state is not steady before that.
func (r *run) whole(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, r.scaled(wholeLimit))
	defer cancel()
	for ctx.Err() == nil {
		ready, away := 0, 0
		for _, s := range r.env.Sample(ctx) {
			switch {
			case s.Metric == "ready" && s.Value == 1 && r.s.Topology.IsKeycloak(s.Node):
				ready++
			case strings.HasPrefix(s.Metric, "balancer.up/") && s.Value != 1:
				away++
			}
		}
		if away == 0 && ready == len(r.s.Topology.Named(fixtures.Keycloak)) {
			return
		}
		select {
		case <-ctx.Done():
		case <-time.After(r.period(time.Second)):
		}
	}
}

// settle asks after every session and ends the history: only a run that gets here is complete.
func (r *run) settle(ctx context.Context) error {
	r.mark("settle")
	done := r.stage("settle")
	bounded, cancel := context.WithTimeout(ctx, r.scaled(r.s.Phases.Settle)+5*time.Second)
	defer cancel()
	sessions, err := r.traffic.driver.Settle(bounded, r.traffic.engine)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("ask after the sessions: %w", err)
	}
	done(fmt.Sprintf("%d sessions", len(sessions)))
	r.mark("end")
	r.traffic.lookups.end()
	return r.history.End()
}

func (r *run) mark(phase string) {
	r.history.Mark(reports.Mark{At: r.now(), Phase: phase})
	if r.o.Phase != nil {
		r.o.Phase(phase)
	}
}

func (r *run) wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(r.scaled(d))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}

func (r *run) faults() *chaos.Runner {
	return &chaos.Runner{
		Env: r.env, Journal: r.journal, Now: r.now, Record: r.history.Injection,
		Heal: r.s.Phases.HealTimeout,
	}
}

func (r *run) steps() ([]chaos.Step, error) {
	var out []chaos.Step
	for _, f := range r.plan.Faults {
		fault, err := Fault{Kind: f.Kind, Settings: f.Settings}.disruption()
		if err != nil {
			return nil, err
		}
		out = append(out, chaos.Step{ID: f.ID, Fault: fault, Targets: f.Targets, Control: f.Control,
			At: r.scaled(f.At), For: r.scaled(f.For), Trigger: r.trigger(f), Seen: func() { r.aimer.seen(f.ID) }})
	}
	return out, nil
}

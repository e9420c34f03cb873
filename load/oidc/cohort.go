package oidc

import (
	"context"
	"fmt"
	"sync"
	"time"

	"holdfast/load"
)

const (
	cohortWorkers = 2 // a quiet deployment should not be met by a burst of password hashing
	cohortTries   = 3
	settleWorkers = 4
)

// Cohort logs n users in, recorded as class "cohort", to be followed to the end of the run.
func (d *Driver) Cohort(ctx context.Context, e *load.Engine, n int) error {
	if d.err != nil {
		return d.err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	// Before anything is disrupted: what is accepted twice later is wrong only if it was not then.
	if once, known := d.rotationEnforced(ctx, e, "cohort"); known {
		d.rotates = once
	}
	each(ctx, n, cohortWorkers, func(i int) {
		if err := d.member(ctx, e, i); err != nil {
			cancel(err)
		}
	})
	return context.Cause(ctx)
}

func (d *Driver) member(ctx context.Context, e *load.Engine, i int) error {
	user := i % d.users()
	var res load.Result
	for range cohortTries {
		res = e.One(ctx, "cohort", func(ctx context.Context, c *load.Call) load.Result {
			_, res := d.enter(ctx, c, user, true)
			return res
		})
		if res.Outcome == load.OK {
			return nil
		}
		if !sleep(ctx, time.Second) {
			return context.Cause(ctx)
		}
	}
	name, _ := d.config.User(user)
	return fmt.Errorf("cohort login of %s: %s at step %s", name, res.Reason, res.Step)
}

// each calls do for 0 ≤ i < n with so many at once, and begins no more when ctx has ended.
func each(ctx context.Context, n, workers int, do func(int)) {
	next := make(chan int)
	var wg sync.WaitGroup
	for range min(n, workers) {
		wg.Go(func() {
			for i := range next {
				do(i)
			}
		})
	}
	for i := range n {
		select {
		case next <- i:
			continue
		case <-ctx.Done():
		}
		break
	}
	close(next)
	wg.Wait()
}

func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

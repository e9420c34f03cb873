package oidc

import (
	"context"

	"holdfast/load"
)

// rotationEnforced finds out on a session of its own whether a refresh token that was used is
// refused: only then can a rotation whose answer was lost cost a session, and only then is it
// wrong to accept one twice. It is not known when no clear answer can be had.
func (d *Driver) rotationEnforced(ctx context.Context, e *load.Engine, class string) (once, known bool) {
	e.One(ctx, class, func(ctx context.Context, c *load.Call) load.Result {
		s, res := d.authenticate(ctx, c, 0)
		if res.Outcome != load.OK {
			return res
		}
		used := s.refresh
		if r := d.renew(ctx, c, s); r.Outcome != load.OK {
			return r.Result()
		}
		r := d.replay(c, stepReplayRefresh, d.rotation(ctx, used), load.OK) // either is an answer to the question
		known = r.Outcome == load.OK
		once = known && r.Reason != acceptedAgain
		return r.Result()
	})
	return once, known
}

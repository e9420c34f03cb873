package oidc

import (
	"context"

	"holdfast/load"
)

// refresh rotates a session's tokens.
func (d *Driver) refresh() load.Journey {
	return func(ctx context.Context, c *load.Call) load.Result {
		return d.withSession(c, true, func(s *session) load.Result { return d.renew(ctx, c, s).Result() })
	}
}

// renew gets a session new tokens and checks whose they are.
func (d *Driver) renew(ctx context.Context, c *load.Call, s *session) *load.Response {
	var t tokens
	answer := tokenAnswer(&t)
	d.next(c, AtRefresh)
	r := c.Do("refresh", d.rotation(ctx, s.refresh), func(r *load.Response) (load.Outcome, string) {
		if outcome, reason := answer(r); outcome != load.OK {
			return outcome, reason
		}
		for _, token := range []string{t.Access, t.ID} {
			if who, ok := peek(token); ok && who.Subject != "" && who.Subject != s.subject {
				return load.Failed, anotherUser
			}
		}
		return load.OK, ""
	})
	switch {
	case r.Outcome == load.OK:
		s.take(t, c.Now())
	case r.Reason == anotherUser:
		s.swapped = true
	case r.Reason == invalidGrant:
		s.refused = true
	case r.Outcome == load.Unknown:
		s.unanswered = true
	}
	return r
}

// ready refreshes a session whose access token is about to expire.
func (d *Driver) ready(ctx context.Context, c *load.Call, s *session) load.Result {
	if c.Now() < s.renewAt {
		return load.Result{Outcome: load.OK}
	}
	return d.renew(ctx, c, s).Result()
}

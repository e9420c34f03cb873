package oidc

import (
	"context"
	"net/http"

	"holdfast/load"
)

// logout ends a later session; the cohort is there to be followed and is left alone.
func (d *Driver) logout() load.Journey {
	return func(ctx context.Context, c *load.Call) load.Result {
		return d.withSession(c, false, func(s *session) load.Result {
			d.next(c, AtLogout)
			r := c.Do("logout", d.config.Browser.authenticate(ctx, d.end, "refresh_token", s.refresh), loggedOut)
			if s.loggedOut = r.Outcome == load.OK; s.loggedOut {
				s.ack(eventLogout, c.Now())
			}
			s.refused = r.Reason == invalidGrant
			s.logoutSent = r.Sent && !s.refused
			return r.Result()
		})
	}
}

func loggedOut(r *load.Response) (load.Outcome, string) {
	switch {
	case r.Outcome != load.OK:
		return refusal(r)
	case r.Status == http.StatusOK || r.Status == http.StatusNoContent:
		return load.OK, ""
	}
	return load.Failed, "unexpected status"
}

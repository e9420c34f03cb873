package oidc

import (
	"context"
	"net/http"

	"holdfast/load"
)

// sso logs a session's user in again without asking, by the browser's cookies.
func (d *Driver) sso() load.Journey {
	return func(ctx context.Context, c *load.Call) load.Result {
		return d.withSession(c, true, func(s *session) load.Result {
			f := newFlow()
			req := request(ctx, http.MethodGet, d.authorization(f, "none"))
			s.cookies.send(req)
			var code string
			r := c.Do("authorize", req, d.callback(f, &code))
			if r.Outcome != load.OK {
				s.refused = r.Reason == "login_required"
				return r.Result()
			}
			s.cookies.keep(d.auth, r.Header)
			return d.exchange(ctx, c, f, code, s)
		})
	}
}

package oidc

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"holdfast/load"
)

// whoami asks the userinfo endpoint who a session's user is.
func (d *Driver) whoami() load.Journey {
	return func(ctx context.Context, c *load.Call) load.Result {
		return d.withSession(c, true, func(s *session) load.Result {
			if res := d.ready(ctx, c, s); res.Outcome != load.OK {
				return res
			}
			req := request(ctx, http.MethodGet, d.userinfo)
			req.Header["Authorization"] = []string{"Bearer " + s.access}
			r := c.Do("userinfo", req, s.isSubject)
			s.refused = r.Reason == invalidToken
			return r.Result()
		})
	}
}

// isSubject judges an answer that should name the session's user.
func (s *session) isSubject(r *load.Response) (load.Outcome, string) {
	if r.Outcome != load.OK {
		if strings.Contains(r.Header.Get("Www-Authenticate"), `error="invalid_token"`) {
			return load.Failed, invalidToken
		}
		return refusal(r)
	}
	var who claims
	switch {
	case r.Status != http.StatusOK:
		return load.Failed, "unexpected status"
	case json.Unmarshal(r.Body, &who) != nil:
		return load.Failed, noJSON(r.Body)
	case who.Subject == "":
		return load.Failed, "no subject"
	case who.Subject != s.subject:
		return load.Failed, anotherUser
	}
	return load.OK, ""
}

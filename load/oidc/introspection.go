package oidc

import (
	"context"
	"encoding/json"

	"holdfast/load"
)

const notActive = "token not active"

// introspection has the service client ask what a session's access token is worth.
func (d *Driver) introspection() load.Journey {
	return func(ctx context.Context, c *load.Call) load.Result {
		return d.withSession(c, true, func(s *session) load.Result {
			if res := d.ready(ctx, c, s); res.Outcome != load.OK {
				return res
			}
			r := c.Do("introspect", d.config.Service.authenticate(ctx, d.inspect, "token", s.access),
				func(r *load.Response) (load.Outcome, string) {
					var state struct {
						Active bool `json:"active"`
					}
					if r.Outcome == load.OK && json.Unmarshal(r.Body, &state) == nil && !state.Active {
						return load.Failed, notActive
					}
					return s.isSubject(r)
				})
			s.refused = r.Reason == notActive
			return r.Result()
		})
	}
}

package oidc

import (
	"context"

	"holdfast/load"
)

// clientCredentials has the service client get a token for itself.
func (d *Driver) clientCredentials() load.Journey {
	return func(ctx context.Context, c *load.Call) load.Result {
		c.As("client " + d.config.Service.ID)
		var t tokens
		answer := tokenAnswer(&t)
		return c.Do("token", d.config.Service.authenticate(ctx, d.token, "grant_type", "client_credentials"),
			func(r *load.Response) (load.Outcome, string) {
				if outcome, reason := answer(r); outcome != load.OK {
					return outcome, reason
				}
				who, ok := peek(t.Access)
				if ok && who.Party != d.config.Service.ID && who.ClientID != d.config.Service.ID {
					return load.Failed, "token of another client"
				}
				return load.OK, ""
			}).Result()
	}
}

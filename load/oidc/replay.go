package oidc

import (
	"context"
	"net/http"
	"slices"
	"time"

	"holdfast/load"
)

const (
	replayCodes   = 40          // of the run's redeemed codes offered again
	replayTokens  = 60          // of its rotated refresh tokens
	replayLogins  = 5           // logins made to have a code that has certainly not expired
	replayEach    = 2           // times each is offered: the balancer may choose another node
	codeLifespan  = time.Minute // Keycloak's default; an older code is refused for its age alone
	acceptedAgain = "accepted a second time"

	stepReplayCode    = "replay-code"
	stepReplayRefresh = "replay-refresh"
)

// replays offers, once every fate is known, redeemed codes and rotated refresh tokens again.
// That comes last because Keycloak ends the session of what is offered twice.
func (d *Driver) replays(ctx context.Context, e *load.Engine, asked []*session, lines []load.Session) []load.Session {
	codes := recentCodes(asked, d.config.Now())
	var tokens []*session
	if d.rotates {
		spent := slices.DeleteFunc(slices.Clone(asked), func(s *session) bool { return s.lastSpent == "" })
		tokens = spread(spent, replayTokens)
	}
	again := make([]string, len(asked)) // what was accepted twice, by session
	at := map[*session]int{}
	for i, s := range asked {
		at[s] = i
	}
	each(ctx, len(tokens), settleWorkers, func(i int) {
		s := tokens[i]
		token := s.lastSpent
		if i%2 == 0 { // the one from before a disruption, if there was any
			token = s.firstSpent
		}
		if d.twice(ctx, e, s.user, stepReplayRefresh, func(ctx context.Context) *http.Request { return d.rotation(ctx, token) }) {
			again[at[s]] = eventRefresh
		}
	})
	each(ctx, len(codes), settleWorkers, func(i int) {
		s := codes[i]
		if d.twice(ctx, e, s.user, stepReplayCode, func(ctx context.Context) *http.Request { return d.redeem(ctx, s.code, s.verifier) }) {
			again[at[s]] = eventCode
		}
	})
	for i, event := range again {
		if event != "" {
			lines[i].Fate, lines[i].Reason, lines[i].Event, lines[i].Decided = load.Replayed, acceptedAgain, event, d.config.Now()
		}
	}
	return append(lines, d.freshCodes(ctx, e)...)
}

// recentCodes are sessions whose code may still be refused for being used, not for its age: the
// newest first.
func recentCodes(asked []*session, now time.Duration) []*session {
	out := slices.DeleteFunc(slices.Clone(asked), func(s *session) bool { return s.code == "" || now-s.since > codeLifespan })
	slices.SortStableFunc(out, func(a, b *session) int { return int(b.since - a.since) })
	return out[:min(len(out), replayCodes)]
}

// freshCodes logs users in, only to offer their codes again. A login that does not come about
// shows nothing; one whose code is accepted twice is a line of the ledger.
func (d *Driver) freshCodes(ctx context.Context, e *load.Engine) []load.Session {
	found := make([]*session, replayLogins)
	each(ctx, replayLogins, settleWorkers, func(i int) {
		var s *session
		res := e.One(ctx, "settle", func(ctx context.Context, c *load.Call) load.Result {
			var res load.Result
			s, res = d.authenticate(ctx, c, i%d.users())
			s.since = c.Now()
			return res
		})
		if res.Outcome == load.OK && d.twice(ctx, e, s.user, stepReplayCode, func(ctx context.Context) *http.Request { return d.redeem(ctx, s.code, s.verifier) }) {
			found[i] = s
		}
	})
	var out []load.Session
	for _, s := range found {
		if s != nil {
			s.id = d.ledger.number()
			l := d.line(s, load.Replayed, acceptedAgain)
			l.Event = eventCode
			out = append(out, l)
		}
	}
	return out
}

// twice offers something that was used a few times more and says whether it was ever accepted.
func (d *Driver) twice(ctx context.Context, e *load.Engine, user, step string, request func(context.Context) *http.Request) bool {
	accepted := false
	for range replayEach {
		e.One(ctx, "settle", func(ctx context.Context, c *load.Call) load.Result {
			c.As(user)
			r := d.replay(c, step, request(ctx), load.Failed)
			accepted = accepted || r.Reason == acceptedAgain
			return r.Result()
		})
	}
	return accepted
}

// replay sends a token request that should be refused because what it offers was used. That it
// was refused is OK, that it was acceptedAgain as the caller says; anything else is no answer.
func (d *Driver) replay(c *load.Call, step string, req *http.Request, accepted load.Outcome) *load.Response {
	var t tokens
	answer := tokenAnswer(&t)
	return c.Do(step, req, func(r *load.Response) (load.Outcome, string) {
		outcome, reason := answer(r)
		switch {
		case outcome == load.OK:
			return accepted, acceptedAgain
		case reason == invalidGrant:
			return load.OK, ""
		}
		return outcome, reason
	})
}

// rotation is the request that turns a refresh token into new tokens.
func (d *Driver) rotation(ctx context.Context, refresh string) *http.Request {
	return d.config.Browser.authenticate(ctx, d.token, "grant_type", "refresh_token", "refresh_token", refresh)
}

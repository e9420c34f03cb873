package oidc

import (
	"context"
	"sync"
	"time"

	"holdfast/load"
)

const (
	settleTries = 5
	endedAsked  = 3                      // how often a logged-out session is tried: each time the balancer may choose another node
	settlePause = 500 * time.Millisecond // before the second try; longer before each next
)

// Settle asks, when the load has ended, what became of every cohort session, of up to 200
// later ones and of up to 200 logged-out ones, then offers a sample of what may be used once a
// second time, and records the ledger's lines. What ctx leaves no time for is indeterminate, and
// ctx's cause is returned with the rest.
func (d *Driver) Settle(ctx context.Context, e *load.Engine) ([]load.Session, error) {
	if d.err != nil {
		return nil, d.err
	}
	asked := d.ledger.toAsk()
	out := make([]load.Session, len(asked))
	for _, s := range asked {
		s.settling = true
	}
	rotates := sync.OnceValue(func() bool {
		once, known := d.rotationEnforced(ctx, e, "settle")
		return once || !known
	})
	done := make([]bool, len(asked))
	each(ctx, len(asked), settleWorkers, func(i int) {
		out[i], done[i] = d.settle(ctx, e, asked[i], rotates), true
	})
	for i, s := range asked {
		if !done[i] {
			out[i] = d.line(s, load.Indeterminate, "no time left to ask")
		}
	}
	out = append(d.replays(ctx, e, asked, out), d.locks(ctx, e)...)
	if e.Recorder != nil {
		for _, s := range out {
			e.Recorder.Session(s)
		}
	}
	return out, context.Cause(ctx)
}

func (d *Driver) line(s *session, f load.Fate, reason string) load.Session {
	l := load.Session{
		ID: s.id, Cohort: s.cohort, Since: s.since, Used: s.used, Acked: s.acked,
		Fate: f, Reason: reason, Decided: d.config.Now(),
	}
	if f == load.Lost || f == load.Resurrected {
		l.Event = s.event
	}
	return l
}

// settle asks for new tokens, again while there is no clear answer, and decides.
func (d *Driver) settle(ctx context.Context, e *load.Engine, s *session, rotates func() bool) load.Session {
	if s.swapped {
		return d.line(s, load.Swapped, anotherUser)
	}
	before, refusals := s.refused, 0
	var r *load.Response
	for try := range settleTries {
		if try > 0 && refusals == 0 && !sleep(ctx, time.Duration(try)*settlePause) {
			break
		}
		e.One(ctx, "settle", func(ctx context.Context, c *load.Call) load.Result {
			c.As(s.user)
			r = d.renew(ctx, c, s)
			return r.Result()
		})
		switch {
		case s.swapped:
			return d.line(s, load.Swapped, anotherUser)
		case r.Outcome == load.OK && s.loggedOut:
			return d.line(s, load.Resurrected, "refreshed after its logout was acknowledged")
		case r.Outcome == load.OK && before:
			return d.line(s, load.Kept, "refused once, honoured later")
		case r.Outcome == load.OK:
			return d.line(s, load.Kept, "")
		case r.Reason == invalidGrant:
			if refusals++; !s.loggedOut || refusals == endedAsked {
				return d.refused(s, rotates)
			}
		}
	}
	if refusals > 0 {
		return d.refused(s, rotates)
	}
	return d.line(s, load.Indeterminate, r.Reason)
}

// refused decides about a session the deployment does not know: it is lost unless the harness
// itself gave a reason.
func (d *Driver) refused(s *session, rotates func() bool) load.Session {
	switch {
	case s.loggedOut:
		return d.line(s, load.Ended, "")
	case s.logoutSent:
		return d.line(s, load.Indeterminate, "its logout was not acknowledged")
	case s.expired(d.config.Now()):
		return d.line(s, load.Indeterminate, "expired by itself")
	case s.unanswered && rotates():
		return d.line(s, load.Indeterminate, "a rotation was not answered")
	}
	return d.line(s, load.Lost, invalidGrant)
}

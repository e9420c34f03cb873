package oidc

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"holdfast/load"
)

// guessed is how many users are kept for wrong passwords. They are the realm's last, and log in
// nowhere else, so that the lock meets nobody whose login is measured.
const guessed = 5

const (
	formAgain     = "login form again"
	wrongAccepted = "wrong password accepted"
)

// guessing counts the wrong passwords that were refused, by guessed user.
type guessing struct {
	mu    sync.Mutex
	users [guessed]guess
}

type guess struct {
	refused             int
	first, locked, last time.Duration // refusals: the first, the one that locks, the newest
}

// users is how many users log in.
func (d *Driver) users() int {
	if d.guessing != nil {
		return d.config.UserCount - guessed
	}
	return d.config.UserCount
}

// guards says why wrong passwords cannot be tried.
func (d *Driver) guards() error {
	switch {
	case d.config.LockAfter < 1:
		return fmt.Errorf("journey wrong-password: the realm is not said to protect against guessing")
	case d.config.UserCount <= guessed:
		return fmt.Errorf("journey wrong-password: it keeps %d users for itself, and there are %d", guessed, d.config.UserCount)
	}
	return nil
}

// wrongPassword tries a guessed user's login with a wrong password, which must be refused. At the
// end the right one must be, too: the lock is an acknowledged event like any other.
func (d *Driver) wrongPassword() load.Journey {
	d.guessing = &guessing{}
	return func(ctx context.Context, c *load.Call) load.Result {
		i := int(c.Seq % guessed) // #nosec G115 -- below guessed
		name, _ := d.config.User(d.users() + i)
		f := newFlow()
		res := d.submit(ctx, c, &session{user: name}, f, "wrong-"+f.state, refusedForm)
		if res.Outcome == load.OK {
			d.guessing.refusal(i, c.Now(), d.config.LockAfter)
		}
		return res
	}
}

// refusedForm judges an answer that should be the login form once more.
func refusedForm(r *load.Response) (load.Outcome, string) {
	switch {
	case r.Outcome != load.OK:
		return r.Outcome, r.Reason
	case r.Status != http.StatusOK:
		return load.Failed, wrongAccepted
	}
	if reason := pageReason(r.Body); reason != formAgain {
		return load.Failed, reason
	}
	return load.OK, ""
}

func (g *guessing) refusal(i int, now time.Duration, locks int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	u := &g.users[i]
	if u.refused++; u.refused == 1 {
		u.first = now
	}
	if u.refused == locks {
		u.locked = now
	}
	u.last = now
}

// locks tries the right password of every guessed user who must be locked, once: a line each.
func (d *Driver) locks(ctx context.Context, e *load.Engine) []load.Session {
	if d.guessing == nil {
		return nil
	}
	var out []load.Session
	for i, u := range d.guessing.users {
		if u.refused < d.config.LockAfter {
			continue
		}
		res := e.One(ctx, "settle", func(ctx context.Context, c *load.Call) load.Result {
			_, res := d.authenticate(ctx, c, d.users()+i)
			return res
		})
		l := load.Session{
			ID: fmt.Sprintf("lock-%d", i+1), Since: u.first, Acked: u.locked, Used: u.refused,
			Decided: d.config.Now(), Event: eventLock,
		}
		l.Fate, l.Reason = d.lock(res, d.config.Now()-u.last)
		if l.Fate == load.Kept {
			l.Event = ""
		}
		out = append(out, l)
	}
	return out
}

// lock is what the answer to the right password says of a user's lock.
func (d *Driver) lock(res load.Result, idle time.Duration) (load.Fate, string) {
	switch {
	case res.Outcome == load.OK && d.config.LockFor > 0 && idle >= d.config.LockFor:
		return load.Indeterminate, "ended by itself"
	case res.Outcome == load.OK:
		return load.Lost, "the right password was accepted"
	case res.Reason == formAgain:
		return load.Kept, ""
	}
	return load.Indeterminate, res.Reason
}

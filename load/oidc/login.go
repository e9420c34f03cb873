package oidc

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"holdfast/load"
)

// login is a browser login of any user: the authorization request, the HTML form, the code and
// its exchange.
func (d *Driver) login() load.Journey {
	return func(ctx context.Context, c *load.Call) load.Result {
		_, res := d.enter(ctx, c, d.pick(c), false)
		return res
	}
}

// enter logs a user in and enters the session in the ledger.
func (d *Driver) enter(ctx context.Context, c *load.Call, user int, cohort bool) (*session, load.Result) {
	s, res := d.authenticate(ctx, c, user)
	s.cohort = cohort
	if res.Outcome == load.OK || s.swapped {
		s.since = c.Now()
		s.ack(eventLogin, s.since)
		d.ledger.login(s)
	}
	return s, res
}

// authenticate logs a user in with a browser that has no cookies.
func (d *Driver) authenticate(ctx context.Context, c *load.Call, user int) (*session, load.Result) {
	name, password := d.config.User(user)
	s, f := &session{user: name}, newFlow()
	var code string
	if res := d.submit(ctx, c, s, f, password, d.callback(f, &code)); res.Outcome != load.OK {
		return s, res
	}
	return s, d.exchange(ctx, c, f, code, s)
}

// submit gets the login form and sends it with a password; judge is of the answer.
func (d *Driver) submit(ctx context.Context, c *load.Call, s *session, f flow, password string, judge load.Judge) load.Result {
	c.As(s.user)
	var page form
	r := c.Do("authorize", request(ctx, http.MethodGet, d.authorization(f, "")), loginPage(&page))
	if r.Outcome != load.OK {
		return r.Result()
	}
	s.cookies.keep(d.auth, r.Header)
	action, ok := d.ours(page.action)
	if !ok {
		// Credentials go nowhere but to the deployment.
		return load.Result{Outcome: load.Failed, Reason: "login form points elsewhere", Step: "authorize"}
	}
	body := encode(append([]string{"username", s.user, "password", password}, page.hidden...)...)
	req := post(ctx, action, body)
	s.cookies.send(req)
	r = c.Do("login-form", req, judge)
	if r.Outcome == load.OK {
		s.cookies.keep(action, r.Header)
	}
	return r.Result()
}

// loginPage judges an answer that should be the login form and takes the form.
func loginPage(f *form) load.Judge {
	return func(r *load.Response) (load.Outcome, string) {
		switch {
		case r.Outcome != load.OK:
			return r.Outcome, r.Reason
		case r.Status >= 300:
			return load.Failed, "unexpected redirect"
		}
		var ok bool
		if *f, ok = loginForm(r.Body); !ok {
			if reason := pageReason(r.Body); reason != "login form again" {
				return load.Failed, reason
			}
			return load.Failed, "unexpected page"
		}
		return load.OK, ""
	}
}

// ours resolves a form's action and says whether it stays at the deployment.
func (d *Driver) ours(action string) (*url.URL, bool) {
	to, err := d.auth.Parse(action)
	if err != nil || to.Scheme != d.base.Scheme || !strings.EqualFold(to.Host, d.base.Host) || to.User != nil {
		return nil, false
	}
	return to, true
}

package oidc

import (
	"context"
	"crypto/rand"
	"net/http"
	"net/url"

	goidc "github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"holdfast/load"
)

// flow is one run of the authorization code flow.
type flow struct {
	state, nonce, verifier string
}

func newFlow() flow {
	return flow{state: rand.Text(), nonce: rand.Text(), verifier: oauth2.GenerateVerifier()}
}

// authorization is the address of the authorization request; prompt may be empty.
func (d *Driver) authorization(f flow, prompt string) *url.URL {
	extra := []oauth2.AuthCodeOption{goidc.Nonce(f.nonce), oauth2.S256ChallengeOption(f.verifier)}
	if prompt != "" {
		extra = append(extra, oauth2.SetAuthURLParam("prompt", prompt))
	}
	to, err := url.Parse(d.oauth.AuthCodeURL(f.state, extra...))
	if err != nil {
		return d.auth // made of its own address and escaped values, so it parses
	}
	return to
}

// callback judges an answer that should send the browser back to the client with a code.
func (d *Driver) callback(f flow, code *string) load.Judge {
	return func(r *load.Response) (load.Outcome, string) {
		switch {
		case r.Outcome != load.OK:
			return r.Outcome, r.Reason
		case r.Status == http.StatusOK:
			return load.Failed, pageReason(r.Body)
		case r.Status < 300:
			return load.Failed, "unexpected status"
		}
		to, err := url.Parse(r.Header.Get("Location"))
		if err != nil || to.Scheme != d.redirect.Scheme || to.Host != d.redirect.Host || to.Path != d.redirect.Path {
			return load.Failed, "unexpected redirect"
		}
		q := to.Query()
		switch {
		case q.Get("state") != f.state:
			return load.Failed, "state of another login"
		case q.Has("error"):
			return load.Failed, oauthReason(q.Get("error"))
		case q.Has("iss") && q.Get("iss") != d.issuer:
			return load.Failed, "another issuer"
		case q.Get("code") == "":
			return load.Failed, "no code"
		}
		*code = q.Get("code")
		return load.OK, ""
	}
}

// exchange turns a code into tokens and proves the ID token: its signature, issuer, audience,
// nonce and times, and that it is the user's.
func (d *Driver) exchange(ctx context.Context, c *load.Call, f flow, code string, s *session) load.Result {
	var t tokens
	var keys load.Result
	d.at(ctx, c, AtCode)
	r := c.Do("token", d.redeem(ctx, code, f.verifier), tokenAnswer(&t), func(r *load.Response) (load.Outcome, string) {
		if r.Outcome != load.OK {
			return r.Outcome, r.Reason
		}
		res := d.prove(ctx, c, t.ID, f.nonce, s)
		if res.Step == stepCerts { // not this request's fault
			keys = res
			return load.OK, ""
		}
		return res.Outcome, res.Reason
	})
	switch {
	case r.Outcome != load.OK:
		return r.Result()
	case keys.Outcome != "":
		return keys
	}
	s.take(t, c.Now())
	s.code, s.verifier = code, f.verifier
	return load.Result{Outcome: load.OK}
}

// redeem is the request that turns a code into tokens.
func (d *Driver) redeem(ctx context.Context, code, verifier string) *http.Request {
	return d.config.Browser.authenticate(ctx, d.token,
		"grant_type", "authorization_code", "code", code,
		"redirect_uri", d.config.Browser.RedirectURI, "code_verifier", verifier)
}

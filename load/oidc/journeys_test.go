package oidc

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"holdfast/load"
)

func TestEveryJourney(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, settings())
		for _, tc := range []struct{ journey, steps string }{
			{"login", "authorize 200, login-form 302, certs 200, token 200"},
			{"login", "authorize 200, login-form 302, token 200"}, // the keys are known now
			{"refresh", "refresh 200"},
			{"userinfo", "userinfo 200"},
			{"introspection", "introspect 200"},
			{"client-credentials", "token 200"},
			{"sso", "authorize 302, token 200"},
			{"logout", "logout 204"},
		} {
			if res := b.one(tc.journey); res != (load.Result{Outcome: load.OK}) {
				t.Errorf("%s: %+v", tc.journey, res)
			}
			if got := b.records.steps(); got != tc.steps {
				t.Errorf("%s made %q, want %q", tc.journey, got, tc.steps)
			}
		}
		if got := b.fates(); got != "1 ended, 1 kept" {
			t.Errorf("fates: %s", got)
		}
	})
}

func TestJourneysAreNamed(t *testing.T) {
	t.Parallel()
	want := []string{"login", "refresh", "userinfo", "introspection", "client-credentials", "sso", "logout", "wrong-password"}
	if got := Journeys(); !slices.Equal(got, want) {
		t.Errorf("journeys %v, want %v", got, want)
	}
	d := New(config(settings(), nil))
	if _, err := d.Journey("logn"); err == nil || !strings.Contains(err.Error(), "there are: login, refresh") {
		t.Errorf("unknown journey: %v", err)
	}
	bad := settings()
	bad.URL = "auth.holdfast.test"
	if _, err := New(config(bad, nil)).Journey("login"); err == nil {
		t.Error("a driver without an absolute URL makes journeys")
	}
}

func TestNoSessionIsStarved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, settings())
		for _, name := range []string{"refresh", "userinfo", "introspection", "sso", "logout"} {
			if res := b.one(name); !res.Starved {
				t.Errorf("%s without a session: %+v", name, res)
			}
		}
		b.cohort(1)
		if res := b.one("logout"); !res.Starved {
			t.Errorf("logout took a cohort session: %+v", res)
		}
		b.ok("refresh", "userinfo", "introspection", "sso")
	})
}

func TestAccessTokenIsRenewedInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, settings()) // access tokens live 5 min
		b.ok("login")
		b.records.steps()
		for _, tc := range []struct {
			after time.Duration
			steps string
		}{
			{4*time.Minute + 49*time.Second, "userinfo 200"},
			{2 * time.Second, "refresh 200, userinfo 200"}, // 9 s are left
			{time.Second, "userinfo 200"},
			{6 * time.Minute, "refresh 200, userinfo 200"}, // expired
		} {
			within(t.Context(), tc.after)
			b.ok("userinfo")
			if got := b.records.steps(); got != tc.steps {
				t.Errorf("%v later: %q, want %q", tc.after, got, tc.steps)
			}
		}
		within(t.Context(), 6*time.Minute)
		b.tampered("/token", says(503, ""))
		if res := b.one("introspection"); res != (load.Result{Outcome: load.Failed, Reason: "http 503", Step: "refresh"}) {
			t.Errorf("introspection when tokens cannot be renewed: %+v", res)
		}
	})
}

// TestWhatIsRefused: what a client must not take for a success.
func TestWhatIsRefused(t *testing.T) {
	page := `<html><div id="kc-error-message">secret</div></html>`
	elsewhere := `<form id="kc-form-login" action="https://evil.test/" method="post"></form>`
	callback := func(query string) func(*http.Request, *httptest.ResponseRecorder) {
		return says(302, "", "Location", "https://app.test/callback?"+query)
	}
	keepState := func(query string) func(*http.Request, *httptest.ResponseRecorder) {
		return func(r *http.Request, answer *httptest.ResponseRecorder) {
			to := answer.Header().Get("Location")
			v, _ := parseQuery(afterQuestion(to))
			callback("state="+v.Get("state")+"&"+query)(r, answer)
		}
	}
	for _, tc := range []struct {
		name, journey, path string
		tamper              func(*http.Request, *httptest.ResponseRecorder)
		want                load.Result
	}{
		{"200 with an error page", "login", "/auth", says(200, page), load.Result{Outcome: load.Failed, Reason: "error page", Step: "authorize"}},
		{"an error page", "login", "/auth", says(400, page), load.Result{Outcome: load.Failed, Reason: "http 400", Step: "authorize"}},
		{"200 with some page", "login", "/auth", says(200, "<html>secret</html>"), load.Result{Outcome: load.Failed, Reason: "unexpected page", Step: "authorize"}},
		{"redirected away", "login", "/auth", says(302, "", "Location", "https://app.test/"), load.Result{Outcome: load.Failed, Reason: "unexpected redirect", Step: "authorize"}},
		{"a form that sends the password away", "login", "/auth", says(200, elsewhere), load.Result{Outcome: load.Failed, Reason: "login form points elsewhere", Step: "authorize"}},
		{"the form again", "login", "/authenticate", says(200, `<form id="kc-form-login" action="/x">`), load.Result{Outcome: load.Failed, Reason: "login form again", Step: "login-form"}},
		{"200 with an error page after the form", "login", "/authenticate", says(200, page), load.Result{Outcome: load.Failed, Reason: "error page", Step: "login-form"}},
		{"500 after the form", "login", "/authenticate", says(500, page), load.Result{Outcome: load.Failed, Reason: "http 500", Step: "login-form"}},
		{"an action is required", "login", "/authenticate", says(302, "", "Location", front+"/realms/demo/login-actions/required-action"), load.Result{Outcome: load.Failed, Reason: "unexpected redirect", Step: "login-form"}},
		{"another state", "login", "/authenticate", callback("code=1&state=2"), load.Result{Outcome: load.Failed, Reason: "state of another login", Step: "login-form"}},
		{"another issuer", "login", "/authenticate", keepState("code=1&iss=https://evil.test"), load.Result{Outcome: load.Failed, Reason: "another issuer", Step: "login-form"}},
		{"an error instead of a code", "login", "/authenticate", keepState("error=temporarily_unavailable"), load.Result{Outcome: load.Failed, Reason: "temporarily_unavailable", Step: "login-form"}},
		{"an error in the server's own words", "login", "/authenticate", keepState("error=secret"), load.Result{Outcome: load.Failed, Reason: "unknown oauth error", Step: "login-form"}},
		{"neither code nor error", "login", "/authenticate", keepState("x=y"), load.Result{Outcome: load.Failed, Reason: "no code", Step: "login-form"}},
		{"a code nobody gave", "login", "/authenticate", keepState("code=a.b.c"), load.Result{Outcome: load.Failed, Reason: "invalid_grant", Step: "token"}},
		{"no tokens", "login", "/token", says(200, "{}"), load.Result{Outcome: load.Failed, Reason: "no access token", Step: "token"}},
		{"a page for tokens", "login", "/token", says(200, page), load.Result{Outcome: load.Failed, Reason: "page instead of json", Step: "token"}},
		{"no id token", "login", "/token", says(200, `{"access_token":"x"}`), load.Result{Outcome: load.Failed, Reason: "no id token", Step: "token"}},
		{"an id token that is none", "login", "/token", says(200, `{"access_token":"x","id_token":"y"}`), load.Result{Outcome: load.Failed, Reason: "id token key unknown", Step: "token"}},
		{"a gateway's word", "login", "/token", says(502, page), load.Result{Outcome: load.Unknown, Reason: "http 502", Step: "token"}},
		{"no keys", "login", "/certs", says(503, ""), load.Result{Outcome: load.Failed, Reason: "http 503", Step: "certs"}},
		{"empty keys", "login", "/certs", says(200, `{"keys":[]}`), load.Result{Outcome: load.Failed, Reason: "answer is no key set", Step: "certs"}},
		{"refused", "refresh", "/token", says(400, `{"error":"invalid_grant"}`), load.Result{Outcome: load.Failed, Reason: "invalid_grant", Step: "refresh"}},
		{"an error in the server's own words", "refresh", "/token", says(400, `{"error":"secret"}`), load.Result{Outcome: load.Failed, Reason: "unknown oauth error", Step: "refresh"}},
		{"a 500 that says why", "refresh", "/token", says(500, `{"error":"unknown_error"}`), load.Result{Outcome: load.Failed, Reason: "http 500", Step: "refresh"}},
		{"userinfo of no session", "userinfo", "/userinfo", says(401, "", "WWW-Authenticate", `Bearer error="invalid_token"`), load.Result{Outcome: load.Failed, Reason: "invalid_token", Step: "userinfo"}},
		{"userinfo without a subject", "userinfo", "/userinfo", says(200, `{}`), load.Result{Outcome: load.Failed, Reason: "no subject", Step: "userinfo"}},
		{"userinfo of another", "userinfo", "/userinfo", says(200, `{"sub":"secret"}`), load.Result{Outcome: load.Failed, Reason: anotherUser, Step: "userinfo"}},
		{"a page for userinfo", "userinfo", "/userinfo", says(200, page), load.Result{Outcome: load.Failed, Reason: "page instead of json", Step: "userinfo"}},
		{"an inactive token", "introspection", "/introspect", says(200, `{"active":false}`), load.Result{Outcome: load.Failed, Reason: "token not active", Step: "introspect"}},
		{"another's token", "introspection", "/introspect", says(200, `{"active":true,"sub":"secret"}`), load.Result{Outcome: load.Failed, Reason: anotherUser, Step: "introspect"}},
		{"a token for another client", "client-credentials", "/token", says(200, `{"access_token":"x.eyJhenAiOiJzZWNyZXQifQ.y"}`), load.Result{Outcome: load.Failed, Reason: "token of another client", Step: "token"}},
		{"single sign-on forgotten", "sso", "/auth", keepState("error=login_required"), load.Result{Outcome: load.Failed, Reason: "login_required", Step: "authorize"}},
		{"single sign-on with a page", "sso", "/auth", says(200, page), load.Result{Outcome: load.Failed, Reason: "error page", Step: "authorize"}},
		{"a logout that did not happen", "logout", "/logout", says(200, "", "Location", "x"), load.Result{Outcome: load.OK}},
		{"a logout redirected", "logout", "/logout", says(302, ""), load.Result{Outcome: load.Failed, Reason: "unexpected status", Step: "logout"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, settings())
				if tc.journey != "login" {
					b.ok("login")
				}
				b.tampered(tc.path, tc.tamper)
				if got := b.one(tc.journey); got != tc.want {
					t.Errorf("got  %+v\nwant %+v", got, tc.want)
				}
			})
		})
	}
}

// TestLoginAnswersForItsUser: a login that comes back as somebody else is the worst there is.
func TestLoginAnswersForItsUser(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, settings())
		names := map[string]bool{}
		var mu sync.Mutex
		b.driver.config.User = func(i int) (string, string) {
			mu.Lock()
			defer mu.Unlock()
			names[settings().Users[i].Name] = true
			return settings().Users[i].Name, settings().Users[i].Password
		}
		// The deployment mixes the forms up: whoever logs in is user-3.
		node := b.twin.node
		b.twin.node = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/authenticate") {
				_ = r.ParseForm()
				r.PostForm.Set("username", "user-3")
				r.PostForm.Set("password", canary+"-3")
			}
			node.ServeHTTP(w, r)
		})
		swapped := 0
		for range 10 {
			res := b.one("login")
			if res.Outcome != load.OK {
				swapped++
				if res.Reason != anotherUser {
					t.Fatalf("%+v", res)
				}
			}
		}
		if swapped < 5 || len(names) < 5 {
			t.Fatalf("%d of 10 logins were seen to be another's, by %d users", swapped, len(names))
		}
		if got := b.fates(); !strings.Contains(got, "swapped subject of another user") {
			t.Errorf("fates: %s", got)
		}
	})
}

// TestIDTokenIsProven: each claim of the ID token is checked, not only its presence.
func TestIDTokenIsProven(t *testing.T) {
	var other string // an ID token of another login
	for _, tc := range []struct {
		name   string
		change func(t *tokens)
		now    time.Duration
		reason string
	}{
		{"forged", func(t *tokens) { t.ID = t.ID[:len(t.ID)-8] + "AAAAAAAA" }, 0, "id token signature"},
		{"of another login", func(t *tokens) { t.ID = other }, 0, "id token nonce"},
		{"expired", func(t *tokens) { t.ID = other }, 10 * time.Minute, "id token expired"},
		{"an access token in its place", func(t *tokens) { t.ID = t.Access }, 0, "id token audience"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, settings())
				b.tampered("/token", func(_ *http.Request, answer *httptest.ResponseRecorder) { other = readTokens(answer).ID })
				b.ok("login")
				within(t.Context(), tc.now)
				b.tampered("/token", func(r *http.Request, answer *httptest.ResponseRecorder) {
					changed := readTokens(answer)
					tc.change(&changed)
					writeTokens(answer, changed)
				})
				if res := b.one("login"); res.Reason != tc.reason || res.Outcome != load.Failed || res.Step != "token" {
					t.Errorf("%+v, want %q", res, tc.reason)
				}
			})
		})
	}
}

func TestUsersFollowTheSeed(t *testing.T) {
	t.Parallel()
	picks := func(seed uint64, class string) []int {
		d := New(config(settings(), nil))
		d.config.Seed = seed
		var out []int
		for k := range uint64(200) {
			out = append(out, d.pick(&load.Call{Class: class, Seq: k}))
		}
		return out
	}
	if !slices.Equal(picks(1, "a"), picks(1, "a")) {
		t.Error("the same seed gives other users")
	}
	if slices.Equal(picks(1, "a"), picks(2, "a")) || slices.Equal(picks(1, "a"), picks(1, "b")) {
		t.Error("seed or class do not matter")
	}
	seen := map[int]bool{}
	for _, u := range picks(1, "a") {
		seen[u] = true
	}
	if len(seen) != 20 {
		t.Errorf("200 arrivals are of %d users of 20", len(seen))
	}
}

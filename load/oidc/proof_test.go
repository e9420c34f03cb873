package oidc

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"holdfast/load"
)

// last is the newest operation of a step.
func (r *records) last(step string) load.Operation {
	for i := len(r.Operations) - 1; i >= 0; i-- {
		if r.Operations[i].Step == step {
			return r.Operations[i]
		}
	}
	return load.Operation{}
}

// TestClocks: a node's clock that is apart shows in the operation that took its token.
func TestClocks(t *testing.T) {
	for _, tc := range []struct {
		ahead time.Duration
		want  string
	}{
		{0, ""},
		{50 * time.Second, ""},
		{2 * time.Minute, "id token from the future"},
		{-4 * time.Minute, ""},
		{-6 * time.Minute, "id token expired"},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := settings()
			s.Now = func() time.Time { return time.Now().Add(tc.ahead) }
			b := newBench(t, s)
			res := b.one("login")
			if op := b.records.last("token"); res.Reason != tc.want || op.Reason != tc.want || (op.Outcome == load.OK) != (tc.want == "") {
				t.Errorf("%v ahead: %+v, operation %+v, want %q", tc.ahead, res, op, tc.want)
			}
		})
	}
}

// TestKeyRotation: a key that is new is asked for once; a key set that does not have it, and one
// that cannot be had, are told apart.
func TestKeyRotation(t *testing.T) {
	for _, tc := range []struct {
		name        string
		certs       func(*http.Request, *httptest.ResponseRecorder)
		want        load.Result
		token, keys load.Outcome // of the operations
	}{
		{"published", func(*http.Request, *httptest.ResponseRecorder) {}, load.Result{Outcome: load.OK}, load.OK, load.OK},
		{"published late", func(_ *http.Request, answer *httptest.ResponseRecorder) {
			says(200, strings.ReplaceAll(answer.Body.String(), `"kid":"`, `"kid":"older-`))(nil, answer)
		}, load.Result{Outcome: load.Failed, Reason: "id token key unknown", Step: "token"}, load.Failed, load.OK},
		{"not to be had", says(503, ""), load.Result{Outcome: load.Failed, Reason: "http 503", Step: "certs"}, load.OK, load.Failed},
	} {
		synctest.Test(t, func(t *testing.T) {
			b := newBench(t, settings())
			b.ok("login")
			b.driver.keys.replace(nil) // so that the realm's key is a new one
			b.records.steps()
			b.tampered("/certs", tc.certs)
			res := b.one("login")
			token, keys := b.records.last("token"), b.records.last("certs")
			if res != tc.want || token.Outcome != tc.token || keys.Outcome != tc.keys {
				t.Errorf("%s: %+v, token %s, certs %s; want %+v", tc.name, res, token.Outcome, keys.Outcome, tc.want)
			}
			b.honest()
			b.ok("login")
		})
	}
}

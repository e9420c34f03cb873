package oidc

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"holdfast/load"
)

func refreshing(r *http.Request) bool {
	if !strings.HasSuffix(r.URL.Path, "/token") || r.GetBody == nil {
		return false
	}
	body, err := r.GetBody()
	if err != nil {
		return false
	}
	b := make([]byte, 64)
	n, _ := body.Read(b)
	return strings.HasPrefix(string(b[:n]), "grant_type=refresh_token")
}

func TestFates(t *testing.T) {
	gone := says(400, `{"error":"invalid_grant"}`)
	onRefresh := func(f func(*http.Request, *httptest.ResponseRecorder)) func(*http.Request, *httptest.ResponseRecorder) {
		return func(r *http.Request, answer *httptest.ResponseRecorder) {
			if refreshing(r) {
				f(r, answer)
			}
		}
	}
	for _, tc := range []struct {
		name    string
		revoke  bool // refresh tokens may be used once
		happens func(b *bench)
		want    string
	}{
		{"all is well", false, func(b *bench) { b.ok("login", "refresh", "sso") }, "3 kept"},
		{"nothing was acknowledged", false, func(b *bench) {
			b.tampered("/token", says(500, ""))
			b.one("login")
			b.honest()
		}, "2 kept"},
		{"the deployment forgot everybody", false, func(b *bench) {
			b.ok("login")
			b.tampered("/token", onRefresh(gone))
		}, "3 lost invalid_grant"},
		{"it forgot one, who was told so", false, func(b *bench) {
			b.tampered("/token", onRefresh(gone))
			b.one("refresh")
			b.honest()
			b.ok("refresh", "refresh") // only the other one is used after that
		}, "1 kept, 1 kept refused once, honoured later"},
		{"a logout held", false, func(b *bench) { b.ok("login", "login", "logout") }, "1 ended, 3 kept"},
		{"a logout was undone", false, func(b *bench) {
			b.ok("login")
			b.tampered("/logout", says(204, ""))
			node := b.twin.node
			b.twin.node = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if !strings.HasSuffix(r.URL.Path, "/logout") {
					node.ServeHTTP(w, r)
				}
			})
			b.ok("logout")
		}, "1 resurrected refreshed after its logout was acknowledged, 2 kept"},
		{"a logout was not answered, and happened", false, func(b *bench) {
			b.ok("login")
			b.twin.lose = func(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/logout") }
			if res := b.one("logout"); res.Outcome != load.Unknown {
				b.Errorf("%+v", res)
			}
			b.honest()
		}, "1 indeterminate its logout was not acknowledged, 2 kept"},
		{"another's tokens came back", false, func(b *bench) {
			b.tampered("/token", onRefresh(func(_ *http.Request, answer *httptest.ResponseRecorder) {
				writeTokens(answer, tokens{Access: "x.eyJzdWIiOiJhbm90aGVyIn0.y", ExpiresIn: 300})
			}))
			b.one("refresh")
			b.honest()
		}, "1 kept, 1 swapped subject of another user"},
		{"another's tokens come back in the end", false, func(b *bench) {
			b.tampered("/token", onRefresh(func(_ *http.Request, answer *httptest.ResponseRecorder) {
				writeTokens(answer, tokens{Access: "x.eyJzdWIiOiJhbm90aGVyIn0.y", ExpiresIn: 300})
			}))
		}, "2 swapped subject of another user"},
		{"nobody answers", false, func(b *bench) {
			b.tampered("/token", says(503, ""))
		}, "2 indeterminate http 503"},
		{"it answers at the third time of asking", false, func(b *bench) {
			asked := 0
			b.tampered("/token", onRefresh(func(r *http.Request, answer *httptest.ResponseRecorder) {
				if asked++; asked < 5 {
					says(503, "")(r, answer)
				}
			}))
		}, "2 kept"},
		{"a rotation was not answered, tokens last", false, func(b *bench) {
			b.twin.lose = refreshing
			if res := b.one("refresh"); res.Outcome != load.Unknown {
				b.Errorf("%+v", res)
			}
			b.honest()
		}, "2 kept"},
		{"a rotation was not answered, tokens are for one use", true, func(b *bench) {
			b.twin.lose = refreshing
			b.one("refresh")
			b.honest()
		}, "1 indeterminate a rotation was not answered, 1 kept"},
		{"a rotation was not answered, tokens last, and the session is gone", false, func(b *bench) {
			b.twin.lose = refreshing
			b.one("refresh")
			b.honest()
			known := map[string]bool{}
			for _, s := range b.driver.ledger.cohort {
				known[s.refresh] = true
			}
			b.tampered("/token", onRefresh(func(r *http.Request, answer *httptest.ResponseRecorder) {
				if known[formOf(r).Get("refresh_token")] {
					gone(r, answer)
				}
			}))
		}, "2 lost invalid_grant"},
		{"left alone until it expired", false, func(b *bench) {
			within(b.Context(), time.Hour)
		}, "2 indeterminate expired by itself"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := settings()
				s.RevokeRefreshToken = tc.revoke
				b := newBench(t, s)
				b.cohort(2)
				tc.happens(b)
				if got := b.fates(); got != tc.want {
					t.Errorf("fates: %s\nwant:  %s", got, tc.want)
				}
			})
		})
	}
}

func formOf(r *http.Request) url.Values {
	body, _ := r.GetBody()
	var b strings.Builder
	buf := make([]byte, 4096)
	for {
		n, err := body.Read(buf)
		b.Write(buf[:n])
		if err != nil {
			break
		}
	}
	v, _ := url.ParseQuery(b.String())
	return v
}

func TestLedgerLines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, settings())
		within(t.Context(), 3*time.Second)
		b.cohort(1)
		within(t.Context(), 2*time.Second)
		b.ok("login", "refresh", "userinfo", "refresh") // in turn: cohort, later, cohort
		within(t.Context(), 5*time.Second)
		b.fates()
		want := []load.Session{
			{ID: "s-1", Cohort: true, Since: 3 * time.Second, Acked: 5 * time.Second, Fate: load.Kept, Decided: 10 * time.Second, Used: 2},
			{ID: "s-2", Since: 5 * time.Second, Acked: 5 * time.Second, Fate: load.Kept, Decided: 10 * time.Second, Used: 1},
		}
		for i, got := range b.records.Sessions {
			if got != want[i] {
				t.Errorf("line %d: %+v, want %+v", i, got, want[i])
			}
		}
	})
}

func TestSettleIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, settings())
		b.cohort(20)
		b.tampered("/token", says(503, ""))
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		before := b.engine.Now()
		lines, err := b.driver.Settle(ctx, b.engine)
		if !errors.Is(err, context.DeadlineExceeded) || b.engine.Now()-before != 2*time.Second {
			t.Errorf("%v after %v", err, b.engine.Now()-before)
		}
		if len(lines) != 20 || len(b.records.Sessions) != 20 {
			t.Fatalf("%d lines, %d recorded, want 20", len(lines), len(b.records.Sessions))
		}
		for _, l := range lines {
			if l.Fate != load.Indeterminate || l.Reason == "" || l.ID == "" {
				t.Errorf("%+v", l)
			}
		}
	})
}

func TestCohortFailsWithItsReason(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, settings())
		b.tampered("/auth", says(503, ""))
		err := b.driver.Cohort(t.Context(), b.engine, 5)
		if err == nil || !strings.Contains(err.Error(), "http 503 at step authorize") {
			t.Errorf("Cohort = %v", err)
		}
		b.honest()
		b.cohort(5)
		if n := len(b.driver.ledger.cohort); n != 5 {
			t.Errorf("%d in the cohort, want 5", n)
		}
		users := map[string]bool{}
		for _, s := range b.driver.ledger.cohort {
			users[s.user] = true
		}
		if len(users) != 5 {
			t.Errorf("the cohort is of %d users, want 5", len(users))
		}
	})
}

func TestCohortEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, settings())
		why := errors.New("interrupted")
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(why)
		if err := b.driver.Cohort(ctx, b.engine, 5); !errors.Is(err, why) {
			t.Errorf("Cohort = %v, want its cause", err)
		}
	})
}

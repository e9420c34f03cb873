package oidc

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"holdfast/fixtures/sim"
	"holdfast/load"
)

// forgetful is a realm that takes used things again from now on: it answers a refused token
// request with tokens.
func forgetful(grant string) func(*http.Request, *httptest.ResponseRecorder) {
	return func(r *http.Request, answer *httptest.ResponseRecorder) {
		if answer.Code == http.StatusBadRequest && formOf(r).Get("grant_type") == grant {
			says(200, `{"access_token":"x.e30.y","expires_in":300}`)(r, answer)
		}
	}
}

func TestReplays(t *testing.T) {
	for _, tc := range []struct {
		name    string
		revoke  bool
		happens func(b *bench)
		fates   string // fate, reason and event
		asked   string // what was offered again, and how it went
	}{
		{"nothing is taken twice", true, func(*bench) {},
			"3 kept", "16 replay-code ok, 7 replay-refresh ok"},
		{"tokens last in this realm, which is no replay", false, func(*bench) {},
			"3 kept", "1 replay-refresh ok accepted a second time, 16 replay-code ok"},
		{"codes are too old to tell, but for fresh ones", true, func(b *bench) { within(b.Context(), 2*time.Minute) },
			"3 kept", "10 replay-code ok, 7 replay-refresh ok"},
		{"rotated tokens are taken again", true, func(b *bench) { b.tampered("/token", forgetful("refresh_token")) },
			"3 replayed accepted a second time (refresh token)", "1 replay-refresh ok, 16 replay-code ok, 6 replay-refresh failed accepted a second time"},
		{"codes are taken again", true, func(b *bench) { b.tampered("/token", forgetful("authorization_code")) },
			"8 replayed accepted a second time (code)", "16 replay-code failed accepted a second time, 7 replay-refresh ok"},
		{"nobody answers replays", true, func(b *bench) {
			b.tampered("/token", func(r *http.Request, answer *httptest.ResponseRecorder) {
				if answer.Code == http.StatusBadRequest {
					says(503, "")(r, answer)
				}
			})
		}, "3 kept", "1 replay-refresh ok, 16 replay-code failed http 503, 6 replay-refresh failed http 503"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := settings()
				s.RevokeRefreshToken = tc.revoke
				b := newBench(t, s)
				b.cohort(2)
				b.ok("login", "refresh", "refresh")
				tc.happens(b)
				lines, err := b.driver.Settle(t.Context(), b.engine)
				if err != nil {
					t.Fatal(err)
				}
				if got := summary(lines); got != tc.fates {
					t.Errorf("fates %s\nwant  %s", got, tc.fates)
				}
				if got := offered(b.records); got != tc.asked {
					t.Errorf("offered %s\nwant    %s", got, tc.asked)
				}
			})
		})
	}
}

func summary(lines []load.Session) string {
	var all []string
	for _, l := range lines {
		text := string(l.Fate)
		if l.Reason != "" {
			text += " " + l.Reason
		}
		if l.Event != "" {
			text += " (" + l.Event + ")"
		}
		all = append(all, text)
	}
	return counted(all)
}

// offered counts the operations that replayed something, cohort's and settle's.
func offered(r *records) string {
	var all []string
	for _, o := range r.Operations {
		if strings.HasPrefix(o.Step, "replay-") {
			all = append(all, strings.TrimSpace(fmt.Sprint(o.Step, " ", o.Outcome, " ", o.Reason)))
		}
	}
	return counted(all)
}

// guarded is a realm that locks a user after three wrong passwords, until it forgets.
type guarded struct {
	http.Handler
	wrong map[string]int
}

func (g *guarded) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !strings.HasSuffix(r.URL.Path, "/authenticate") || r.Method != http.MethodPost {
		g.Handler.ServeHTTP(w, r)
		return
	}
	_ = r.ParseForm()
	name := r.PostForm.Get("username")
	if g.wrong[name] >= 3 {
		r.PostForm.Set("password", "locked")
		r.Form.Set("password", "locked")
	}
	answer := httptest.NewRecorder()
	g.Handler.ServeHTTP(answer, r)
	if answer.Code == http.StatusOK {
		g.wrong[name]++
	}
	for k, v := range answer.Header() {
		w.Header()[k] = v
	}
	w.WriteHeader(answer.Code)
	_, _ = w.Write(answer.Body.Bytes())
}

func TestLocks(t *testing.T) {
	for _, tc := range []struct {
		name     string
		attempts int
		lasts    time.Duration // as configured
		happens  func(b *bench, g *guarded)
		want     string
	}{
		{"not often enough for a lock", 14, 0, func(*bench, *guarded) {}, "1 kept"},
		{"every lock holds", 15, 0, func(*bench, *guarded) {}, "6 kept"},
		{"the counters are lost", 15, 0, func(_ *bench, g *guarded) { clear(g.wrong) },
			"1 kept, 5 lost the right password was accepted (brute-force lock)"},
		{"a lock ends by itself", 15, time.Minute, func(b *bench, g *guarded) {
			within(b.Context(), time.Minute)
			clear(g.wrong)
		}, "1 kept, 5 indeterminate ended by itself (brute-force lock)"},
		{"nobody answers", 15, 0, func(b *bench, _ *guarded) { b.tampered("/authenticate", says(503, "")) },
			"1 kept, 5 indeterminate http 503 (brute-force lock)"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, settings())
				b.driver.config.LockFor = tc.lasts
				g := &guarded{b.twin.node, map[string]int{}}
				b.twin.node = g
				wrong, err := b.driver.Journey("wrong-password")
				if err != nil {
					t.Fatal(err)
				}
				b.cohort(1)
				for range tc.attempts {
					if res := b.engine.One(t.Context(), "guess", wrong); res.Outcome != load.OK {
						t.Errorf("%+v", res)
					}
				}
				for i := range 15 {
					if name := fmt.Sprint("user-", i); g.wrong[name] > 0 {
						t.Errorf("%s, who is to log in, was guessed at", name)
					}
				}
				tc.happens(b, g)
				if tc.attempts < 15 { // four are locked, one is not
					tc.want = "5 kept"
				}
				lines, err := b.driver.Settle(t.Context(), b.engine)
				if err != nil {
					t.Fatal(err)
				}
				if got := summary(lines); got != tc.want {
					t.Errorf("fates %s\nwant  %s", got, tc.want)
				}
			})
		})
	}
}

func TestGuessingNeedsProtection(t *testing.T) {
	t.Parallel()
	c := config(settings(), nil)
	c.LockAfter = 0
	if _, err := New(c).Journey("wrong-password"); err == nil {
		t.Error("wrong passwords are tried on a realm without protection")
	}
	c.LockAfter, c.UserCount = 3, guessed
	if _, err := New(c).Journey("wrong-password"); err == nil {
		t.Error("no user is left to log in")
	}
}

// TestGuessedUsersDoNotLogIn: whoever else logs in, it is none of them.
func TestGuessedUsersDoNotLogIn(t *testing.T) {
	t.Parallel()
	d := New(config(settings(), nil))
	if _, err := d.Journey("wrong-password"); err != nil {
		t.Fatal(err)
	}
	for k := range uint64(1000) {
		if u := d.pick(&load.Call{Class: "login", Seq: k}); u < 0 || u >= 20-guessed {
			t.Fatalf("arrival %d is user %d", k, u)
		}
	}
}

// TestEvents: what a lost or resurrected session's newest acknowledged event was, and when.
func TestEvents(t *testing.T) {
	for _, tc := range []struct {
		name   string
		before []string // a second each, after the login at 0 s
		want   load.Session
	}{
		{"login", nil, load.Session{Fate: load.Lost, Event: "login"}},
		{"rotation", []string{"refresh", "refresh", "userinfo"}, load.Session{Fate: load.Lost, Event: "rotation", Acked: 2 * time.Second}},
		{"silent login", []string{"refresh", "sso"}, load.Session{Fate: load.Lost, Event: "rotation", Acked: 2 * time.Second}},
	} {
		synctest.Test(t, func(t *testing.T) {
			b := newBench(t, settings())
			b.ok("login")
			for _, j := range tc.before {
				within(t.Context(), time.Second)
				b.ok(j)
			}
			b.twin.node = sim.NewCloak(settings()).Handler("kc-1") // nothing is remembered
			lines, err := b.driver.Settle(t.Context(), b.engine)
			if err != nil || len(lines) != 1 {
				t.Fatalf("%v, %v", lines, err)
			}
			if l := lines[0]; l.Fate != tc.want.Fate || l.Event != tc.want.Event || l.Acked != tc.want.Acked {
				t.Errorf("%s: %+v, want %+v", tc.name, l, tc.want)
			}
		})
	}
}

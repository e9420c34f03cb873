package selftest_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"holdfast/fixtures"
	"holdfast/fixtures/sim"
	"holdfast/load"
	"holdfast/load/oidc"
	"holdfast/reports"
)

const (
	realmURL = "https://auth.holdfast.test"
	users    = 20
)

func user(i int) (string, string) { return fmt.Sprintf("user-%d", i), fmt.Sprintf("secret-%d", i) }

// realm is a cluster of two nodes without a network.
func realm() (nodes []http.Handler, browser, service fixtures.Client) {
	browser = fixtures.Client{ID: "web", RedirectURI: "https://app.test/callback"}
	service = fixtures.Client{ID: "backend", Secret: "service-secret"}
	s := sim.Settings{URL: realmURL, Realm: "demo", Browser: browser, Service: service}
	for i := range users {
		name, password := user(i)
		s.Users = append(s.Users, fixtures.User{Name: name, Password: password})
	}
	cloak := sim.NewCloak(s)
	return []http.Handler{cloak.Handler("kc-1"), cloak.Handler("kc-2")}, browser, service
}

// TestTruthOfHealth: 300 healthy runs of real journeys, each with a delay of its own, and not
// one is failed.
func TestTruthOfHealth(t *testing.T) {
	truth(t)
	for seed := range uint64(300) {
		synctest.Test(t, func(t *testing.T) {
			r := healthy(t, seed)
			if r.Verdict == reports.Fail {
				t.Errorf("seed %d: %s", seed, r.Verdict)
				for _, f := range r.Findings {
					if f.Verdict == reports.Fail {
						t.Logf("%s: %s: %s", f.Checker, f.Claim, f.Measured)
					}
				}
			}
			if r.Sessions.Kept != 5 || len(r.Journeys) < 4 {
				t.Errorf("seed %d: %+v", seed, r.Sessions)
			}
		})
	}
}

// healthy is one run of the mix against a realm that answers as it should.
func healthy(t *testing.T, seed uint64) *reports.Report {
	t.Helper()
	nodes, browser, service := realm()
	rng := rand.New(rand.NewPCG(seed, 5))
	var mu sync.Mutex
	typical, turn := time.Duration(1+rng.IntN(40))*time.Millisecond, 0
	v := newVirtual(nil)
	v.engine.Client = load.NewClient(load.ClientOptions{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
		mu.Lock()
		delay := time.Duration(rng.ExpFloat64() * float64(typical))
		turn++
		node := turn % len(nodes)
		mu.Unlock()
		stay(r.Context(), delay)
		return answerOf(nodes[node], r, fmt.Sprintf("kc-%d", node+1))
	})})
	driver := oidc.New(oidc.Config{
		URL: realmURL, Realm: "demo", Browser: oidc.Client(browser), Service: oidc.Client(service),
		UserCount: users, User: user, Seed: seed, Now: v.engine.Now,
	})
	if err := driver.Cohort(t.Context(), v.engine, 5); err != nil {
		t.Fatal(err)
	}
	began := v.engine.Now()
	v.Marks = append(v.Marks, reports.Mark{Phase: "before", At: began})
	run(t, v, driver, seed, map[string]float64{"login": 2, "refresh": 4, "userinfo": 8, "introspection": 2, "client-credentials": 2, "sso": 1, "logout": 0.5}, 6*time.Second)
	v.Marks = append(v.Marks, reports.Mark{Phase: "settle", At: v.engine.Now()})
	if _, err := driver.Settle(t.Context(), v.engine); err != nil {
		t.Fatal(err)
	}
	v.Marks = append(v.Marks, reports.Mark{Phase: "end", At: v.engine.Now()})
	v.Meta.Objectives = reports.Objectives{Profile: "strict", P95: 500 * time.Millisecond, SlowNode: 5}
	return v.judge()
}

// run offers journeys at their rates for a while.
func run(t *testing.T, v *virtual, driver *oidc.Driver, seed uint64, mix map[string]float64, long time.Duration) {
	t.Helper()
	var classes []load.Class
	for name, rate := range mix {
		journey, err := driver.Journey(name)
		if err != nil {
			t.Fatal(err)
		}
		classes = append(classes, load.Class{Name: name, Journey: name, Run: journey,
			Schedule: load.During(load.Poisson(rate, seed*31+uint64(len(name))), long)})
		v.Meta.Classes = append(v.Meta.Classes, reports.ClassMeta{Name: name, Journey: name, Rate: rate})
	}
	if err := v.engine.Run(t.Context(), classes); err != nil {
		t.Fatal(err)
	}
}

// answerOf has a handler answer a request as if over a wire.
func answerOf(h http.Handler, r *http.Request, node string) (*http.Response, error) {
	if err := context.Cause(r.Context()); err != nil {
		return nil, err
	}
	in := r.Clone(r.Context())
	if r.Body != nil {
		sent, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		in.Body = io.NopCloser(bytes.NewReader(sent))
	}
	out := httptest.NewRecorder()
	h.ServeHTTP(out, in)
	out.Header().Set(load.NodeHeader, node)
	return out.Result(), nil
}

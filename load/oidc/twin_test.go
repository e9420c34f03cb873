package oidc

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"holdfast/fixtures"
	"holdfast/fixtures/sim"
	"holdfast/load"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	front  = "https://auth.holdfast.test"
	canary = "canary-password"
)

// twin is a realm without a network, and what a test does to its answers.
type twin struct {
	node http.Handler

	mu      sync.Mutex
	tamper  func(r *http.Request, answer *httptest.ResponseRecorder) // may change the answer
	lose    func(r *http.Request) bool                               // the answer is lost on its way
	secrets []string                                                 // everything nobody may write down
}

func settings() sim.Settings {
	s := sim.Settings{
		URL: front, Realm: "demo",
		Browser: fixtures.Client{ID: "web", RedirectURI: "https://app.test/callback"},
		Service: fixtures.Client{ID: "backend", Secret: "canary-client-secret"},
	}
	for i := range 20 {
		s.Users = append(s.Users, fixtures.User{Name: fmt.Sprintf("user-%d", i), Password: fmt.Sprintf("%s-%d", canary, i)})
	}
	return s
}

// RoundTrip is the deployment as a client reaches it.
func (w *twin) RoundTrip(r *http.Request) (*http.Response, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if trace := httptrace.ContextClientTrace(r.Context()); trace != nil {
		trace.GotConn(httptrace.GotConnInfo{Conn: &net.TCPConn{}})
		trace.WroteHeaders()
		trace.WroteRequest(httptrace.WroteRequestInfo{})
	}
	var sent []byte
	if r.Body != nil {
		sent, _ = io.ReadAll(r.Body)
	}
	in := r.Clone(r.Context())
	in.Body = io.NopCloser(bytes.NewReader(sent))
	answer := httptest.NewRecorder()
	w.node.ServeHTTP(answer, in)
	w.overhear(r, sent, answer)
	if w.tamper != nil {
		w.tamper(r, answer)
	}
	if w.lose != nil && w.lose(r) {
		return nil, errors.New("lost")
	}
	return answer.Result(), nil
}

// overhear remembers every secret that went over the wire.
func (w *twin) overhear(r *http.Request, sent []byte, answer *httptest.ResponseRecorder) {
	keep := func(s string) {
		if len(s) >= 16 {
			w.secrets = append(w.secrets, s)
		}
	}
	form, _ := parseQuery(string(sent))
	query, _ := parseQuery(r.URL.RawQuery)
	location, _ := parseQuery(afterQuestion(answer.Header().Get("Location")))
	for _, values := range []map[string][]string{form, query, location} {
		for _, name := range []string{"code", "state", "nonce", "code_verifier", "refresh_token", "token", "session_code", "password"} {
			for _, v := range values[name] {
				keep(v)
			}
		}
	}
	for _, line := range answer.Header()["Set-Cookie"] {
		if c, err := http.ParseSetCookie(line); err == nil {
			keep(c.Value)
		}
	}
	for _, part := range strings.Split(answer.Body.String(), `"`) {
		if strings.Count(part, ".") == 2 {
			keep(part)
		}
	}
}

// records is everything the harness would write down.
type records struct {
	mu         sync.Mutex
	Arrivals   []load.Arrival
	Operations []load.Operation
	Sessions   []load.Session
	Lookups    []load.Lookup
	Tallies    []load.Tally
}

func (r *records) Arrival(a load.Arrival) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.Arrivals = append(r.Arrivals, a)
}

func (r *records) Operation(o load.Operation) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.Operations = append(r.Operations, o)
}

func (r *records) Session(s load.Session) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.Sessions = append(r.Sessions, s)
}

func (r *records) Lookup(l load.Lookup) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.Lookups = append(r.Lookups, l)
}

func (r *records) Tally(t load.Tally) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.Tallies = append(r.Tallies, t)
}

func (*records) Gauge(load.Gauge) {}

// steps are the operations so far, "step status", and forgets them.
func (r *records) steps() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []string
	for _, o := range r.Operations {
		out = append(out, fmt.Sprintf("%s %d", o.Step, o.Status))
	}
	r.Operations = nil
	return strings.Join(out, ", ")
}

// bench is a driver at a twin.
type bench struct {
	*testing.T
	twin    *twin
	driver  *Driver
	engine  *load.Engine
	records *records
}

func newBench(t *testing.T, s sim.Settings) *bench {
	t.Helper()
	b := &bench{T: t, twin: &twin{node: sim.NewCloak(s).Handler("kc-1")}, records: &records{}}
	began := time.Now()
	now := func() time.Duration { return time.Since(began) }
	b.engine = &load.Engine{
		Now: now, Recorder: b.records, Timeout: 10 * time.Second,
		Client: load.NewClient(load.ClientOptions{Transport: b.twin}),
	}
	b.driver = New(config(s, now))
	return b
}

func config(s sim.Settings, now func() time.Duration) Config {
	return Config{
		URL: s.URL, Realm: s.Realm, Browser: Client(s.Browser), Service: Client(s.Service),
		UserCount: len(s.Users), User: func(i int) (string, string) { return s.Users[i].Name, s.Users[i].Password },
		Seed: 1, Now: now, LockAfter: 3,
	}
}

func (b *bench) one(name string) load.Result {
	b.Helper()
	j, err := b.driver.Journey(name)
	if err != nil {
		b.Fatal(err)
	}
	return b.engine.One(b.Context(), name, j)
}

// ok runs journeys that must succeed.
func (b *bench) ok(names ...string) {
	b.Helper()
	for _, name := range names {
		if res := b.one(name); res.Outcome != load.OK {
			b.Fatalf("%s: %+v", name, res)
		}
	}
}

func (b *bench) cohort(n int) {
	b.Helper()
	if err := b.driver.Cohort(b.Context(), b.engine, n); err != nil {
		b.Fatal(err)
	}
}

// tampered changes the answers of one endpoint from now on.
func (b *bench) tampered(path string, f func(r *http.Request, answer *httptest.ResponseRecorder)) {
	b.twin.mu.Lock()
	defer b.twin.mu.Unlock()
	b.twin.tamper = func(r *http.Request, answer *httptest.ResponseRecorder) {
		if strings.HasSuffix(r.URL.Path, path) {
			f(r, answer)
		}
	}
}

func (b *bench) honest() {
	b.twin.mu.Lock()
	defer b.twin.mu.Unlock()
	b.twin.tamper, b.twin.lose = nil, nil
}

// says replaces an answer.
func says(status int, body string, headers ...string) func(*http.Request, *httptest.ResponseRecorder) {
	return func(_ *http.Request, answer *httptest.ResponseRecorder) {
		*answer = *httptest.NewRecorder()
		for i := 0; i < len(headers); i += 2 {
			answer.Header().Set(headers[i], headers[i+1])
		}
		answer.WriteHeader(status)
		_, _ = answer.WriteString(body)
	}
}

// fates settles and says what became of whom: "kept 3, lost 1".
func (b *bench) fates() string {
	b.Helper()
	lines, err := b.driver.Settle(b.Context(), b.engine)
	if err != nil {
		b.Fatal(err)
	}
	if !slices.EqualFunc(lines, b.records.Sessions, func(x, y load.Session) bool { return x == y }) {
		b.Errorf("recorded %v, returned %v", b.records.Sessions, lines)
	}
	var all []string
	for _, l := range lines {
		all = append(all, strings.TrimSpace(string(l.Fate)+" "+l.Reason))
	}
	return counted(all)
}

// counted is "2 this, 1 that".
func counted(all []string) string {
	count := map[string]int{}
	for _, what := range all {
		count[what]++
	}
	var out []string
	for what, n := range count {
		out = append(out, fmt.Sprintf("%d %s", n, what))
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}

func within(ctx context.Context, d time.Duration) { _ = sleep(ctx, d) }

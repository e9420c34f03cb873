package selftest_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"hash/fnv"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"holdfast/load"
	"holdfast/load/oidc"
	"holdfast/reports"
)

// meddler stands before a realm and does to its sessions what a bad deployment does; what it did
// is the truth.
type meddler struct {
	realm http.Handler

	mu       sync.Mutex
	settling bool
	silenced map[string]bool // sessions about which no answer is given while settling
	revived  map[string]bool // sessions whose logout was acknowledged and not done
	replayed map[string]bool // sessions whose code was accepted twice
	refresh  map[string]string
	answers  map[string]string // what a code was redeemed for
	order    []string          // sessions, as they were acknowledged
	rotated  map[string]bool   // sessions that were given new tokens
}

func newMeddler(realm http.Handler) *meddler {
	return &meddler{realm: realm, silenced: map[string]bool{}, revived: map[string]bool{}, replayed: map[string]bool{},
		rotated: map[string]bool{}, refresh: map[string]string{}, answers: map[string]string{}}
}

// chosen picks one of n sessions, the same ones always.
func chosen(session, salt string, n uint32) bool {
	h := fnv.New32a()
	_, _ = h.Write([]byte(session + salt))
	return h.Sum32()%n == 0
}

var errSilence = errors.New("no answer")

func (m *meddler) RoundTrip(r *http.Request) (*http.Response, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var body []byte
	if r.Body != nil {
		body, _ = io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	form, _ := url.ParseQuery(string(body))
	session := sessionOf(form.Get("refresh_token"))
	switch {
	case strings.HasSuffix(r.URL.Path, "/logout") && chosen(session, "logout", 2):
		m.revived[session] = true
		return &http.Response{StatusCode: http.StatusNoContent, Header: http.Header{}, Body: http.NoBody, Request: r}, nil
	case m.settling && m.silenced[session]:
		return nil, errSilence
	}
	code := form.Get("code")
	if parts := strings.Split(code, "."); len(parts) == 3 && m.answers[code] != "" && chosen(parts[1], "code", 3) {
		m.replayed[parts[1]] = true
		return says(r, m.answers[code]), nil
	}
	resp, err := answerOf(m.realm, r, "kc-1")
	if err == nil && resp.StatusCode == http.StatusOK && strings.HasSuffix(r.URL.Path, "/token") {
		m.overhear(code, resp)
	}
	return resp, err
}

func says(r *http.Request, body string) *http.Response {
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), Request: r}
}

// overhear notes the newest refresh token of the session that was answered about.
func (m *meddler) overhear(code string, resp *http.Response) {
	body, _ := io.ReadAll(resp.Body)
	resp.Body = io.NopCloser(bytes.NewReader(body))
	var t struct {
		Refresh string `json:"refresh_token"`
		Session string `json:"session_state"`
	}
	if json.Unmarshal(body, &t) != nil || t.Session == "" {
		return
	}
	if code != "" {
		m.answers[code] = string(body)
	}
	if m.refresh[t.Session] == "" {
		m.order = append(m.order, t.Session)
	} else {
		m.rotated[t.Session] = true
	}
	m.refresh[t.Session] = t.Refresh
}

func payload(part string) []byte {
	b, _ := base64.RawURLEncoding.DecodeString(part)
	return b
}

// sessionOf reads a refresh token as nobody but the realm may.
func sessionOf(token string) string {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return ""
	}
	var c struct {
		Session string `json:"sid"`
	}
	_ = json.Unmarshal(payload(parts[1]), &c)
	return c.Session
}

// lose ends sessions behind their users' backs.
func (m *meddler) lose(sessions []string, client string) map[string]bool {
	lost := map[string]bool{}
	for _, s := range sessions {
		if !chosen(s, "lost", 4) {
			continue
		}
		form := url.Values{"client_id": {client}, "refresh_token": {m.refresh[s]}}
		r := httptest.NewRequest(http.MethodPost, realmURL+"/realms/demo/protocol/openid-connect/logout", strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		m.realm.ServeHTTP(httptest.NewRecorder(), r)
		lost[s] = true
	}
	return lost
}

// TestTruthOfSessions: the ledger's counts equal what truly happened, and nothing is called
// indeterminate but that about which no answer came.
func TestTruthOfSessions(t *testing.T) {
	truth(t)
	const cohort = 40
	for seed := range uint64(5) {
		synctest.Test(t, func(t *testing.T) {
			nodes, browser, service := realm()
			m := newMeddler(nodes[0])
			v := newVirtual(nil)
			v.engine.Client = load.NewClient(load.ClientOptions{Transport: m})
			driver := oidc.New(oidc.Config{
				URL: realmURL, Realm: "demo", Browser: oidc.Client(browser), Service: oidc.Client(service),
				UserCount: users, User: user, Seed: seed, Now: v.engine.Now,
			})
			if err := driver.Cohort(t.Context(), v.engine, cohort); err != nil {
				t.Fatal(err)
			}
			of := map[string]bool{}
			var members []string
			for _, s := range m.order {
				if !m.rotated[s] { // the one whose tokens are asked about is followed no further
					of[s] = true
					members = append(members, s)
				}
			}
			v.Marks = append(v.Marks, reports.Mark{Phase: "before", At: v.engine.Now()})
			run(t, v, driver, seed, map[string]float64{"login": 4, "logout": 3}, 6*time.Second)
			if len(of) != cohort {
				t.Fatalf("a cohort of %d", len(of))
			}
			lost := m.lose(members, browser.ID)
			for s := range of {
				m.silenced[s] = !lost[s] && chosen(s, "silent", 5)
			}
			maps.DeleteFunc(m.silenced, func(_ string, yes bool) bool { return !yes })
			m.settling = true
			v.Marks = append(v.Marks, reports.Mark{Phase: "settle", At: v.engine.Now()})
			if _, err := driver.Settle(t.Context(), v.engine); err != nil {
				t.Fatal(err)
			}
			counts := map[load.Fate]int{}
			for _, s := range v.Sessions {
				counts[s.Fate]++
				if s.Fate == load.Indeterminate && !s.Cohort {
					t.Errorf("seed %d: %+v has no reason to be indeterminate", seed, s)
				}
			}
			// A session whose code was accepted twice has that fate, whatever else became of it.
			less := func(set map[string]bool) int {
				n := 0
				for s := range set {
					if !m.replayed[s] {
						n++
					}
				}
				return n
			}
			for fate, want := range map[load.Fate]int{
				load.Lost: less(lost), load.Resurrected: less(m.revived), load.Replayed: len(m.replayed), load.Indeterminate: less(m.silenced),
			} {
				if counts[fate] != want || want == 0 {
					t.Errorf("seed %d: %d %s, in truth %d", seed, counts[fate], fate, want)
				}
			}
		})
	}
}

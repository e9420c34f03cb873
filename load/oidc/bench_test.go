package oidc

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"holdfast/load"
)

// realmStub answers a login with as little work of its own as can be, so that what is measured
// is the client. It signs with ES256, which is the cheapest to sign.
func realmStub(b *testing.B) *httptest.Server {
	b.Helper()
	page, err := os.ReadFile("testdata/login.html")
	if err != nil {
		b.Fatal(err)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		b.Fatal(err)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: key, KeyID: "k"}}, nil)
	if err != nil {
		b.Fatal(err)
	}
	var issuer string
	pad := strings.Repeat("x", 900)
	sign := func(claims map[string]any) string {
		raw, _ := json.Marshal(claims)
		signed, _ := signer.Sign(raw)
		out, _ := signed.CompactSerialize()
		return out
	}
	access := sign(map[string]any{"sub": "u", "pad": pad})
	mux := http.NewServeMux()
	at := "/realms/demo/protocol/openid-connect/"
	mux.HandleFunc(at+"auth", func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		w.Header().Add("Set-Cookie", "AUTH_SESSION_ID=abcdefghijklmnopqrstuvwxyz.kc-1; Path=/realms/demo/; Secure; HttpOnly; SameSite=None")
		w.Header().Add("Set-Cookie", "KC_RESTART="+pad[:400]+"; Path=/realms/demo/; Secure; HttpOnly; SameSite=None")
		body := strings.ReplaceAll(string(page), "https://auth.holdfast.test", "http://"+r.Host)
		_, _ = w.Write([]byte(strings.Replace(body, "session_code=abc", "state="+q.Get("state")+"&amp;nonce="+q.Get("nonce"), 1)))
	})
	mux.HandleFunc("/realms/demo/login-actions/authenticate", func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		if _, err := r.Cookie("AUTH_SESSION_ID"); err != nil || r.PostFormValue("password") == "" {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		w.Header().Add("Set-Cookie", "KEYCLOAK_IDENTITY="+pad[:600]+"; Path=/realms/demo/; Secure; HttpOnly; SameSite=None")
		w.Header().Set("Location", "https://app.test/callback?state="+q.Get("state")+"&code="+q.Get("nonce")+"."+r.PostFormValue("username"))
		w.WriteHeader(http.StatusFound)
	})
	mux.HandleFunc(at+"token", func(w http.ResponseWriter, r *http.Request) {
		nonce, name, _ := strings.Cut(r.PostFormValue("code"), ".")
		now := time.Now().Unix()
		id := sign(map[string]any{"iss": issuer, "aud": "web", "sub": name, "preferred_username": name, "nonce": nonce, "iat": now, "exp": now + 300})
		_ = json.NewEncoder(w).Encode(tokens{Access: access, ExpiresIn: 300, Refresh: access, RefreshExpires: 1800, ID: id})
	})
	mux.HandleFunc(at+"certs", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &key.PublicKey, KeyID: "k", Algorithm: "ES256"}}})
	})
	s := httptest.NewServer(mux)
	issuer = s.URL + "/realms/demo"
	b.Cleanup(s.Close)
	return s
}

// BenchmarkLogin is whole login journeys on one core, the stub on the same core.
func BenchmarkLogin(b *testing.B) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	s := realmStub(b)
	began := time.Now()
	now := func() time.Duration { return time.Since(began) }
	d := New(Config{
		URL: s.URL, Realm: "demo", Browser: Client{ID: "web", RedirectURI: "https://app.test/callback"},
		UserCount: 1000, User: func(i int) (string, string) { return fmt.Sprint("user-", i), "password" }, Now: now,
	})
	login, err := d.Journey("login")
	if err != nil {
		b.Fatal(err)
	}
	client := load.NewClient(load.ClientOptions{})
	b.Cleanup(client.Close)
	e := &load.Engine{Now: now, Client: client}
	b.ReportAllocs()
	used := cpu()
	for b.Loop() {
		if res := e.One(b.Context(), "login", login); res.Outcome != load.OK {
			b.Fatalf("%+v", res)
		}
	}
	b.ReportMetric(float64(b.N)/(cpu()-used).Seconds(), "logins/cpu-s")
}

func cpu() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

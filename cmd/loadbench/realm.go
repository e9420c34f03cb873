package main

import (
	"crypto/rand"
	"crypto/rsa"
	_ "embed"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
)

//go:embed login.html
var loginPage string

// stubRealm answers a login as a realm does, with as little work of its own as can be, so that
// what is measured is the client. It signs with RS256, as Keycloak does unless told otherwise,
// and with a short key: signing with a long one takes longer than all else a login costs either
// side, and would make the stub what is measured.
type stubRealm struct {
	signer jose.Signer
	issuer string
	url    string
	keys   jose.JSONWebKeySet
	watch  *watch
}

var pad = strings.Repeat("x", 900)

func realm(mux *http.ServeMux, url string, w *watch) error {
	key, err := rsa.GenerateKey(rand.Reader, 1024) //nolint:gosec // signs for nobody; see stubRealm
	if err != nil {
		return fmt.Errorf("make signing key: %w", err)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: key, KeyID: "k"}}, nil)
	if err != nil {
		return fmt.Errorf("make signer: %w", err)
	}
	r := &stubRealm{
		signer: signer, issuer: url + "/realms/demo", url: url, watch: w,
		keys: jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &key.PublicKey, KeyID: "k", Algorithm: "RS256"}}},
	}
	at := "/realms/demo/protocol/openid-connect/"
	mux.HandleFunc(at+"auth", r.authorize)
	mux.HandleFunc("/realms/demo/login-actions/authenticate", r.form)
	mux.HandleFunc(at+"token", r.token)
	mux.HandleFunc(at+"userinfo", r.userinfo)
	mux.HandleFunc(at+"logout", r.logout)
	mux.HandleFunc(at+"certs", func(w http.ResponseWriter, _ *http.Request) { _ = json.NewEncoder(w).Encode(r.keys) })
	return nil
}

func (s *stubRealm) sign(claims map[string]any) string {
	raw, _ := json.Marshal(claims) // maps of strings and numbers
	signed, err := s.signer.Sign(raw)
	if err != nil {
		return ""
	}
	out, _ := signed.CompactSerialize()
	return out
}

func (s *stubRealm) authorize(w http.ResponseWriter, r *http.Request) {
	journey := s.watch.arrive()
	s.watch.stall()
	q := r.URL.Query()
	w.Header().Add("Set-Cookie", "AUTH_SESSION_ID=abcdefghijklmnopqrstuvwxyz.kc-1; Path=/realms/demo/; HttpOnly")
	w.Header().Add("Set-Cookie", "KC_RESTART="+pad[:400]+"; Path=/realms/demo/; HttpOnly")
	w.Header().Set("Content-Type", "text/html;charset=utf-8")
	page := strings.NewReplacer("{{base}}", s.url, "{{state}}", q.Get("state"), "{{nonce}}", q.Get("nonce")+"."+strconv.Itoa(journey))
	_, _ = page.WriteString(w, loginPage)
}

func (s *stubRealm) form(w http.ResponseWriter, r *http.Request) {
	s.watch.stall()
	q := r.URL.Query()
	if _, err := r.Cookie("AUTH_SESSION_ID"); err != nil || r.PostFormValue("password") == "" {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	w.Header().Add("Set-Cookie", "KEYCLOAK_IDENTITY="+pad[:600]+"; Path=/realms/demo/; HttpOnly")
	w.Header().Set("Location", "https://app.test/callback?state="+q.Get("state")+"&code="+q.Get("nonce")+"."+r.PostFormValue("username"))
	w.WriteHeader(http.StatusFound)
}

func (s *stubRealm) token(w http.ResponseWriter, r *http.Request) {
	s.watch.stall()
	code := strings.Split(r.PostFormValue("code"), ".") // nonce, number of the journey, user
	if len(code) != 3 {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	nonce, journey, name := code[0], code[1], code[2]
	now := time.Now().Unix()
	id := s.sign(map[string]any{
		"iss": s.issuer, "aud": "web", "sub": name, "preferred_username": name, "nonce": nonce, "iat": now, "exp": now + 300})
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{
		"access_token": name + "." + pad, "expires_in": 300, "refresh_token": journey + "." + pad[:600], "refresh_expires_in": 1800, "id_token": id})
}

func (s *stubRealm) userinfo(w http.ResponseWriter, r *http.Request) {
	s.watch.stall()
	name, _, _ := strings.Cut(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "), ".")
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]string{"sub": name, "preferred_username": name})
}

func (s *stubRealm) logout(w http.ResponseWriter, r *http.Request) {
	s.watch.stall()
	number, _, _ := strings.Cut(r.PostFormValue("refresh_token"), ".")
	journey, err := strconv.Atoi(number)
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	w.WriteHeader(http.StatusNoContent)
	s.watch.finish(journey)
}

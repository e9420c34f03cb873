package oidc

import (
	"net/http"
	"net/url"
	"os"
	"slices"
	"testing"
)

func TestLoginForm(t *testing.T) {
	t.Parallel()
	real, err := os.ReadFile("testdata/login.html")
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name   string
		page   string
		ok     bool
		action string
		hidden []string
	}{
		{"as Keycloak writes it", string(real), true,
			"https://auth.holdfast.test/realms/demo/login-actions/authenticate?session_code=abc&execution=def&client_id=web&tab_id=ghi&client_data=eyJ9", []string{"credentialId", ""}},
		{"attributes in any order", `<form method=post action='/a?b=1&amp;c=2' id='kc-form-login'><INPUT TYPE=HIDDEN NAME=x VALUE="&lt;y&gt;"></form>`, true, "/a?b=1&c=2", []string{"x", "<y>"}},
		{"another form before", `<form id="kc-locale" action="/l"><input type=hidden name=no></form><form id="kc-form-login" action="/a"></form>`, true, "/a", nil},
		{"no action", `<form id="kc-form-login"></form>`, false, "", nil},
		{"never closed", `<form id="kc-form-login" action="/a"><input type="hidden"`, false, "", nil},
		{"the id elsewhere", `<form id="x" action="/a"><label for="kc-form-login"></form>`, false, "", nil},
		{"an error page", `<div id="kc-error-message">`, false, "", nil},
		{"nothing", "", false, "", nil},
	} {
		f, ok := loginForm([]byte(tc.page))
		if ok != tc.ok || (ok && (f.action != tc.action || !slices.Equal(f.hidden, tc.hidden))) {
			t.Errorf("%s: %+v, %v", tc.name, f, ok)
		}
	}
}

// FuzzLoginForm: whatever a server sends, reading it ends and does not panic.
func FuzzLoginForm(f *testing.F) {
	f.Add([]byte(`<form id="kc-form-login" action="/a?b&amp;c"><input type=hidden name=n value=v></form>`))
	f.Add([]byte(`<form <form id="kc-form-login`))
	f.Fuzz(func(t *testing.T, page []byte) {
		if form, ok := loginForm(page); ok && (form.action == "" || len(form.hidden)%2 != 0) {
			t.Errorf("%+v", form)
		}
	})
}

func TestCookies(t *testing.T) {
	t.Parallel()
	from := &url.URL{Scheme: "https", Host: "auth.test", Path: "/realms/demo/protocol/openid-connect/auth"}
	var c cookies
	c.keep(from, http.Header{"Set-Cookie": {
		"AUTH_SESSION_ID=a.kc-1;Version=1;Path=/realms/demo/;Secure;HttpOnly;SameSite=None",
		"KC_RESTART=r; Path=/realms/demo/; HttpOnly",
		"OTHER=o; Path=/realms/other/",
		"NOPATH=n",
		"FOREIGN=f; Domain=evil.test; Path=/",
		"PARENT=p; Domain=.test; Path=/",
	}})
	c.keep(from, http.Header{"Set-Cookie": {
		"AUTH_SESSION_ID=b.kc-2; Path=/realms/demo/; Secure",
		"KC_RESTART=; Path=/realms/demo/; Max-Age=0",
		"PARENT=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
	}})
	for _, tc := range []struct{ url, want string }{
		{"https://auth.test/realms/demo/login-actions/authenticate", "AUTH_SESSION_ID=b.kc-2"},
		{"https://auth.test/realms/demo/protocol/openid-connect/token", "NOPATH=n; AUTH_SESSION_ID=b.kc-2"},
		{"https://auth.test/realms/other/x", "OTHER=o"},
		{"https://auth.test/realms/demolition", ""},
		{"http://auth.test/realms/demo/x", ""},
		{"http://127.0.0.5:8080/realms/demo/x", "AUTH_SESSION_ID=b.kc-2"},
	} {
		u, err := url.Parse(tc.url)
		if err != nil {
			t.Fatal(err)
		}
		r := request(t.Context(), "GET", u)
		c.send(r)
		if got := r.Header.Get("Cookie"); got != tc.want {
			t.Errorf("%s: %q, want %q", tc.url, got, tc.want)
		}
	}
}

package oidc

import (
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"
)

// cookies is what one browser keeps of the one host it talks to. (The standard jar cannot be
// copied into a session, and does more than one host needs.)
type cookies []cookie

type cookie struct {
	name, value, path string
	secure            bool
}

// keep takes the cookies an answer set.
func (c *cookies) keep(from *url.URL, h http.Header) {
	for _, line := range h["Set-Cookie"] {
		set, err := http.ParseSetCookie(line)
		if err != nil || !hostMatches(from.Hostname(), set.Domain) {
			continue
		}
		if set.Path == "" || set.Path[0] != '/' {
			set.Path = defaultPath(from.Path)
		}
		c.remove(set.Name, set.Path)
		if set.MaxAge < 0 || (set.MaxAge == 0 && !set.Expires.IsZero() && set.Expires.Before(time.Now())) {
			continue
		}
		*c = append(*c, cookie{set.Name, set.Value, set.Path, set.Secure})
	}
}

func (c *cookies) remove(name, path string) {
	for i, old := range *c {
		if old.name == name && old.path == path {
			*c = append((*c)[:i:i], (*c)[i+1:]...)
			return
		}
	}
}

// send puts on a request the cookies that belong there.
func (c cookies) send(r *http.Request) {
	var b strings.Builder
	safe := r.URL.Scheme == "https" || loopback(r.URL.Hostname())
	for _, k := range c {
		if !pathMatches(r.URL.Path, k.path) || (k.secure && !safe) {
			continue
		}
		if b.Len() > 0 {
			b.WriteString("; ")
		}
		b.WriteString(k.name)
		b.WriteByte('=')
		b.WriteString(k.value)
	}
	if b.Len() > 0 {
		r.Header["Cookie"] = []string{b.String()}
	}
}

func defaultPath(path string) string {
	i := strings.LastIndexByte(path, '/')
	if i <= 0 {
		return "/"
	}
	return path[:i]
}

// pathMatches is RFC 6265, 5.1.4.
func pathMatches(path, of string) bool {
	if !strings.HasPrefix(path, of) {
		return false
	}
	return len(path) == len(of) || of[len(of)-1] == '/' || path[len(of)] == '/'
}

func hostMatches(host, domain string) bool {
	domain = strings.TrimPrefix(domain, ".")
	return domain == "" || strings.EqualFold(host, domain) ||
		strings.HasSuffix(strings.ToLower(host), "."+strings.ToLower(domain))
}

// loopback hosts are trusted with secure cookies without TLS, as browsers do.
func loopback(host string) bool {
	a, err := netip.ParseAddr(host)
	return host == "localhost" || (err == nil && a.IsLoopback())
}

package oidc

import (
	"context"
	"encoding/base64"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// request is one to the deployment. It is put together by hand because a login makes three of
// them and parsing a URL each time shows in what a core can drive.
func request(ctx context.Context, method string, to *url.URL) *http.Request {
	r := &http.Request{
		Method: method, URL: to, Host: to.Host,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"User-Agent": {"holdfast"}, "Accept": {"*/*"}},
	}
	return r.WithContext(ctx)
}

// post is a request with a form.
func post(ctx context.Context, to *url.URL, form string) *http.Request {
	r := request(ctx, http.MethodPost, to)
	r.Header["Content-Type"] = []string{"application/x-www-form-urlencoded"}
	r.ContentLength = int64(len(form))
	// Without GetBody the transport could not send again a form of which nothing was sent.
	r.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(form)), nil }
	r.Body, _ = r.GetBody()
	return r
}

// encode makes a query or form of names and values.
func encode(pairs ...string) string {
	var b strings.Builder
	for i := 0; i < len(pairs); i += 2 {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(url.QueryEscape(pairs[i]))
		b.WriteByte('=')
		b.WriteString(url.QueryEscape(pairs[i+1])) //nolint:gosec // names and values come in pairs
	}
	return b.String()
}

// authenticate names the client of a token request: a public one in the form, a confidential
// one by basic authentication.
func (c Client) authenticate(ctx context.Context, to *url.URL, pairs ...string) *http.Request {
	if c.Secret == "" {
		return post(ctx, to, encode(append(pairs, "client_id", c.ID)...))
	}
	r := post(ctx, to, encode(pairs...))
	basic := url.QueryEscape(c.ID) + ":" + url.QueryEscape(c.Secret)
	r.Header["Authorization"] = []string{"Basic " + base64.StdEncoding.EncodeToString([]byte(basic))}
	return r
}

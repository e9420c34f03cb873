package load

import (
	"bufio"
	"bytes"
	"context"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// netEngine is an engine whose client uses real loopback connections.
func netEngine(t *testing.T, o ClientOptions) (*Engine, *records) {
	t.Helper()
	e, rec := testEngine(t, nil)
	o.Now, o.Recorder = e.Now, rec
	c := NewClient(o)
	t.Cleanup(c.Close)
	e.Client = c
	return e, rec
}

func fetch(method, url string, judge ...Judge) Journey {
	return func(ctx context.Context, c *Call) Result {
		req, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(""))
		if err != nil {
			return Result{Outcome: Failed, Reason: err.Error()}
		}
		return c.Do("step", req, judge...).Result()
	}
}

// raw serves each connection with f on a listener of its own.
func raw(t *testing.T, f func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = c.Close() }()
				f(c)
			}()
		}
	}()
	return "http://" + l.Addr().String()
}

func readRequest(c net.Conn) { _, _ = http.ReadRequest(bufio.NewReader(c)) }

func closed(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = l.Close()
	return l.Addr().String()
}

func TestOutcomes(t *testing.T) {
	t.Parallel()
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var status int
		_, _ = fmt.Sscanf(r.URL.Path, "/%d", &status)
		w.Header().Set(NodeHeader, "kc-1")
		if status == 302 {
			w.Header().Set("Location", "/200")
		}
		w.WriteHeader(status)
		if status != 204 {
			_, _ = io.WriteString(w, "<html>secret text</html>")
		}
	}))
	t.Cleanup(web.Close)
	tlsWeb := httptest.NewUnstartedServer(http.NotFoundHandler())
	tlsWeb.Config.ErrorLog = quiet()
	tlsWeb.StartTLS()
	t.Cleanup(tlsWeb.Close)
	silent := raw(t, func(c net.Conn) { readRequest(c); _, _ = io.Copy(io.Discard, c) })
	mute := raw(t, func(c net.Conn) { _, _ = io.Copy(io.Discard, c) })

	for _, tc := range []struct {
		name, url string
		judge     []Judge
		outcome   Outcome
		reason    string
		status    int
	}{
		{"200", web.URL + "/200", nil, OK, "", 200},
		{"a redirect is not followed", web.URL + "/302", nil, OK, "", 302},
		{"404", web.URL + "/404", nil, Failed, "http 404", 404},
		{"500", web.URL + "/500", nil, Failed, "http 500", 500},
		{"503", web.URL + "/503", nil, Failed, "http 503", 503},
		{"a gateway that got no answer", web.URL + "/502", nil, Unknown, "http 502", 502},
		{"a gateway that waited too long", web.URL + "/504", nil, Unknown, "http 504", 504},
		{"judged: expected 404", web.URL + "/404", []Judge{func(*Response) (Outcome, string) { return OK, "" }}, OK, "", 404},
		{"judged: 200 with an error page", web.URL + "/200", []Judge{func(r *Response) (Outcome, string) {
			if bytes.Contains(r.Body, []byte("secret")) {
				return Failed, "error page"
			}
			return OK, ""
		}}, Failed, "error page", 200},
		{"nobody listens", "http://" + closed(t) + "/", nil, Failed, "connection refused", 0},
		{"no such name", "http://no-such-name.invalid/", nil, Failed, "name does not resolve", 0},
		{"a certificate nobody signed", tlsWeb.URL, nil, Failed, "tls handshake failed", 0},
		{"plain http where tls is asked", strings.Replace(web.URL, "http", "https", 1), nil, Failed, "tls handshake failed", 0},
		{"a handshake without an answer", strings.Replace(mute, "http", "https", 1), nil, Failed, "timeout in tls handshake", 0},
		{"no answer", silent, nil, Unknown, "timeout waiting for answer", 0},
		{"closed instead of an answer", raw(t, readRequest), nil, Unknown, "connection closed", 0},
		{"reset instead of an answer", raw(t, func(c net.Conn) {
			readRequest(c)
			_ = c.(*net.TCPConn).SetLinger(0)
		}), nil, Unknown, "connection reset", 0},
		{"cut off in the answer", raw(t, func(c net.Conn) {
			readRequest(c)
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
		}), nil, Unknown, "answer cut off", 200},
		{"stuck in the answer", raw(t, func(c net.Conn) {
			readRequest(c)
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
			_, _ = io.Copy(io.Discard, c)
		}), nil, Unknown, "timeout reading answer", 200},
		{"an answer without end", raw(t, func(c net.Conn) {
			readRequest(c)
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\n\r\n")
			for {
				if _, err := c.Write(make([]byte, 64<<10)); err != nil {
					return
				}
			}
		}), nil, Failed, "answer too large", 200},
		{"no http", raw(t, func(c net.Conn) { readRequest(c); _, _ = io.WriteString(c, "secret text\r\n\r\n") }), nil, Unknown, "connection closed", 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			e, rec := netEngine(t, ClientOptions{Connections: Fresh, DialTimeout: time.Second})
			e.Timeout = 2 * time.Second
			res := e.One(t.Context(), "web", fetch(http.MethodPost, tc.url, tc.judge...))
			op := rec.operations[0]
			if op.Outcome != tc.outcome || op.Reason != tc.reason || op.Status != tc.status {
				t.Errorf("operation %s %q %d, want %s %q %d", op.Outcome, op.Reason, op.Status, tc.outcome, tc.reason, tc.status)
			}
			if res.Outcome != tc.outcome || res.Reason != tc.reason || (tc.outcome != OK && res.Step != "step") {
				t.Errorf("result %+v", res)
			}
			if tc.status > 0 && strings.HasPrefix(tc.url, web.URL) && (op.Node != "kc-1" || "http://"+op.Remote != web.URL) {
				t.Errorf("operation node %q remote %q", op.Node, op.Remote)
			}
			if b, _ := json.Marshal([]any{rec.operations, rec.arrivals, res}); bytes.Contains(b, []byte("secret")) {
				t.Errorf("server text in the records: %s", b)
			}
		})
	}
}

// TestHiddenRetryIsSeen: net/http repeats a GET when a kept-alive connection dies; the record says so.
func TestHiddenRetryIsSeen(t *testing.T) {
	t.Parallel()
	var conns atomic.Int32
	url := raw(t, func(c net.Conn) {
		n := conns.Add(1)
		b := bufio.NewReader(c)
		for i := 0; ; i++ {
			if _, err := http.ReadRequest(b); err != nil || (n == 1 && i == 1) {
				return // the second request of the first connection gets no answer
			}
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
		}
	})
	for _, tc := range []struct {
		mode    string
		want    []int
		reused  []bool
		outcome Outcome
	}{
		{Shared, []int{0, 1, 0}, []bool{false, false, true}, OK},
		{Fresh, []int{0, 0, 0}, []bool{false, false, false}, OK},
	} {
		conns.Store(0)
		e, rec := netEngine(t, ClientOptions{Connections: tc.mode})
		for range tc.want {
			e.One(t.Context(), "web", func(ctx context.Context, c *Call) Result {
				req, _ := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
				return c.Do("get", req).Result()
			})
		}
		for i, op := range rec.operations {
			if op.Outcome != OK || op.Retries != tc.want[i] || op.Reused != tc.reused[i] {
				t.Errorf("%s: request %d: %s, %d retries, reused %v; want %d, %v", tc.mode, i, op.Outcome, op.Retries, op.Reused, tc.want[i], tc.reused[i])
			}
		}
	}
}

func TestFirstOperationIsDueWithItsJourney(t *testing.T) {
	t.Parallel()
	e, rec := testEngine(t, answering(200))
	two := func(ctx context.Context, c *Call) Result {
		c.Due -= time.Second // as if released late
		get(ctx, c)
		return get(ctx, c)
	}
	e.One(t.Context(), "web", two)
	first, second := rec.operations[0], rec.operations[1]
	if first.Start-first.Due < time.Second || second.Due != second.Start {
		t.Errorf("first due %v start %v; second due %v start %v", first.Due, first.Start, second.Due, second.Start)
	}
}

func TestUnknownErrorsAreWrittenAndUnwritten(t *testing.T) {
	t.Parallel()
	wrote := memory(func(r *http.Request) (*http.Response, error) {
		httptrace.ContextClientTrace(r.Context()).WroteHeaders()
		return nil, errStub
	})
	unwritten := memory(func(*http.Request) (*http.Response, error) { return nil, errStub })
	for want, rt := range map[Outcome]http.RoundTripper{Unknown: wrote, Failed: unwritten} {
		e, _ := testEngine(t, rt)
		if res := e.One(t.Context(), "web", get); res.Outcome != want || res.Reason != "could not connect" {
			t.Errorf("%+v, want %s", res, want)
		}
	}
}

func TestNodeNameIsNoServerText(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"kc-1": "kc-1", "KC_2.site-a": "KC_2.site-a", "a b": "", "<script>": "", strings.Repeat("x", 65): "", "": "",
	} {
		if got := nodeName(in); got != want {
			t.Errorf("nodeName(%q) = %q, want %q", in, got, want)
		}
	}
}

// TestRootsAreTrusted: a certificate is verified against the roots given, for the name asked.
func TestRootsAreTrusted(t *testing.T) {
	t.Parallel()
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	s.Config.ErrorLog = quiet()
	s.StartTLS()
	t.Cleanup(s.Close)
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	to := netip.MustParseAddrPort(s.Listener.Addr().String())
	names := nameServer(t, map[string][]string{"example.com.": {"127.0.0.1"}, "other.test.": {"127.0.0.1"}}, 60)
	e, rec := netEngine(t, ClientOptions{Roots: roots, DNS: []netip.AddrPort{names.addr}})
	for host, want := range map[string]string{"example.com": "", "other.test": "tls handshake failed"} {
		res := e.One(t.Context(), "web", fetch(http.MethodGet, fmt.Sprintf("https://%s:%d/", host, to.Port())))
		if res.Reason != want {
			t.Errorf("%s: %+v, want %q", host, res, want)
		}
	}
	if len(rec.operations) != 2 {
		t.Errorf("%d operations", len(rec.operations))
	}
}

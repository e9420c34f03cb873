package load

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"
)

// house is a web server at two loopback addresses with one port.
func house(t *testing.T, addrs ...string) (port uint16) {
	t.Helper()
	for i, a := range addrs {
		l, err := net.Listen("tcp", fmt.Sprintf("%s:%d", a, port))
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			port = netip.MustParseAddrPort(l.Addr().String()).Port()
		}
		s := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
		_ = s.Listener.Close()
		s.Listener = l
		s.Start()
		t.Cleanup(s.Close)
	}
	return port
}

// TestProfiles: the name moves from .81 to .82 at 3 s with a TTL of 5 s, while both addresses
// serve. Each profile asks and connects in a way of its own.
func TestProfiles(t *testing.T) {
	t.Parallel()
	port := house(t, "127.0.0.81", "127.0.0.82")
	for _, tc := range []struct {
		profile string
		at      []int  // seconds of the requests
		went    string // last digit of the address, * on a new connection
		asked   int
	}{
		{"", []int{0, 2, 4, 6, 8, 12}, "1* 1 1 2* 2 2", 3},
		{TTL, []int{0, 2, 4, 6, 8, 12}, "1* 1 1 2* 2 2", 3},
		{Sticky, []int{0, 2, 4, 6, 8, 12}, "1* 1 1 1 1 1", 1},
		{Forever, []int{0, 2, 4, 6, 8, 12}, "1* 1 1 1 1 1", 1},
		{FreshDial, []int{0, 2, 4, 6, 8, 12}, "1* 1* 1* 2* 2* 2*", 3},
	} {
		server := nameServer(t, map[string][]string{"auth.test.": {"127.0.0.81"}}, 5)
		var now time.Duration
		rec := &records{}
		client := NewClient(ClientOptions{
			DNS: []netip.AddrPort{server.addr}, Profile: tc.profile, Now: func() time.Duration { return now }, Recorder: rec})
		e := &Engine{Now: func() time.Duration { return now }, Recorder: rec, Client: client}
		for _, s := range tc.at {
			now = time.Duration(s) * time.Second
			if s >= 3 {
				server.set("auth.test.", "127.0.0.82")
			}
			e.One(t.Context(), "web", fetch(http.MethodGet, fmt.Sprintf("http://auth.test:%d/", port)))
		}
		var went []string
		for _, op := range rec.operations {
			w := op.Remote[strings.Index(op.Remote, ":")-1 : strings.Index(op.Remote, ":")]
			if !op.Reused {
				w += "*"
			}
			went = append(went, w)
		}
		if got := strings.Join(went, " "); got != tc.went || server.count() != tc.asked {
			t.Errorf("%q: %s with %d questions, want %s with %d", tc.profile, got, server.count(), tc.went, tc.asked)
		}
		client.Close()
	}
}

// TestProfilesWhenTheConnectionEnds: at 6 s the kept connection is gone and the name has moved:
// a sticky client asks again, one that resolves forever goes where it always went.
func TestProfilesWhenTheConnectionEnds(t *testing.T) {
	t.Parallel()
	port := house(t, "127.0.0.83", "127.0.0.84")
	for profile, want := range map[string]string{
		TTL: "127.0.0.84", Sticky: "127.0.0.84", FreshDial: "127.0.0.84", Forever: "127.0.0.83",
	} {
		server := nameServer(t, map[string][]string{"auth.test.": {"127.0.0.83"}}, 5)
		var now time.Duration
		rec := &records{}
		e := &Engine{Now: func() time.Duration { return now }, Recorder: rec, Client: NewClient(ClientOptions{
			DNS: []netip.AddrPort{server.addr}, Profile: profile, Now: func() time.Duration { return now }, Recorder: rec})}
		get := fetch(http.MethodGet, fmt.Sprintf("http://auth.test:%d/", port))
		e.One(t.Context(), "web", get)
		e.Client.Close()
		server.set("auth.test.", "127.0.0.84")
		now = 6 * time.Second
		e.One(t.Context(), "web", get)
		if op := rec.operations[1]; op.Reused || !strings.HasPrefix(op.Remote, want+":") {
			t.Errorf("%s: %+v, want a new connection to %s", profile, op, want)
		}
		e.Client.Close()
	}
}

// TestTTLKeepsConnectionsWithoutNameServers: not knowing is no reason to leave, and the failed
// question is not asked with every request.
func TestTTLKeepsConnectionsWithoutNameServers(t *testing.T) {
	t.Parallel()
	port := house(t, "127.0.0.85")
	server := nameServer(t, map[string][]string{"auth.test.": {"127.0.0.85"}}, 1)
	var now time.Duration
	rec := &records{}
	e := &Engine{Now: func() time.Duration { return now }, Recorder: rec, Client: NewClient(ClientOptions{
		DNS: []netip.AddrPort{server.addr}, Now: func() time.Duration { return now }, Recorder: rec})}
	t.Cleanup(e.Client.Close)
	for _, at := range []time.Duration{0, 2, 3, 4, 8} {
		now = at * time.Second
		if res := e.One(t.Context(), "web", fetch(http.MethodGet, fmt.Sprintf("http://auth.test:%d/", port))); res.Outcome != OK {
			t.Errorf("at %v s: %+v", int(at), res)
		}
		server.fail(2)
	}
	// At 0 s, at 2 s in vain, and again 5 s later.
	if n := len(rec.seen()); n != 3 {
		t.Errorf("%d lookups, want 3: %+v", n, rec.seen())
	}
	for i, op := range rec.operations {
		if op.Reused != (i > 0) {
			t.Errorf("request %d: %+v", i, op)
		}
	}
}

func TestUnknownModesAreRefused(t *testing.T) {
	t.Parallel()
	for _, o := range []ClientOptions{{Profile: "sticki"}, {Retry: "always"}, {Connections: "sahred"}} {
		e, _ := netEngine(t, o)
		if err := e.Run(t.Context(), nil); err == nil || !strings.Contains(err.Error(), "there are: ") {
			t.Errorf("%+v: %v", o, err)
		}
	}
	if !slices.Equal(Profiles(), []string{"ttl", "sticky", "forever", "fresh"}) || !slices.Equal(Retries(), []string{"none", "browser"}) {
		t.Error(Profiles(), Retries())
	}
}

// fickle answers the first request of each of its first n connections when all are there, and
// breaks them at the second; later connections serve.
func fickle(t *testing.T, n int, breaks func(net.Conn)) string {
	t.Helper()
	conns := make(chan struct{}, n)
	for range n {
		conns <- struct{}{}
	}
	return raw(t, func(c net.Conn) {
		bad := false
		select {
		case <-conns:
			bad = true
		default:
		}
		buf := make([]byte, 4096)
		for i := 0; ; i++ {
			if k, err := c.Read(buf); err != nil || k == 0 {
				return
			}
			if bad && i > 0 {
				breaks(c)
				return
			}
			for bad && len(conns) > 0 {
				time.Sleep(time.Millisecond)
			}
			_, _ = c.Write([]byte("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"))
		}
	})
}

func closing(net.Conn) {}

func resetting(c net.Conn) { _ = c.(*net.TCPConn).SetLinger(0) }

func halfAnswer(c net.Conn) {
	_, _ = c.Write([]byte("HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nok"))
}

// TestRetry: the kept-alive connection breaks under the second request.
func TestRetry(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, retry, method string
		breaks              func(net.Conn)
		outcome             Outcome
		reason              string
		retries             int
	}{
		{"as net/http", "", "GET", closing, OK, "", 1},
		{"none", RetryNone, "GET", closing, Unknown, "connection closed", 0},
		{"none, reset", RetryNone, "GET", resetting, Unknown, "connection reset", 0},
		{"a browser tries again", RetryBrowser, "GET", closing, OK, "", 1},
		{"also after a reset", RetryBrowser, "GET", resetting, OK, "", 1},
		{"not what may have happened", RetryBrowser, "POST", closing, Unknown, "connection closed", 0},
		{"not when there was some answer", RetryBrowser, "GET", halfAnswer, Unknown, "answer cut off", 0},
	} {
		url := fickle(t, 1, tc.breaks)
		e, rec := netEngine(t, ClientOptions{Retry: tc.retry})
		send := func(ctx context.Context, c *Call) Result {
			req, _ := http.NewRequestWithContext(ctx, tc.method, url, nil)
			if tc.method == "POST" {
				req, _ = http.NewRequestWithContext(ctx, tc.method, url, strings.NewReader("a=b"))
			}
			return c.Do("step", req).Result()
		}
		if res := e.One(t.Context(), "web", send); res.Outcome != OK {
			t.Fatalf("%s: %+v", tc.name, res)
		}
		res := e.One(t.Context(), "web", send)
		op := rec.operations[1]
		if res.Outcome != tc.outcome || res.Reason != tc.reason || op.Retries != tc.retries {
			t.Errorf("%s: %+v with %d retries, want %s %s with %d", tc.name, res, op.Retries, tc.outcome, tc.reason, tc.retries)
		}
	}
}

// TestBrowserTriesOnce: two kept-alive connections would break; the second try is on neither.
func TestBrowserTriesOnce(t *testing.T) {
	t.Parallel()
	url := fickle(t, 2, closing)
	e, rec := netEngine(t, ClientOptions{Retry: RetryBrowser})
	both := make(chan struct{})
	for range 2 {
		go func() {
			e.One(t.Context(), "warm", func(ctx context.Context, c *Call) Result {
				defer func() { both <- struct{}{} }()
				return fetch(http.MethodGet, url)(ctx, c)
			})
		}()
	}
	<-both
	<-both
	res := e.One(t.Context(), "web", func(ctx context.Context, c *Call) Result {
		req, _ := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		return c.Do("step", req).Result()
	})
	if op := rec.operations[2]; res.Outcome != OK || op.Retries != 1 || op.Reused {
		t.Errorf("%+v, %+v", res, op)
	}
}

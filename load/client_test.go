package load

import (
	"context"
	"crypto/x509"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/miekg/dns"
)

func quiet() *log.Logger { return log.New(io.Discard, "", 0) }

// names is a DNS server of the test's.
type names struct {
	addr  netip.AddrPort
	mu    sync.Mutex
	hosts map[string][]string
	ttl   uint32
	rcode int
	asked int
}

func nameServer(t *testing.T, hosts map[string][]string, ttl uint32) *names {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	n := &names{addr: netip.MustParseAddrPort(conn.LocalAddr().String()), hosts: hosts, ttl: ttl}
	started := make(chan struct{})
	s := &dns.Server{PacketConn: conn, Handler: dns.HandlerFunc(n.answer), NotifyStartedFunc: func() { close(started) }}
	go func() { _ = s.ActivateAndServe() }()
	<-started
	t.Cleanup(func() { _ = s.Shutdown() })
	return n
}

func (n *names) answer(w dns.ResponseWriter, q *dns.Msg) {
	n.mu.Lock()
	defer n.mu.Unlock()
	m := new(dns.Msg).SetReply(q)
	m.Rcode = n.rcode
	n.asked++
	if hosts, ok := n.hosts[q.Question[0].Name]; !ok && m.Rcode == 0 {
		m.Rcode = dns.RcodeNameError
	} else if q.Question[0].Qtype == dns.TypeA {
		for _, h := range hosts {
			m.Answer = append(m.Answer, &dns.A{
				Hdr: dns.RR_Header{Name: q.Question[0].Name, Rrtype: dns.TypeA, Class: dns.ClassINET, Ttl: n.ttl},
				A:   net.ParseIP(h),
			})
		}
	}
	_ = w.WriteMsg(m)
}

func (n *names) set(host string, addrs ...string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.hosts[host] = addrs
}

func (n *names) fail(rcode int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.rcode = rcode
}

func (n *names) count() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.asked
}

func TestResolverHonoursTTL(t *testing.T) {
	t.Parallel()
	server := nameServer(t, map[string][]string{"auth.test.": {"127.0.0.2", "127.0.0.3"}}, 5)
	var now time.Duration
	rec := &records{}
	r := newResolver(ClientOptions{DNS: []netip.AddrPort{server.addr}, Now: func() time.Duration { return now }, Recorder: rec})
	ask := func(at time.Duration, want ...string) {
		t.Helper()
		now = at
		got, err := r.lookup(t.Context(), "auth.test")
		if err != nil || strings.Trim(fmt.Sprint(got), "[]") != strings.Join(want, " ") {
			t.Errorf("at %v: %v, %v; want %v", at, got, err, want)
		}
	}
	ask(0, "127.0.0.2", "127.0.0.3")
	server.set("auth.test.", "127.0.0.3")
	ask(4999*time.Millisecond, "127.0.0.2", "127.0.0.3") // believed for 5 s
	ask(5*time.Second, "127.0.0.3")                      // and no longer
	if server.count() != 2 {
		t.Errorf("%d questions, want 2", server.count())
	}
	want := []Lookup{
		{At: 0, Name: "auth.test", Addrs: []string{"127.0.0.2", "127.0.0.3"}, TTL: 5 * time.Second},
		{At: 5 * time.Second, Name: "auth.test", Addrs: []string{"127.0.0.3"}, TTL: 5 * time.Second},
	}
	waitFor(t, func() bool { return len(rec.seen()) == 2 })
	for i, got := range rec.seen() {
		if got.At != want[i].At || got.Name != want[i].Name || got.TTL != want[i].TTL || !slices.Equal(got.Addrs, want[i].Addrs) {
			t.Errorf("lookup %d recorded as %+v, want %+v", i, got, want[i])
		}
	}
}

func (r *records) seen() []Lookup {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.lookups)
}

func waitFor(t *testing.T, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(5 * time.Second); !ok(); {
		if time.Now().After(end) {
			t.Fatal("did not happen within 5 s")
		}
		time.Sleep(time.Millisecond)
	}
}

func TestResolverFailures(t *testing.T) {
	t.Parallel()
	good := nameServer(t, map[string][]string{"auth.test.": {"127.0.0.2"}, "empty.test.": {}}, 0)
	bad := nameServer(t, nil, 0)
	bad.fail(dns.RcodeServerFailure)
	dead := netip.MustParseAddrPort(closed(t))
	for _, tc := range []struct {
		name    string
		servers []netip.AddrPort
		host    string
		want    string
	}{
		{"the next server is asked when one is dead", []netip.AddrPort{dead, good.addr}, "auth.test", ""},
		{"and when one fails", []netip.AddrPort{bad.addr, good.addr}, "auth.test", ""},
		{"no such name", []netip.AddrPort{good.addr}, "nobody.test", "name does not resolve"},
		{"a name without addresses", []netip.AddrPort{good.addr}, "empty.test", "name does not resolve"},
		{"all fail", []netip.AddrPort{bad.addr}, "auth.test", "name server failed"},
		{"all dead", []netip.AddrPort{dead}, "auth.test", "name server unreachable"},
	} {
		e, rec := netEngine(t, ClientOptions{DNS: tc.servers})
		addrs, err := e.Client.resolver.lookup(t.Context(), tc.host)
		waitFor(t, func() bool { return len(rec.seen()) == 1 })
		if got := rec.seen()[0].Err; got != tc.want || (err == nil) != (tc.want == "") || (err == nil && len(addrs) != 1) {
			t.Errorf("%s: %v, %v, recorded %q; want %q", tc.name, addrs, err, got, tc.want)
		}
		if tc.want != "" {
			res := e.One(t.Context(), "web", fetch(http.MethodGet, "http://"+tc.host+"/"))
			if res.Outcome != Failed || res.Reason != tc.want {
				t.Errorf("%s: %+v", tc.name, res)
			}
		}
	}
}

// TestDeadFirstAddress: whichever address is tried first, the living one is reached, and the
// order depends on the seed alone.
func TestDeadFirstAddress(t *testing.T) {
	t.Parallel()
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	l, err := net.Listen("tcp", "127.0.0.77:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = s.Listener.Close()
	s.Listener = l
	s.Start()
	t.Cleanup(s.Close)
	port := netip.MustParseAddrPort(l.Addr().String()).Port()
	server := nameServer(t, map[string][]string{"auth.test.": {"127.0.0.78", "127.0.0.77"}}, 60)

	e, rec := netEngine(t, ClientOptions{DNS: []netip.AddrPort{server.addr}, Connections: Fresh})
	for range 20 {
		if res := e.One(t.Context(), "web", fetch(http.MethodGet, fmt.Sprintf("http://auth.test:%d/", port))); res.Outcome != OK {
			t.Fatalf("%+v", res)
		}
	}
	if op := rec.operations[0]; op.Remote != l.Addr().String() || op.Reused {
		t.Errorf("operation %+v", op)
	}
	if server.count() != 1 {
		t.Errorf("%d questions within the TTL, want 1", server.count())
	}
}

func TestOrderIsSeeded(t *testing.T) {
	t.Parallel()
	addrs := []netip.Addr{netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("127.0.0.2"), netip.MustParseAddr("127.0.0.3")}
	orders := func(seed uint64) string {
		c := NewClient(ClientOptions{Seed: seed})
		var all []string
		for range 10 {
			all = append(all, fmt.Sprint(c.shuffle(addrs)))
		}
		return strings.Join(all, " ")
	}
	if first, again := orders(1), orders(1); first != again {
		t.Error("the same seed gives two orders")
	}
	if orders(1) == orders(2) {
		t.Error("two seeds give one order")
	}
}

func TestConnectionModes(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(s.Close)
	users := []string{"ann", "bob", "ann", "bob"}
	for _, tc := range []struct {
		mode   string
		reused []bool
	}{
		{"", []bool{false, true, true, true}},
		{Shared, []bool{false, true, true, true}},
		{PerUser, []bool{false, false, true, true}},
		{Fresh, []bool{false, false, false, false}},
	} {
		e, rec := netEngine(t, ClientOptions{Connections: tc.mode})
		for _, u := range users {
			e.One(t.Context(), "web", func(ctx context.Context, c *Call) Result {
				c.As(u)
				return fetch(http.MethodGet, s.URL)(ctx, c)
			})
		}
		for i, op := range rec.operations {
			if op.Outcome != OK || op.Reused != tc.reused[i] {
				t.Errorf("%q: request %d: %s, reused %v, want %v", tc.mode, i, op.Outcome, op.Reused, tc.reused[i])
			}
		}
	}
	e, _ := netEngine(t, ClientOptions{Connections: "sahred"})
	if err := e.Run(t.Context(), nil); err == nil || e.One(t.Context(), "web", get).Outcome != Failed {
		t.Error("a connection mode that does not exist is taken")
	}
}

func TestUserPoolsAreBounded(t *testing.T) {
	t.Parallel()
	c := NewClient(ClientOptions{Connections: PerUser})
	first := c.pool("0")
	for i := range maxUserPools {
		c.pool(fmt.Sprint(i + 1))
	}
	if len(c.users) != maxUserPools || c.pool("0") == first {
		t.Errorf("%d pools kept, want %d without the oldest", len(c.users), maxUserPools)
	}
}

func TestHTTP2IsAKnob(t *testing.T) {
	t.Parallel()
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set(NodeHeader, fmt.Sprint("http-", r.ProtoMajor))
	}))
	s.EnableHTTP2 = true
	s.StartTLS()
	t.Cleanup(s.Close)
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	for http2, want := range map[bool]string{false: "http-1", true: "http-2"} {
		e, rec := netEngine(t, ClientOptions{Roots: roots, HTTP2: http2})
		if res := e.One(t.Context(), "web", fetch(http.MethodGet, s.URL)); res.Outcome != OK || rec.operations[0].Node != want {
			t.Errorf("HTTP2 %v: %+v, %+v, want %s", http2, res, rec.operations, want)
		}
	}
}

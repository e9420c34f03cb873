package load

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"
)

// The connection modes of a client.
const (
	// Shared is one pool of kept-alive connections for all users.
	Shared = "shared"
	// PerUser is a pool for each user, as with a browser each.
	PerUser = "per-user"
	// Fresh is a new connection for each request: none is ever retried by the transport.
	Fresh = "fresh"
)

// ClientOptions are how a client finds and reaches the deployment. The zero value is the
// system's resolver and shared HTTP/1.1 connections.
type ClientOptions struct {
	DNS         []netip.AddrPort // servers to ask; empty is the system's resolver
	Roots       *x509.CertPool   // trust; nil is the system's
	Profile     string           // "ttl" (default), "sticky", "forever" or "fresh"
	Retry       string           // "" (as net/http does), "none" or "browser"
	Connections string           // "shared" (default), "per-user" or "fresh"
	HTTP2       bool             // offer HTTP/2, which puts all users on one connection
	Now         func() time.Duration
	Recorder    Recorder // takes lookups; may be nil
	Seed        uint64   // of the order in which addresses are tried
	DialTimeout time.Duration
	// IdleTimeout closes a connection that was unused for so long. 0 is 30 s, but never for the
	// profiles that keep connections as long as they live.
	IdleTimeout time.Duration
	// Transport replaces all of the above by a transport of the caller's.
	Transport http.RoundTripper
}

const (
	defaultDial  = 2 * time.Second
	defaultIdle  = 30 * time.Second
	idleShared   = 1024 // idle connections kept
	idlePerUser  = 2
	maxUserPools = 4096
	oldPools     = 64
)

// Client carries requests to the deployment: it resolves names and keeps connections as its
// profile says, and tries every address of a name.
type Client struct {
	options  ClientOptions
	err      error // of the options
	resolver *resolver
	once     *http.Transport // for the browser's second try: keeps no connection

	mu     sync.Mutex
	order  *rand.Rand
	shared http.RoundTripper
	users  map[string]*http.Transport
	queue  []string // users in the order of their pools' making
	homes  map[string]home
	old    []*http.Transport // abandoned, perhaps with requests under way
}

// NewClient makes a client. Close it when done. With a mode, profile or retry that does not
// exist it carries no requests, and an engine refuses to run with it.
func NewClient(o ClientOptions) *Client {
	if o.Now == nil {
		began := time.Now()
		o.Now = func() time.Duration { return time.Since(began) }
	}
	if o.Recorder == nil {
		o.Recorder = discard{}
	}
	if o.DialTimeout <= 0 {
		o.DialTimeout = defaultDial
	}
	if o.Profile == "" {
		o.Profile = TTL
	}
	if o.Profile == FreshDial {
		o.Connections = Fresh
	}
	if o.IdleTimeout <= 0 && o.Profile == TTL {
		o.IdleTimeout = defaultIdle
	}
	c := &Client{
		options: o, resolver: newResolver(o), users: map[string]*http.Transport{}, homes: map[string]home{},
		order: rand.New(rand.NewPCG(o.Seed, 0)), // #nosec G404 -- an order, repeatable by seed
	}
	c.err = c.check()
	c.once = c.transport(0)
	c.once.DisableKeepAlives = true
	c.shared = o.Transport
	if c.shared == nil {
		c.shared = c.transport(idleShared)
	}
	return c
}

func (c *Client) check() error {
	for _, f := range []struct {
		what, is string
		known    []string
	}{
		{"connections", c.options.Connections, []string{Shared, PerUser, Fresh}},
		{"profile", c.options.Profile, Profiles()},
		{"retry", c.options.Retry, Retries()},
	} {
		if f.is != "" && !slices.Contains(f.known, f.is) {
			return fmt.Errorf("client: unknown %s %q; there are: %s", f.what, f.is, strings.Join(f.known, ", "))
		}
	}
	return nil
}

func (c *Client) transport(idle int) *http.Transport {
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(c.options.HTTP2)
	return &http.Transport{
		DialContext:         c.dial,
		TLSClientConfig:     &tls.Config{RootCAs: c.options.Roots, MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout: c.options.DialTimeout,
		Protocols:           &protocols,
		DisableCompression:  true,
		DisableKeepAlives:   c.options.Connections == Fresh,
		MaxIdleConns:        idle,
		MaxIdleConnsPerHost: idle,
		IdleConnTimeout:     c.options.IdleTimeout,
	}
}

// send carries one request once.
func (c *Client) send(r *http.Request, user string) (*http.Response, error) {
	if c.err != nil {
		return nil, &reasonedError{"unknown client mode", c.err}
	}
	c.revisit(r.Context(), r.URL.Hostname())
	return c.pool(user).RoundTrip(r)
}

// pool is the connections for a user's requests: his own or those of all. The oldest users'
// pools go when there are too many.
func (c *Client) pool(user string) http.RoundTripper {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.options.Connections != PerUser || user == "" || c.options.Transport != nil {
		return c.shared
	}
	if t := c.users[user]; t != nil {
		return t
	}
	if len(c.queue) >= maxUserPools {
		c.users[c.queue[0]].CloseIdleConnections()
		delete(c.users, c.queue[0])
		c.queue = c.queue[1:]
	}
	t := c.transport(idlePerUser)
	c.users[user], c.queue = t, append(c.queue, user)
	return t
}

// Close closes the connections that are not in use.
func (c *Client) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.abandon()
}

// abandon closes idle connections, and lets those in use be closed when they become idle. The
// caller has the lock.
func (c *Client) abandon() {
	if t, ok := c.shared.(interface{ CloseIdleConnections() }); ok {
		t.CloseIdleConnections()
	}
	for _, t := range c.users {
		t.CloseIdleConnections()
	}
	for _, t := range c.old {
		t.CloseIdleConnections()
	}
}

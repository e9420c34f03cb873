package load

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/netip"
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
	Connections string           // "shared" (default), "per-user" or "fresh"
	HTTP2       bool             // offer HTTP/2, which puts all users on one connection
	Now         func() time.Duration
	Recorder    Recorder // takes lookups; may be nil
	Seed        uint64   // of the order in which addresses are tried
	DialTimeout time.Duration
	IdleTimeout time.Duration // an unused connection is closed after it
	// Transport replaces all of the above by a transport of the caller's.
	Transport http.RoundTripper
}

const (
	defaultDial  = 2 * time.Second
	defaultIdle  = 30 * time.Second
	idleShared   = 1024 // idle connections kept
	idlePerUser  = 2
	maxUserPools = 4096
)

// Client carries requests to the deployment: it resolves names with a lookup's TTL honoured,
// tries every address and keeps connections as its mode says.
type Client struct {
	options  ClientOptions
	resolver *resolver
	shared   http.RoundTripper

	mu    sync.Mutex
	order *rand.Rand
	users map[string]*http.Transport
	queue []string // users in the order of their pools' making
}

// NewClient makes a client. Close it when done. With a connection mode that does not exist it
// carries no requests, and an engine refuses to run with it.
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
	if o.IdleTimeout <= 0 {
		o.IdleTimeout = defaultIdle
	}
	c := &Client{
		options: o, resolver: newResolver(o), users: map[string]*http.Transport{},
		order: rand.New(rand.NewPCG(o.Seed, 0)), // #nosec G404 -- an order, repeatable by seed
	}
	c.shared = o.Transport
	if c.shared == nil {
		c.shared = c.transport(idleShared)
	}
	return c
}

func (c *Client) check() error {
	switch c.options.Connections {
	case "", Shared, PerUser, Fresh:
		return nil
	}
	return fmt.Errorf("client: unknown connections %q; there are: shared, per-user, fresh", c.options.Connections)
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

func (c *Client) roundTrip(r *http.Request, user string) (*http.Response, error) {
	if err := c.check(); err != nil {
		return nil, &reasonedError{"unknown connection mode", err}
	}
	if c.options.Connections == PerUser && user != "" && c.options.Transport == nil {
		return c.pool(user).RoundTrip(r)
	}
	return c.shared.RoundTrip(r)
}

// pool is the user's own connections. The oldest pools go when there are too many.
func (c *Client) pool(user string) *http.Transport {
	c.mu.Lock()
	defer c.mu.Unlock()
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
	if t, ok := c.shared.(interface{ CloseIdleConnections() }); ok {
		t.CloseIdleConnections()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, t := range c.users {
		t.CloseIdleConnections()
	}
}

package load

import (
	"context"
	"net/http"
	"net/netip"
	"slices"
	"time"
)

// The client profiles: how long an address once found is believed.
const (
	// TTL believes a name's addresses for their TTL and no longer, also for connections: when
	// the addresses have changed, connections made before are used no more.
	TTL = "ttl"
	// Sticky keeps connections as long as they live and resolves only to dial, as browsers and
	// most HTTP libraries do.
	Sticky = "sticky"
	// Forever resolves once and believes it to its end, as Java clients with an unlimited cache do.
	Forever = "forever"
	// FreshDial makes a new connection for each request and honours the TTL.
	FreshDial = "fresh"
)

// Profiles are the names ClientOptions.Profile takes.
func Profiles() []string { return []string{TTL, Sticky, Forever, FreshDial} }

// The ways to repeat a request. By default it is net/http's: an idempotent request is sent again
// while kept-alive connections break before any answer.
const (
	// RetryNone sends no request twice.
	RetryNone = "none"
	// RetryBrowser sends a GET or HEAD once more, on a fresh connection, when the kept-alive one
	// it was sent on broke before any answer.
	RetryBrowser = "browser"
)

// Retries are the names ClientOptions.Retry takes.
func Retries() []string { return []string{RetryNone, RetryBrowser} }

// retryLookup is how long a TTL client keeps its connections unasked after name servers failed it.
const retryLookup = 5 * time.Second

// home is where a client's kept connections to a name may lead.
type home struct {
	answer []netip.Addr // as the resolver gave it
	sorted []netip.Addr
	asked  time.Duration // the last failure to find out; 0 is none
}

// revisit makes a TTL client leave its connections when the name leads elsewhere. Without name
// servers of its own a client is told no TTL, and keeps them; also while those do not answer.
func (c *Client) revisit(ctx context.Context, host string) {
	if c.options.Profile != TTL || len(c.options.DNS) == 0 || c.options.Connections == Fresh || c.options.Transport != nil {
		return
	}
	if _, err := netip.ParseAddr(host); err == nil || c.keeps(host) {
		return
	}
	addrs, err := c.resolver.lookup(ctx, host)
	c.mu.Lock()
	defer c.mu.Unlock()
	h, known := c.homes[host]
	switch {
	case err != nil:
		h.asked = c.options.Now()
	case known && len(addrs) > 0 && len(h.answer) == len(addrs) && &h.answer[0] == &addrs[0]:
		return
	default:
		sorted := slices.SortedFunc(slices.Values(addrs), netip.Addr.Compare)
		if known && !slices.Equal(h.sorted, sorted) {
			c.move()
		}
		h = home{answer: addrs, sorted: sorted}
	}
	c.homes[host] = h
}

func (c *Client) keeps(host string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	asked := c.homes[host].asked
	return asked > 0 && c.options.Now()-asked < retryLookup
}

// move makes all further requests use new connections. The caller has the lock.
func (c *Client) move() {
	c.abandon()
	if t, ok := c.shared.(*http.Transport); ok {
		c.old = append(c.old, t)
	}
	for _, t := range c.users {
		c.old = append(c.old, t)
	}
	// A request that was under way may have left a connection idle after all; it ends with the
	// idle timeout at the latest.
	c.old = c.old[max(0, len(c.old)-oldPools):]
	clear(c.users)
	c.queue = nil
	c.shared = c.transport(idleShared)
}

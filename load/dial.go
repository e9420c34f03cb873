package load

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
)

// dial connects to one of the name's addresses: all are tried, in a seeded order, as a client
// does that survives the loss of one.
func (c *Client) dial(ctx context.Context, network, address string) (net.Conn, error) {
	host, service, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("dial: %w", err)
	}
	port, err := strconv.ParseUint(service, 10, 16)
	if err != nil {
		return nil, fmt.Errorf("dial: port %q is no number", service)
	}
	addrs, err := c.resolver.lookup(ctx, host)
	if err != nil {
		return nil, err
	}
	var first error
	for _, a := range c.shuffle(addrs) {
		conn, err := c.dialOne(ctx, network, netip.AddrPortFrom(a, uint16(port)))
		if err == nil {
			return conn, nil
		}
		if first == nil {
			first = err
		}
		if ctx.Err() != nil {
			break
		}
	}
	return nil, first
}

func (c *Client) dialOne(ctx context.Context, network string, to netip.AddrPort) (net.Conn, error) {
	bounded, cancel := context.WithTimeout(ctx, c.options.DialTimeout)
	defer cancel()
	var d net.Dialer
	conn, err := d.DialContext(bounded, network, to.String())
	if err == nil {
		return conn, nil
	}
	var timeout net.Error
	reason := phrase(err, false)
	if errors.As(err, &timeout) && timeout.Timeout() {
		reason = "timeout connecting"
	}
	return nil, &reasonedError{reason, err}
}

func (c *Client) shuffle(addrs []netip.Addr) []netip.Addr {
	if len(addrs) < 2 {
		return addrs
	}
	out := slices.Clone(addrs)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.order.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

package load

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/miekg/dns"
)

// queryTimeout bounds the question to one server; the next is asked then.
const queryTimeout = time.Second

// resolver looks names up, believes an answer for its TTL and no longer, or for ever, and
// records each answer it was given. Concurrent lookups of a name share one question.
type resolver struct {
	servers  []netip.AddrPort
	now      func() time.Duration
	recorder Recorder
	forever  bool

	mu      sync.Mutex
	client  string // named in the records
	names   map[string]answer
	pending map[string]*question
}

type answer struct {
	addrs []netip.Addr
	until time.Duration
}

type question struct {
	done  chan struct{}
	addrs []netip.Addr
	err   error
}

func newResolver(o ClientOptions) *resolver {
	return &resolver{
		servers: o.DNS, now: o.Now, recorder: o.Recorder, forever: o.Profile == Forever,
		names: map[string]answer{}, pending: map[string]*question{},
	}
}

func (r *resolver) named(client string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.client = client
}

func (r *resolver) lookup(ctx context.Context, name string) ([]netip.Addr, error) {
	if a, err := netip.ParseAddr(name); err == nil {
		return []netip.Addr{a}, nil
	}
	r.mu.Lock()
	if a, ok := r.names[name]; ok && (r.forever || r.now() < a.until) {
		r.mu.Unlock()
		return a.addrs, nil
	}
	q := r.pending[name]
	if q == nil {
		q = &question{done: make(chan struct{})}
		r.pending[name] = q
		// The one who asks may give up; the others still want the answer.
		go r.ask(context.WithoutCancel(ctx), name, q)
	}
	r.mu.Unlock()
	select {
	case <-q.done:
		return q.addrs, q.err
	case <-ctx.Done():
		return nil, &reasonedError{"timeout resolving name", ctx.Err()}
	}
}

func (r *resolver) ask(ctx context.Context, name string, q *question) {
	addrs, ttl, err := r.query(ctx, name)
	at := r.now()
	record := Lookup{At: at, Name: name, TTL: ttl}
	for _, a := range addrs {
		record.Addrs = append(record.Addrs, a.String())
	}
	if err != nil {
		record.Err = err.reason
		q.err = err
	}
	q.addrs = addrs
	r.mu.Lock()
	delete(r.pending, name)
	record.Client = r.client
	if err == nil {
		r.names[name] = answer{addrs, at + ttl}
	}
	r.mu.Unlock()
	close(q.done)
	r.recorder.Lookup(record)
}

func (r *resolver) query(ctx context.Context, name string) ([]netip.Addr, time.Duration, *reasonedError) {
	if len(r.servers) == 0 {
		return system(ctx, name)
	}
	last := &reasonedError{"name does not resolve", errors.New("no address in the answer")}
	for _, kind := range []uint16{dns.TypeA, dns.TypeAAAA} {
		for _, server := range r.servers {
			addrs, ttl, err := exchange(ctx, server, name, kind)
			if err != nil {
				last = err
				continue
			}
			if len(addrs) > 0 {
				return addrs, ttl, nil
			}
			break
		}
	}
	return nil, 0, last
}

// exchange asks one server, again by TCP when the answer did not fit.
func exchange(ctx context.Context, server netip.AddrPort, name string, kind uint16) ([]netip.Addr, time.Duration, *reasonedError) {
	m := new(dns.Msg).SetQuestion(dns.Fqdn(name), kind)
	in, _, err := (&dns.Client{Timeout: queryTimeout}).ExchangeContext(ctx, m, server.String())
	if err == nil && in.Truncated {
		in, _, err = (&dns.Client{Timeout: queryTimeout, Net: "tcp"}).ExchangeContext(ctx, m, server.String())
	}
	var timeout net.Error
	switch {
	case errors.As(err, &timeout) && timeout.Timeout():
		return nil, 0, &reasonedError{"name server timeout", err}
	case err != nil:
		return nil, 0, &reasonedError{"name server unreachable", err}
	case in.Rcode == dns.RcodeNameError:
		return nil, 0, &reasonedError{"name does not resolve", fmt.Errorf("%s has no records", name)}
	case in.Rcode != dns.RcodeSuccess:
		return nil, 0, &reasonedError{"name server failed", errors.New(dns.RcodeToString[in.Rcode])}
	}
	addrs, ttl := addresses(in.Answer)
	return addrs, ttl, nil
}

// addresses takes the addresses of an answer and the least TTL on the way to them.
func addresses(records []dns.RR) ([]netip.Addr, time.Duration) {
	var out []netip.Addr
	ttl := time.Duration(-1)
	for _, rr := range records {
		if d := time.Duration(rr.Header().Ttl) * time.Second; ttl < 0 || d < ttl {
			ttl = d
		}
		var ip net.IP
		switch rr := rr.(type) {
		case *dns.A:
			ip = rr.A
		case *dns.AAAA:
			ip = rr.AAAA
		}
		if a, ok := netip.AddrFromSlice(ip); ok {
			out = append(out, a.Unmap())
		}
	}
	return out, max(ttl, 0)
}

// system asks the machine's resolver, which does not tell a TTL: nothing is kept.
func system(ctx context.Context, name string) ([]netip.Addr, time.Duration, *reasonedError) {
	ctx, cancel := context.WithTimeout(ctx, 5*queryTimeout)
	defer cancel()
	addrs, err := net.DefaultResolver.LookupNetIP(ctx, "ip4", name)
	if err != nil || len(addrs) == 0 {
		addrs, err = net.DefaultResolver.LookupNetIP(ctx, "ip6", name)
	}
	if err != nil {
		return nil, 0, &reasonedError{"name does not resolve", err}
	}
	for i := range addrs {
		addrs[i] = addrs[i].Unmap()
	}
	return addrs, 0, nil
}

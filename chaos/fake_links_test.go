package chaos

import (
	"context"
	"errors"
	"net/netip"
	"time"

	"holdfast/fixtures"
)

func (e *fakeEnv) Clients(context.Context) ([]netip.Addr, error) { return []netip.Addr{hostAddr}, nil }

func (e *fakeEnv) Shape(_ context.Context, link string, x fixtures.Toxic) error {
	return e.act(e.parts["toxi-1"], "shape", func() {
		if e.toxics[link] == nil {
			e.toxics[link] = map[string]fixtures.Toxic{}
		}
		e.toxics[link][x.ID] = x
	})
}

func (e *fakeEnv) Unshape(_ context.Context, link, id string) error {
	return e.act(e.parts["toxi-1"], "unshape", func() { delete(e.toxics[link], id) })
}

// RoundTrip takes a millisecond beside the proxy.
func (e *fakeEnv) RoundTrip(ctx context.Context, link string) (through, beside time.Duration, err error) {
	beside, through = time.Millisecond, time.Millisecond
	for _, x := range e.disturbances(link) {
		e.mu.Lock()
		e.turn++
		jitter := x.Jitter * time.Duration(1-e.turn%3)
		e.mu.Unlock()
		through += x.Latency + jitter
		if x.Stall {
			return 0, beside, errors.Join(pause(ctx, 2*time.Second), context.DeadlineExceeded)
		}
		if x.Reset > 0 {
			return 0, beside, errors.Join(pause(ctx, x.Reset), errors.New("connection reset by peer"))
		}
	}
	return through, beside, pause(ctx, through+beside)
}

// Carry takes a second for 100 MiB beside the proxy.
func (e *fakeEnv) Carry(ctx context.Context, link string, size int64) (carried int64, through, beside time.Duration, err error) {
	rate := int64(100 << 20)
	at := func(rate int64) time.Duration {
		return time.Duration(float64(size) / float64(rate) * float64(time.Second))
	}
	beside = at(rate)
	for _, x := range e.disturbances(link) {
		if x.Rate > 0 {
			rate = min(rate, x.Rate)
		}
	}
	return size, at(rate), beside, pause(ctx, at(rate)+beside)
}

func (e *fakeEnv) disturbances(link string) []fixtures.Toxic {
	e.mu.Lock()
	defer e.mu.Unlock()
	var out []fixtures.Toxic
	for _, x := range e.toxics[link] {
		out = append(out, x)
	}
	return out
}

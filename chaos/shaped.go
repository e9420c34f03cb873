package chaos

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"holdfast/fixtures"
)

// shapingNode is the proxy that links are shaped on: the target of the faults that do.
const shapingNode = "toxi-1"

// checkLink wants a link that a proxy can stand on, and the proxy as the target.
func checkLink(kind string, t fixtures.Topology, targets []string, link string) error {
	var err error
	switch {
	case !slices.Contains(fixtures.Links(), link):
		err = wrong("link", "unknown %q; there are: %s", link, strings.Join(fixtures.Links(), ", "))
	case link == fixtures.LinkKeycloakCache && !t.HasCache():
		err = wrong("link", "there is no link %s: sessions %s has no external caches", link, t.Sessions)
	}
	if len(targets) != 1 || targets[0] != shapingNode {
		err = errors.Join(err, fmt.Errorf("a %s acts on a link's proxy: its target is %s", kind, shapingNode))
	}
	return err
}

// needLink puts a proxy on the link.
func needLink(t *fixtures.Topology, link string) {
	if slices.Contains(fixtures.Links(), link) && !slices.Contains(t.Links, link) {
		t.Links = append(slices.Clone(t.Links), link)
	}
}

func shaping(t Target) (fixtures.Shaping, error) {
	return able[fixtures.Shaping](t.Env, "its links", "shape traffic")
}

// canShape wants one exchange over the link to work before it is disturbed.
func canShape(ctx context.Context, targets []Target, link string) error {
	return every(targets, func(t Target) error {
		s, err := shaping(t)
		if err != nil {
			return err
		}
		if _, _, err = s.RoundTrip(ctx, link); err != nil {
			return fmt.Errorf("%s did not carry an exchange before it was disturbed: %w", link, err)
		}
		return nil
	})
}

func shape(ctx context.Context, t Target, link string, x fixtures.Toxic) error {
	s, err := shaping(t)
	if err != nil {
		return err
	}
	return s.Shape(ctx, link, x)
}

func unshape(ctx context.Context, t Target, link, id string) error {
	s, err := shaping(t)
	if err != nil {
		return err
	}
	return s.Unshape(ctx, link, id)
}

// exchange is one round trip over the link's proxy and beside it.
type exchange struct {
	through, beside time.Duration
	err             error
	aside           bool // the way beside the proxy worked
}

func exchangeOver(ctx context.Context, t Target, link string) exchange {
	s, err := shaping(t)
	if err != nil {
		return exchange{err: err}
	}
	var x exchange
	x.through, x.beside, x.err = s.RoundTrip(ctx, link)
	x.aside = x.beside > 0
	return x
}

// timedOut tells a connection on which nothing came from one that ended.
func timedOut(err error) bool {
	var t net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &t) && t.Timeout()
}

// tolerance is how far a measured delay may be from what was asked for: a tenth or 5 ms, and the
// jitter.
func tolerance(latency, jitter time.Duration) time.Duration {
	return max(latency/10, 5*time.Millisecond) + jitter
}

// back wants an exchange over the proxy to take what it takes beside it, within the tolerance.
func back(ctx context.Context, t Target, link string) error {
	x := exchangeOver(ctx, t, link)
	if x.err != nil {
		return fmt.Errorf("%s does not carry an exchange: %w", link, x.err)
	}
	if added := x.through - x.beside; added > tolerance(x.beside, 0) {
		return fmt.Errorf("an exchange over %s still takes %v longer than beside it", link, added.Round(time.Millisecond/10))
	}
	return nil
}

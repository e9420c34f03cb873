package load

import (
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
)

// A NamedClient is one kind of client that a deployment has, with its part of the arrivals.
type NamedClient struct {
	Name   string
	Share  float64 // of all arrivals, in proportion to the other clients' shares
	Client *Client
}

// shares is the engine's clients, ready to be chosen from.
type shares struct {
	clients []NamedClient
	sums    []float64 // of the shares up to and with each client
	seed    uint64
}

func newShares(e *Engine) *shares {
	s := &shares{clients: e.Clients, seed: e.Seed}
	if len(s.clients) == 0 {
		s.clients = []NamedClient{{Share: 1, Client: e.Client}}
	}
	sum := 0.0
	for _, c := range s.clients {
		sum += c.Share
		s.sums = append(s.sums, sum)
		if len(s.clients) > 1 && c.Client != nil {
			c.Client.resolver.named(c.Name)
		}
	}
	return s
}

func (s *shares) check() error {
	seen := map[string]bool{}
	for _, c := range s.clients {
		switch {
		case c.Client == nil:
			return errors.New("run load: the engine has no client")
		case len(s.clients) > 1 && (c.Name == "" || seen[c.Name]):
			return fmt.Errorf("run load: client name %q is empty or used twice", c.Name)
		case !(c.Share >= 0):
			return fmt.Errorf("run load: share %g of client %q is no share", c.Share, c.Name)
		}
		if err := c.Client.err; err != nil {
			return fmt.Errorf("run load: %w", err)
		}
		seen[c.Name] = true
	}
	if sum := s.sums[len(s.sums)-1]; len(s.clients) > 1 && !(sum > 0) {
		return fmt.Errorf("run load: the shares of the clients add up to %g", sum)
	}
	return nil
}

// of is the client of a class's arrival k: the same for the same seed, whatever else happens.
func (s *shares) of(class string, k uint64) (name string, c *Client) {
	if len(s.clients) == 1 {
		return "", s.clients[0].Client
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte("client of " + class))
	rng := rand.New(rand.NewPCG(s.seed^h.Sum64(), k)) // #nosec G404 -- a choice, repeatable by seed
	at := rng.Float64() * s.sums[len(s.sums)-1]
	for i, sum := range s.sums {
		if at < sum {
			return s.clients[i].Name, s.clients[i].Client
		}
	}
	last := s.clients[len(s.clients)-1]
	return last.Name, last.Client
}

// first is the client of journeys that no schedule releases.
func (s *shares) first() (name string, c *Client) {
	if len(s.clients) == 1 {
		return "", s.clients[0].Client
	}
	return s.clients[0].Name, s.clients[0].Client
}

package load

import (
	"fmt"
	"math"
	"math/rand/v2"
	"sync"
	"time"
)

// Poisson is arrivals of independent users, rate a second on average, without end. The same
// seed gives the same arrivals. A rate of 0 or less is no arrivals.
func Poisson(rate float64, seed uint64) Schedule {
	return &poisson{rate: rate, seed: seed, starts: []float64{0}}
}

const (
	blockLen = 1024 // arrivals generated together
	blocks   = 8    // of them kept, which covers the arrivals in flight
)

// poisson draws each block of gaps from a generator of its own and keeps only where blocks
// begin, so that any arrival can be found again without keeping them all.
type poisson struct {
	rate float64
	seed uint64

	mu     sync.Mutex
	starts []float64 // offset in mean gaps at which each block begins
	kept   [blocks]struct {
		block uint64
		due   []float64
	}
}

func (p *poisson) Due(k uint64) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return seconds(p.load(k / blockLen)[k%blockLen] / p.rate)
}

func (p *poisson) load(b uint64) []float64 {
	kept := &p.kept[b%blocks]
	if kept.due != nil && kept.block == b {
		return kept.due
	}
	for uint64(len(p.starts)) <= b {
		last := uint64(len(p.starts) - 1)
		p.starts = append(p.starts, p.draw(last, kept.due)[blockLen-1])
	}
	kept.block, kept.due = b, p.draw(b, kept.due)
	return kept.due
}

func (p *poisson) draw(b uint64, due []float64) []float64 {
	rng := rand.New(rand.NewPCG(p.seed, b)) // #nosec G404 -- arrivals, repeatable by seed
	due = due[:0]
	at := p.starts[b]
	for range blockLen {
		at += rng.ExpFloat64()
		due = append(due, at)
	}
	return due
}

func (p *poisson) Len() uint64 {
	if p.rate <= 0 {
		return 0
	}
	return Unbounded
}

func (p *poisson) Rate() float64  { return math.Max(p.rate, 0) }
func (p *poisson) String() string { return fmt.Sprintf("poisson %g/s, seed %d", p.rate, p.seed) }

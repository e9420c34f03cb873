package oidc

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"

	"holdfast/load"
)

const (
	settleLater = 200  // later sessions asked after
	settleEnded = 200  // logged-out ones asked after
	suspectsMax = 1000 // sessions kept because something was wrong with them
)

// ledger keeps what was acknowledged: the cohort whole, of the rest what the pool holds and a
// fair sample of what it no longer does, so that a long run does not fill the memory.
//
//	login ──▶ pool ⇄ leased ──▶ ended (logout acknowledged)
//	            │        └────▶ suspects (refused, swapped, or its logout was not answered)
//	            └─────────────▶ retired (too many)
type ledger struct {
	pool pool

	mu       sync.Mutex
	count    int
	cohort   []*session
	suspects []*session
	retired  sample
	ended    sample
	owners   map[string]string // subject → user
}

func newLedger(seed uint64) *ledger {
	return &ledger{
		retired: newSample(settleLater, seed, 1), ended: newSample(settleEnded, seed, 2),
		owners: map[string]string{},
	}
}

// owns says whether the subject is the user's: the first to whom it was given.
func (l *ledger) owns(subject, user string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if owner, ok := l.owners[subject]; ok {
		return owner == user
	}
	l.owners[subject] = user
	return true
}

// number is the name of one more session.
func (l *ledger) number() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.count++
	return "s-" + strconv.Itoa(l.count)
}

// login enters an acknowledged login. One that came back as another user's is never used.
func (l *ledger) login(s *session) {
	s.id = l.number()
	l.mu.Lock()
	if s.cohort {
		l.cohort = append(l.cohort, s)
	}
	l.mu.Unlock()
	l.free(s)
}

// free returns a session after its use to where it now belongs.
func (l *ledger) free(s *session) {
	switch {
	case s.loggedOut:
		l.mu.Lock()
		defer l.mu.Unlock()
		l.ended.add(s)
	case s.swapped, s.refused, s.logoutSent:
		l.mu.Lock()
		defer l.mu.Unlock()
		if !s.cohort && len(l.suspects) < suspectsMax {
			l.suspects = append(l.suspects, s)
		}
	default:
		if gone := l.pool.put(s); gone != nil {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.retired.add(gone)
		}
	}
}

// toAsk is every session whose fate is to be settled: the cohort, then up to settleLater of the
// later ones, those with something wrong first and the others spread over the run, then up to
// settleEnded of those logged out.
func (l *ledger) toAsk() []*session {
	free := l.pool.later()
	l.mu.Lock()
	defer l.mu.Unlock()
	later := append(free, l.retired.list...)
	slices.SortFunc(later, func(a, b *session) int { return int(a.since - b.since) })
	suspects := spread(l.suspects, settleLater)
	out := slices.Concat(l.cohort, suspects, spread(later, settleLater-len(suspects)))
	return append(out, l.ended.list...)
}

// spread is n of the list, evenly.
func spread(list []*session, n int) []*session {
	if len(list) <= n {
		return list
	}
	out := make([]*session, n)
	for i := range out {
		out[i] = list[i*len(list)/n]
	}
	return out
}

// sample is a fair choice of at most max of all that were added.
type sample struct {
	max  int
	seen int
	rng  *rand.Rand
	list []*session
}

func newSample(most int, seed, stream uint64) sample {
	return sample{max: most, rng: rand.New(rand.NewPCG(seed, stream))} // #nosec G404 -- repeatable by seed
}

func (p *sample) add(s *session) {
	p.seen++
	if len(p.list) < p.max {
		p.list = append(p.list, s)
	} else if i := p.rng.IntN(p.seen); i < p.max {
		p.list[i] = s
	}
}

// withSession runs a journey with a leased session, or is starved.
func (d *Driver) withSession(c *load.Call, cohortToo bool, use func(*session) load.Result) load.Result {
	s := d.ledger.pool.lease(cohortToo)
	if s == nil {
		return load.Result{Starved: true}
	}
	defer d.ledger.free(s)
	c.As(s.user)
	return s.outcome(use(s))
}

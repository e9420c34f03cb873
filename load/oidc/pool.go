package oidc

import "sync"

// pool holds the sessions that are free, first in first out. The cohort's are never logged out.
type pool struct {
	mu     sync.Mutex
	ticket uint64
	cohort []*session
	recent []*session
}

// poolLimit bounds the later sessions that are kept in use.
const poolLimit = 1000

// lease takes the session that has been free the longest, or nil when none is.
func (p *pool) lease(cohortToo bool) *session {
	p.mu.Lock()
	defer p.mu.Unlock()
	from := &p.recent
	if cohortToo && len(p.cohort) > 0 && (len(p.recent) == 0 || p.cohort[0].ticket < p.recent[0].ticket) {
		from = &p.cohort
	}
	if len(*from) == 0 {
		return nil
	}
	s := (*from)[0]
	(*from)[0] = nil
	*from = (*from)[1:]
	return s
}

// put frees a session; when there are too many it returns the one that must go.
func (p *pool) put(s *session) (gone *session) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ticket++
	s.ticket = p.ticket
	if s.cohort {
		p.cohort = append(p.cohort, s)
		return nil
	}
	p.recent = append(p.recent, s)
	if len(p.recent) <= poolLimit {
		return nil
	}
	gone = p.recent[0]
	p.recent[0] = nil
	p.recent = p.recent[1:]
	return gone
}

// later is every later session that is free.
func (p *pool) later() []*session {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]*session(nil), p.recent...)
}

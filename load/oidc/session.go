package oidc

import (
	"fmt"
	"time"

	"holdfast/load"
)

// session is one acknowledged login. Whoever leased it from the pool has it to himself.
type session struct {
	id     string // run-local
	ticket uint64 // its place in the pool's queue
	cohort bool
	user   string
	since  time.Duration
	used   int

	subject      string
	access       string
	refresh      string
	renewAt      time.Duration // the access token is about to expire
	refreshUntil time.Duration // the refresh token expires by itself; 0 is never
	cookies      cookies

	code, verifier string        // redeemed for it; empty once asked about
	firstSpent     string        // the first refresh token that a rotation replaced
	lastSpent      string        // and the last
	acked          time.Duration // its newest acknowledged event
	event          string        // and what that was

	// What became of it so far, for its fate.
	swapped    bool // another user's identity came back
	refused    bool // the deployment said it does not know it
	unanswered bool // a rotation was sent and no answer came
	logoutSent bool
	loggedOut  bool // acknowledged
	settling   bool // asked after, which is no event
}

// Format keeps the tokens out of every verb.
func (s *session) Format(f fmt.State, _ rune) { fmt.Fprint(f, s.id) }

// The events of a session that are acknowledged to its user, and what may be used once.
const (
	eventLogin    = "login"
	eventRotation = "rotation"
	eventLogout   = "logout"
	eventCode     = "code"
	eventRefresh  = "refresh token"
	eventLock     = "brute-force lock"
)

func (s *session) ack(event string, now time.Duration) {
	if !s.settling {
		s.acked, s.event = now, event
	}
}

// take keeps the newest tokens.
func (s *session) take(t tokens, now time.Duration) {
	s.ack(eventRotation, now)
	if t.Refresh != "" && s.refresh != "" && t.Refresh != s.refresh {
		if s.firstSpent == "" {
			s.firstSpent = s.refresh
		}
		s.lastSpent = s.refresh
	}
	life := time.Duration(t.ExpiresIn) * time.Second
	s.access, s.renewAt = t.Access, now+life-min(10*time.Second, life/4)
	if t.Refresh != "" {
		s.refresh, s.refreshUntil = t.Refresh, 0
		if t.RefreshExpires > 0 {
			s.refreshUntil = now + time.Duration(t.RefreshExpires)*time.Second
		}
	}
}

func (s *session) expired(now time.Duration) bool { return s.refreshUntil > 0 && now >= s.refreshUntil }

// outcome notes what an answer to a use of the session says about it.
func (s *session) outcome(r load.Result) load.Result {
	switch {
	case r.Outcome == load.OK:
		s.used++
	case r.Reason == anotherUser:
		s.swapped = true
	}
	return r
}

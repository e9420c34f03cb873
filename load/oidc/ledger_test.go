package oidc

import (
	"fmt"
	"testing"
	"time"
)

func TestPoolIsFirstInFirstOut(t *testing.T) {
	t.Parallel()
	var p pool
	a, b, c := &session{id: "a", cohort: true}, &session{id: "b"}, &session{id: "c", cohort: true}
	for _, s := range []*session{a, b, c} {
		p.put(s)
	}
	for i, want := range []*session{a, b, c, a, b, c} {
		got := p.lease(true)
		if got != want {
			t.Fatalf("lease %d = %v, want %v", i, got, want)
		}
		p.put(got)
	}
	if got := p.lease(false); got != b {
		t.Errorf("not of the cohort: %v, want b", got)
	}
	if got := p.lease(false); got != nil {
		t.Errorf("leased %v twice", got)
	}
}

// TestLedgerIsBounded: a long run keeps a fair sample, not everything.
func TestLedgerIsBounded(t *testing.T) {
	t.Parallel()
	const n = 20_000
	l := newLedger(1)
	for i := range 30 {
		l.login(&session{cohort: true, since: time.Duration(i)})
	}
	for i := range n {
		s := &session{since: time.Duration(i)}
		l.login(s)
		if i%10 == 3 {
			for s := l.pool.lease(false); s != nil; s = nil {
				s.loggedOut = true
				l.free(s)
			}
		}
		if i%1000 == 5 {
			s := l.pool.lease(false)
			s.refused = true
			l.free(s)
		}
	}
	if len(l.pool.recent) != poolLimit || len(l.retired.list) != settleLater || len(l.ended.list) != settleEnded {
		t.Errorf("kept %d in the pool, %d retired, %d ended", len(l.pool.recent), len(l.retired.list), len(l.ended.list))
	}
	asked := l.toAsk()
	if len(asked) != 30+settleLater+settleEnded {
		t.Fatalf("%d to ask, want %d", len(asked), 30+settleLater+settleEnded)
	}
	seen := map[string]bool{}
	early, refused := 0, 0
	for i, s := range asked {
		if seen[s.id] {
			t.Fatalf("%s is asked after twice", s.id)
		}
		seen[s.id] = true
		if (i < 30) != s.cohort {
			t.Fatalf("the cohort comes first; %d is %+v", i, s)
		}
		if s.refused {
			refused++
		}
		if !s.cohort && !s.loggedOut && s.since < n/2 {
			early++
		}
	}
	if refused != 20 || early == 0 {
		t.Errorf("%d of 20 refused ones are asked after, %d from the first half", refused, early)
	}
}

func TestSampleIsFair(t *testing.T) {
	t.Parallel()
	count := make([]int, 100)
	for seed := range uint64(2000) {
		p := newSample(10, seed, 1)
		for i := range 100 {
			p.add(&session{since: time.Duration(i)})
		}
		for _, s := range p.list {
			count[s.since]++
		}
	}
	for i, n := range count { // 200 each; 5 standard deviations are 67
		if n < 133 || n > 267 {
			t.Errorf("item %d was chosen %d times of 2000, want about 200", i, n)
		}
	}
}

func TestSessionPrintsWithoutItsTokens(t *testing.T) {
	t.Parallel()
	s := &session{id: "s-1", access: "secret", refresh: "secret"}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		if got := fmt.Sprintf(verb, s); got != "s-1" {
			t.Errorf("%s prints %q", verb, got)
		}
	}
}

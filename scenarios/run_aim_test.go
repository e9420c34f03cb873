package scenarios

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"holdfast/load"
	"holdfast/load/oidc"
)

func TestAimBringsFaultAndJourneyTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var a aimer
		a.position(t.Context(), oidc.AtCode) // nobody waits: the journey goes on at once
		var released time.Time
		fault := make(chan error, 1)
		go func() {
			err := a.await(t.Context(), "1-kill", oidc.AtRefresh)
			released = time.Now()
			time.Sleep(3 * time.Second) // until the effect is seen
			a.seen("1-kill")
			fault <- err
		}()
		time.Sleep(time.Second)
		a.position(t.Context(), oidc.AtCode) // another position
		began := time.Now()
		a.position(t.Context(), oidc.AtRefresh)
		if err := <-fault; err != nil {
			t.Fatal(err)
		}
		if stood := time.Since(began); stood != 3*time.Second || !released.Equal(began) {
			t.Errorf("the journey stood for %v, the fault was released %v after it came", stood, released.Sub(began))
		}
		a.position(t.Context(), oidc.AtRefresh) // the fault has had its journey
		if time.Since(began) != 3*time.Second {
			t.Error("a second journey was held")
		}
	})
}

func TestAimIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var a aimer
		began := time.Now()
		if err := a.await(t.Context(), "1-kill", oidc.AtLogout); err == nil || !strings.Contains(err.Error(), "no journey came by its logout") || time.Since(began) != aimLimit {
			t.Errorf("error after %v is %v", time.Since(began), err)
		}
		go func() { _ = a.await(t.Context(), "2-kill", oidc.AtLogout) }()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second) // the journey's own
		defer cancel()
		began = time.Now()
		a.position(ctx, oidc.AtLogout) // whose fault never shows an effect
		if time.Since(began) != 10*time.Second {
			t.Errorf("the journey stood for %v", time.Since(began))
		}
	})
}

func TestConditionIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sessions := 3
		r := &run{o: RunOptions{TimeScale: 2}}
		r.state.sessions = func() int { return sessions }
		go func() {
			time.Sleep(7 * time.Second)
			r.state.mu.Lock()
			sessions = 200
			r.state.mu.Unlock()
		}()
		c := Condition{Of: "sessions", Op: ">=", Value: 200, Within: 10 * time.Second}
		if err := r.until(t.Context(), c); err == nil || !strings.Contains(err.Error(), "did not come true: 3 sessions") {
			t.Errorf("after half of 10s, for it is twice as fast, the error is %v", err)
		}
		if err := r.until(t.Context(), c); err != nil {
			t.Error(err)
		}
		ctx, cancel := context.WithCancelCause(t.Context())
		ended := errors.New("interrupted")
		cancel(ended)
		c.Value = 1000
		if err := r.until(ctx, c); !errors.Is(err, ended) {
			t.Errorf("error is %v, want %v", err, ended)
		}
	})
}

type counted struct {
	load.Recorder
	n int
}

func (c *counted) Lookup(load.Lookup) { c.n++ }

func TestLateLookupsAreDropped(t *testing.T) {
	c := &counted{}
	l := &lookups{Recorder: c}
	l.Lookup(load.Lookup{})
	l.end()
	l.Lookup(load.Lookup{})
	if c.n != 1 {
		t.Errorf("%d lookups are recorded, want the one before the end", c.n)
	}
}

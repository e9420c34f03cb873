package oidc

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"holdfast/load"
)

// TestPositions: a journey stands at its position until it is let go, with the request of the
// position sent or, at the code, not begun; the time counts as held.
func TestPositions(t *testing.T) {
	for _, tc := range []struct {
		journey string
		at      Position
		sent    string // what the realm had been asked by then
	}{
		{"login", AtCode, "authorize 200, login-form 302"},
		{"refresh", AtRefresh, ""},
		{"logout", AtLogout, ""},
	} {
		synctest.Test(t, func(t *testing.T) {
			b := newBench(t, settings())
			b.ok("login") // unobserved
			b.records.steps()
			var seen []Position
			b.driver.config.Position = func(ctx context.Context, p Position) {
				seen = append(seen, p)
				if got := b.records.steps(); got != tc.sent {
					t.Errorf("%s: %q by then, want %q", tc.journey, got, tc.sent)
				}
				within(ctx, 3*time.Second)
			}
			b.ok(tc.journey)
			if !slices.Equal(seen, []Position{tc.at}) {
				t.Errorf("%s passed %v, want %s", tc.journey, seen, tc.at)
			}
			a := b.records.Arrivals[len(b.records.Arrivals)-1]
			if a.Held != 3*time.Second || a.End-a.Start != 3*time.Second {
				t.Errorf("%s: %+v", tc.journey, a)
			}
		})
	}
}

// TestPositionIsLeftWithTheJourney: a fault that never comes costs the journey no more than its
// timeout.
func TestPositionIsLeftWithTheJourney(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, settings())
		b.driver.config.Position = func(ctx context.Context, _ Position) { <-ctx.Done() }
		before := b.engine.Now()
		res := b.one("login")
		if took := b.engine.Now() - before; took != b.engine.Timeout || res.Outcome == load.OK {
			t.Errorf("%+v after %v", res, took)
		}
	})
}

func TestPositionsAreNamed(t *testing.T) {
	t.Parallel()
	if got := fmt.Sprint(Positions()); got != "[code refresh logout]" {
		t.Errorf("positions %s", got)
	}
}

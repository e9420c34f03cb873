package oidc

import (
	"context"

	"holdfast/load"
)

// Position is a place in the protocol that a fault can be aimed at.
type Position string

// The positions.
const (
	// AtCode is when a login has its code and has not exchanged it yet.
	AtCode Position = "code"
	// AtRefresh is when a refresh request is sent and its answer is not read yet: the rotation
	// may or may not be committed.
	AtRefresh Position = "refresh"
	// AtLogout is when a logout is sent and its answer is not read yet.
	AtLogout Position = "logout"
)

// Positions are all there are.
func Positions() []Position { return []Position{AtCode, AtRefresh, AtLogout} }

// at tells of a position the journey is at now.
func (d *Driver) at(ctx context.Context, c *load.Call, p Position) {
	if d.config.Position != nil {
		c.Hold(ctx, func(ctx context.Context) { d.config.Position(ctx, p) })
	}
}

// next tells of a position once the call's next request is written.
func (d *Driver) next(c *load.Call, p Position) {
	if d.config.Position != nil {
		c.HoldNext(func(ctx context.Context) { d.config.Position(ctx, p) })
	}
}

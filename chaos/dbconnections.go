package chaos

import (
	"context"
	"fmt"

	"holdfast/fixtures"
)

// DBConnections takes all connections of a database server but Leave, as an application that
// leaks them does.
type DBConnections struct {
	Leave int `json:"leave" yaml:"leave" jsonschema:"minimum=0,description=connections left to everyone else together (default 0)"`
	Facts `json:"facts,omitzero" yaml:"-" jsonschema:"-"`
}

// Kind is "db-connections".
func (*DBConnections) Kind() string { return "db-connections" }

// Voluntary is false.
func (*DBConnections) Voluntary() bool { return false }

// Check wants database nodes.
func (f *DBConnections) Check(t fixtures.Topology, targets []string) error {
	if f.Leave < 0 || f.Leave > 1000 {
		return wrong("leave", "%d connections cannot be left; 0 to 1000 can", f.Leave)
	}
	return only(f.Kind(), t, targets, fixtures.Database)
}

// Allowed wants servers whose connections can be taken and counted.
func (f *DBConnections) Allowed(ctx context.Context, targets []Target) error {
	return every(targets, func(t Target) error {
		if _, err := replicating(t); err != nil {
			return err
		}
		c, err := able[fixtures.Counting](t.Node, t.Node.Name(), "count connections")
		if err != nil {
			return err
		}
		free, limit, err := c.Connections(ctx)
		if err == nil && limit <= f.Leave {
			err = fmt.Errorf("%s has %d connections (%d are free); leaving %d takes none", t.Node.Name(), limit, free, f.Leave)
		}
		return err
	})
}

// Inject takes the connections.
func (f *DBConnections) Inject(ctx context.Context, t Target) error {
	db, err := replicating(t)
	if err != nil {
		return err
	}
	return db.Exhaust(ctx, f.Leave)
}

// Undo gives them back.
func (*DBConnections) Undo(ctx context.Context, t Target) error {
	db, err := replicating(t)
	if err != nil {
		return err
	}
	return db.Relieve(ctx)
}

// Probe counts by the server's own books what others have and could have.
func (f *DBConnections) Probe(ctx context.Context, t Target) Sighting {
	c, err := able[fixtures.Counting](t.Node, t.Node.Name(), "count connections")
	if err != nil {
		return Sighting{Source: "connections", Seen: err.Error()}
	}
	others, limit, err := c.Connections(ctx)
	if err != nil {
		return Sighting{Source: "connections", Seen: "not known: " + err.Error()}
	}
	return Sighting{Effect: others <= f.Leave, Source: "the server's list of connections",
		Seen: fmt.Sprintf("%d of %d are free or in others' hands; %d were to be left", others, limit, f.Leave)}
}

// Healed wants every connection in others' reach.
func (*DBConnections) Healed(ctx context.Context, t Target) error {
	c, err := able[fixtures.Counting](t.Node, t.Node.Name(), "count connections")
	if err != nil {
		return err
	}
	others, limit, err := c.Connections(ctx)
	if err == nil && others < limit {
		err = fmt.Errorf("%d connections of %s are still taken", limit-others, t.Node.Name())
	}
	return err
}

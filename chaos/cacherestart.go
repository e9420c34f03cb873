package chaos

import (
	"context"
	"errors"
	"fmt"
	"time"

	"holdfast/fixtures"
)

// CacheRestart stops all cache servers at the same time and starts them again after the stay:
// what only their memory held is gone.
type CacheRestart struct {
	// Grace is how long the process may take to end by itself; 0 is [DefaultGrace].
	Grace time.Duration `json:"grace" yaml:"grace" jsonschema:"default=30s,description=how long the process may take to end by itself"`
	Facts `json:"facts,omitzero" yaml:"-" jsonschema:"-"`
}

// Kind is "cache-restart".
func (*CacheRestart) Kind() string { return "cache-restart" }

// Voluntary is true.
func (*CacheRestart) Voluntary() bool { return true }

// Sweeps is true.
func (*CacheRestart) Sweeps() bool { return true }

// Check wants every cache server of each site that has one among the targets.
func (c *CacheRestart) Check(t fixtures.Topology, targets []string) error {
	err := errors.Join(checkGrace(c.Grace), only(c.Kind(), t, targets, fixtures.Cache))
	chosen, sites := map[string]bool{}, map[string]bool{}
	for _, name := range targets {
		chosen[name], sites[t.SiteOf(name)] = true, true
	}
	for _, name := range t.Named(fixtures.Cache) {
		if sites[t.SiteOf(name)] && !chosen[name] {
			err = errors.Join(err, fmt.Errorf("a cache-restart takes all cache nodes of a site; %s is missing", name))
		}
	}
	return err
}

// Patience is the grace.
func (c *CacheRestart) Patience() time.Duration { return graceOr(c.Grace) }

// Inject stops the server.
func (c *CacheRestart) Inject(ctx context.Context, t Target) error {
	return t.Node.Stop(ctx, graceOr(c.Grace))
}

// Undo starts it again.
func (*CacheRestart) Undo(ctx context.Context, t Target) error { return t.Node.Start(ctx) }

// Probe looks for a port that takes no connections and a process that ended.
func (*CacheRestart) Probe(ctx context.Context, t Target) Sighting { return gone(ctx, t.Node) }

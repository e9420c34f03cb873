package oidc

import (
	"context"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"holdfast/fixtures"
	"holdfast/fixtures/sim"
	"holdfast/load"
)

// TestThroughTheFrontDoor: every journey over real sockets, by DNS, TLS and balancer, in every
// connection mode; each request names the address and the node that served it.
func TestThroughTheFrontDoor(t *testing.T) {
	if testing.Short() {
		t.Skip("uses sockets")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	provider := sim.New(sim.Options{TimeScale: 20})
	env, err := provider.Up(ctx, fixtures.DefaultTopology(), fixtures.UpOptions{Run: "oidc-socket", Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := env.Down(context.WithoutCancel(ctx)); err != nil {
			t.Error(err)
		}
	}()
	for _, mode := range []string{load.Shared, load.PerUser, load.Fresh} {
		t.Run(mode, func(t *testing.T) { throughDoor(ctx, t, env.FrontDoor(), mode) })
	}
}

func throughDoor(ctx context.Context, t *testing.T, door fixtures.FrontDoor, mode string) {
	began := time.Now()
	now := func() time.Duration { return time.Since(began) }
	rec := &records{}
	client := load.NewClient(load.ClientOptions{
		DNS: door.Servers, Roots: door.Roots, Connections: mode, Now: now, Recorder: rec, Seed: 1,
	})
	defer client.Close()
	e := &load.Engine{Now: now, Recorder: rec, Client: client, Timeout: 30 * time.Second}
	d := New(Config{
		URL: door.URL, Realm: door.Realm, Browser: Client(door.Browser), Service: Client(door.Service),
		UserCount: door.UserCount, Seed: 1, Now: now, LockAfter: 3,
		User: func(i int) (string, string) { u := door.User(i); return u.Name, u.Password },
	})
	for _, name := range slices.Insert(Journeys(), 6, "login") {
		j, err := d.Journey(name)
		if err != nil {
			t.Fatal(err)
		}
		if res := e.One(ctx, name, j); res.Outcome != load.OK {
			t.Errorf("%s: %+v", name, res)
		}
	}
	for i, op := range rec.Operations {
		remote, err := netip.ParseAddrPort(op.Remote)
		if err != nil || !remote.Addr().IsLoopback() || !strings.HasPrefix(op.Node, "kc-") {
			t.Errorf("operation %d: %+v", i, op)
		}
		if mode == load.Fresh && op.Reused {
			t.Errorf("operation %d reused a connection: %+v", i, op)
		}
	}
	if len(rec.Lookups) == 0 || rec.Lookups[0].TTL != time.Second || len(rec.Lookups[0].Addrs) == 0 {
		t.Errorf("lookups %+v", rec.Lookups)
	}
}

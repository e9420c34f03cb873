package scenarios

import (
	"context"
	"fmt"

	"holdfast/load"
	"holdfast/load/oidc"
)

// traffic is the clients of a run.
type traffic struct {
	clients []load.NamedClient
	lookups *lookups
	engine  *load.Engine
	driver  *oidc.Driver
	classes []load.Class
}

func newTraffic(r *run) (*traffic, error) {
	door := r.env.FrontDoor()
	config := oidc.Config{
		URL: door.URL, Realm: door.Realm,
		Browser:   oidc.Client{ID: door.Browser.ID, Secret: door.Browser.Secret, RedirectURI: door.Browser.RedirectURI},
		Service:   oidc.Client{ID: door.Service.ID, Secret: door.Service.Secret, RedirectURI: door.Service.RedirectURI},
		UserCount: door.UserCount,
		User: func(i int) (string, string) {
			u := door.User(i)
			return u.Name, u.Password
		},
		Seed: Seed(r.plan.Seed, "users"), Now: r.now, LockAfter: door.LockAfter, LockFor: door.LockFor,
	}
	if r.aims() {
		config.Position = r.aimer.position
	}
	t := &traffic{driver: oidc.New(config), lookups: &lookups{Recorder: r.history}}
	t.clients = newClients(r, t.lookups)
	t.engine = &load.Engine{Now: r.now, Recorder: r.history, Clients: t.clients,
		Seed: Seed(r.plan.Seed, "clients"), Timeout: r.s.Load.Timeout}
	for _, c := range r.plan.Classes {
		journey, err := t.driver.Journey(c.Journey)
		if err != nil {
			return nil, fmt.Errorf("class %s: %w", c.Name, err)
		}
		t.classes = append(t.classes, load.Class{Name: c.Name, Journey: c.Journey, Schedule: c.Schedule, Run: journey})
	}
	return t, nil
}

// newClients makes the clients of the mix; without one, a single client with the defaults.
func newClients(r *run, recorder load.Recorder) []load.NamedClient {
	door := r.env.FrontDoor()
	options := load.ClientOptions{
		DNS: door.Servers, Roots: door.Roots, Connections: r.s.Load.Connections,
		Now: r.now, Recorder: recorder, Seed: Seed(r.plan.Seed, "client"),
	}
	if len(r.s.Load.Clients) == 0 {
		return []load.NamedClient{{Share: 1, Client: load.NewClient(options)}}
	}
	var out []load.NamedClient
	for _, c := range r.s.Load.Clients {
		own := options
		own.Profile, own.Retry, own.HTTP2 = c.Profile, c.Retry, c.HTTP == "2"
		own.Seed = Seed(r.plan.Seed, "client/"+c.Name)
		out = append(out, load.NamedClient{Name: c.Name, Share: c.Share, Client: load.NewClient(own)})
	}
	return out
}

func (t *traffic) run(ctx context.Context) error { return t.engine.Run(ctx, t.classes) }

func (t *traffic) close() {
	for _, c := range t.clients {
		c.Client.Close()
	}
}

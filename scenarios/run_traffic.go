package scenarios

import (
	"context"
	"fmt"

	"holdfast/load"
	"holdfast/load/oidc"
)

// traffic is the clients of a run.
type traffic struct {
	client  *load.Client
	engine  *load.Engine
	driver  *oidc.Driver
	classes []load.Class
}

func newTraffic(r *run) (*traffic, error) {
	door := r.env.FrontDoor()
	client := load.NewClient(load.ClientOptions{
		DNS: door.Servers, Roots: door.Roots, Connections: r.s.Load.Connections,
		Now: r.now, Recorder: r.history, Seed: Seed(r.plan.Seed, "client"),
	})
	driver := oidc.New(oidc.Config{
		URL: door.URL, Realm: door.Realm,
		Browser:   oidc.Client{ID: door.Browser.ID, Secret: door.Browser.Secret, RedirectURI: door.Browser.RedirectURI},
		Service:   oidc.Client{ID: door.Service.ID, Secret: door.Service.Secret, RedirectURI: door.Service.RedirectURI},
		UserCount: door.UserCount,
		User: func(i int) (string, string) {
			u := door.User(i)
			return u.Name, u.Password
		},
		Seed: Seed(r.plan.Seed, "users"), Now: r.now,
	})
	t := &traffic{client: client, driver: driver, engine: &load.Engine{
		Now: r.now, Recorder: r.history, Client: client, Timeout: r.s.Load.Timeout}}
	for _, c := range r.plan.Classes {
		journey, err := driver.Journey(c.Journey)
		if err != nil {
			return nil, fmt.Errorf("class %s: %w", c.Name, err)
		}
		t.classes = append(t.classes, load.Class{Name: c.Name, Journey: c.Journey, Schedule: c.Schedule, Run: journey})
	}
	return t, nil
}

func (t *traffic) run(ctx context.Context) error { return t.engine.Run(ctx, t.classes) }

func (t *traffic) close() { t.client.Close() }

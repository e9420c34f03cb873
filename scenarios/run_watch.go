package scenarios

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"holdfast/chaos"
	"holdfast/fixtures"
	"holdfast/load"
	"holdfast/reports"
)

// Status is one second of a run under load.
type Status struct {
	At      time.Duration
	Live    load.Live
	InForce []string // disruptions
	Ready   int      // Keycloak nodes that said so at the last reading
	Nodes   int      // Keycloak nodes there should be
}

// slowest is how often what must be asked of every Keycloak node's own endpoints is sampled.
const slowest = 5 * time.Second

// watch samples the deployment and tells the status once a second until ctx ends; the channel
// it returns is closed when the last reading is in.
func (r *run) watch(ctx context.Context, faults *chaos.Runner) <-chan struct{} {
	done := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() { every(ctx, r.period(time.Second), func() { r.sample(ctx) }) })
	if a, ok := r.env.(fixtures.Administered); ok {
		wg.Go(func() { every(ctx, r.period(slowest), func() { r.published(ctx, a) }) })
	}
	if r.o.Status != nil {
		wg.Go(func() { every(ctx, time.Second, func() { r.tell(faults) }) })
	}
	go func() {
		wg.Wait()
		close(done)
	}()
	return done
}

// period is how often to look; a scaled run is looked at as often, down to what a machine bears.
func (r *run) period(d time.Duration) time.Duration {
	return max(r.scaled(d), min(d, 250*time.Millisecond))
}

// sample records one reading at the instant it was begun. One that was cut short is none: a node
// that was not asked to the end looks like one that does not answer.
func (r *run) sample(ctx context.Context) {
	at := r.now()
	all := r.env.Sample(ctx)
	if ctx.Err() != nil {
		return
	}
	readings := map[string]map[string]float64{}
	for _, s := range all {
		r.history.Sample(reports.Sample{At: at, Node: s.Node, Metric: s.Metric, Value: s.Value, Text: s.Text})
		if readings[s.Metric] == nil {
			readings[s.Metric] = map[string]float64{}
		}
		readings[s.Metric][s.Node] = s.Value
	}
	r.state.read(readings)
}

// published records what every Keycloak node says of the realm: its issuer, the ids of its keys
// and the marker. A node that does not answer is left out.
func (r *run) published(ctx context.Context, a fixtures.Administered) {
	ctx, cancel := context.WithTimeout(ctx, slowest)
	defer cancel()
	var wg sync.WaitGroup
	for _, n := range fixtures.ByRole(r.env, fixtures.Keycloak) {
		note := func(metric string, ask func(context.Context, string) (string, error)) {
			at := r.now()
			if text, err := ask(ctx, n.Name()); err == nil {
				r.history.Sample(reports.Sample{At: at, Node: n.Name(), Metric: metric, Value: 1, Text: text})
			}
		}
		wg.Go(func() {
			note("issuer", a.Issuer)
			note("marker", a.Marker)
			note("keys", func(ctx context.Context, node string) (string, error) {
				ids, err := a.KeyIDs(ctx, node)
				slices.Sort(ids)
				return strings.Join(ids, ","), err
			})
		})
	}
	wg.Wait()
}

func (r *run) tell(faults *chaos.Runner) {
	r.state.mu.Lock()
	ready := r.state.ready()
	r.state.mu.Unlock()
	r.o.Status(Status{At: r.now(), Live: r.traffic.engine.Live(), InForce: faults.InForce(),
		Ready: ready, Nodes: len(r.s.Topology.Named(fixtures.Keycloak))})
}

// every calls do each period until ctx ends; a call that takes longer delays the next.
func every(ctx context.Context, period time.Duration, do func()) {
	ticker := time.NewTicker(period)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			do()
		}
	}
}

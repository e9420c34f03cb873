package scenarios

import (
	"context"
	"sync"
	"time"

	"holdfast/chaos"
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

// watch samples the deployment and tells the status once a second until ctx ends; the channel
// it returns is closed when the last reading is in.
func (r *run) watch(ctx context.Context, faults *chaos.Runner) <-chan struct{} {
	w := &watcher{run: r, faults: faults}
	done := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() { every(ctx, time.Second, func() { w.sample(ctx) }) })
	if r.o.Status != nil {
		wg.Go(func() { every(ctx, time.Second, w.tell) })
	}
	go func() {
		wg.Wait()
		close(done)
	}()
	return done
}

type watcher struct {
	*run
	faults *chaos.Runner

	mu    sync.Mutex
	ready int
}

// sample records one reading at the instant it was begun.
func (w *watcher) sample(ctx context.Context) {
	at := w.now()
	ready := 0
	for _, s := range w.env.Sample(ctx) {
		w.history.Sample(reports.Sample{At: at, Node: s.Node, Metric: s.Metric, Value: s.Value, Text: s.Text})
		if s.Metric == "ready" && s.Value == 1 && w.s.Topology.IsKeycloak(s.Node) {
			ready++
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ready = ready
}

func (w *watcher) tell() {
	w.mu.Lock()
	ready := w.ready
	w.mu.Unlock()
	w.o.Status(Status{At: w.now(), Live: w.traffic.engine.Live(), InForce: w.faults.InForce(),
		Ready: ready, Nodes: w.s.Topology.Keycloak.Nodes})
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

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// serve is the stub: the thing all generators load. It says its address on standard output and
// serves until ctx ends or its input is closed.
func serve(ctx context.Context) error {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	url := "http://" + l.Addr().String()
	w := newWatch()
	mux := http.NewServeMux()
	mux.HandleFunc("/control/begin", func(_ http.ResponseWriter, r *http.Request) {
		var t trial
		_ = json.NewDecoder(r.Body).Decode(&t) // it comes from this program
		w.begin(t)
	})
	mux.HandleFunc("/control/report", func(rw http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(rw).Encode(w.report())
	})
	mux.HandleFunc("/ping", func(rw http.ResponseWriter, _ *http.Request) {
		journey := w.arrive()
		w.stall()
		_, _ = io.WriteString(rw, "ok")
		w.finish(journey)
	})
	if err := realm(mux, url, w); err != nil {
		return err
	}
	s := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	context.AfterFunc(ctx, func() { _ = s.Close() })
	fmt.Println(url)
	if err := s.Serve(l); err != http.ErrServerClosed {
		return fmt.Errorf("serve: %w", err)
	}
	return nil
}

package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"
)

// errInterrupted is the cause of a context that Ctrl-C ended.
var errInterrupted = errors.New("interrupted")

// interruptible returns a context that the first SIGINT or SIGTERM ends. Further signals are
// answered with a word and change nothing: what was broken is mended first.
func interruptible(ctx context.Context, say func(string)) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	stop := make(chan struct{})
	go func() {
		for {
			select {
			case <-stop:
				return
			case <-signals:
				if ctx.Err() == nil {
					say("interrupted: undoing what is broken, removing what was made and writing what there is")
					cancel(errInterrupted)
					continue
				}
				say("still undoing; what could not be undone is left to holdfast clean")
			}
		}
	}()
	return ctx, func() {
		signal.Stop(signals)
		close(stop)
		cancel(nil)
	}
}

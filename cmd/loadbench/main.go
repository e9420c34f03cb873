// Command loadbench measures holdfast's load engine beside vegeta's CLI and k6: the same stub,
// one after the other, the stub on one core and the generator on another. It writes the table
// of docs/performance.md. `make bench` runs it.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "loadbench:", err)
		os.Exit(1)
	}
}

func run() error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if len(os.Args) < 2 {
		return errors.New("say what: compare, drive or stub")
	}
	what, args := os.Args[1], os.Args[2:]
	switch what {
	case "compare":
		return compare(ctx, args)
	case "drive":
		return drive(ctx, args)
	case "stub":
		return serve(ctx)
	}
	return fmt.Errorf("no command %q; there are: compare, drive, stub", what)
}

// Command holdfast proves, or disproves, that a Keycloak deployment stays up.
package main

import (
	"context"
	"io"
	"os"
)

// version is set by the build.
var version = "unknown"

func main() { os.Exit(execute(context.Background(), os.Args[1:], os.Stdout, os.Stderr)) }

// execute runs one command line and returns the exit code.
func execute(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	a := &app{stdout: stdout, stderr: stderr}
	root := newRootCommand(a)
	root.SetArgs(args)
	return a.conclude(root.ExecuteContext(ctx))
}

package main

import (
	"errors"
	"fmt"
	"io"

	"holdfast/reports"
	"holdfast/scenarios"
)

// The exit codes.
const (
	exitPass         = 0
	exitFail         = 1
	exitBroke        = 2 // the harness broke or was used wrongly
	exitInconclusive = 3
)

// app is what every command shares: where it prints. Results go to stdout, all else to stderr.
type app struct {
	stdout, stderr io.Writer
}

// verdictError ends the program with a verdict's exit code. The verdict was printed already.
type verdictError reports.Verdict

func (e verdictError) Error() string { return "verdict: " + string(e) }

// verdict is what a command returns once it has printed a report: nil for a pass.
func verdict(v reports.Verdict) error {
	if v == reports.Pass {
		return nil
	}
	return verdictError(v)
}

// hintedError is an error with advice.
type hintedError struct {
	error
	hints []string
}

func (e *hintedError) Unwrap() error { return e.error }

// hinted adds advice to an error: what to do about it, a line each.
func hinted(err error, hints ...string) error { return &hintedError{err, hints} }

// conclude prints an error, if there is one, and returns the exit code.
func (a *app) conclude(err error) int {
	var v verdictError
	if err == nil {
		return exitPass
	}
	if errors.As(err, &v) {
		switch reports.Verdict(v) {
		case reports.Fail:
			return exitFail
		case reports.Inconclusive:
			return exitInconclusive
		}
	}
	a.complain(err)
	return exitBroke
}

// complain prints an error and its hints. What is wrong in a file is printed as compilers do, so
// that editors find the place.
func (a *app) complain(err error) {
	var problems scenarios.Problems
	var advice *hintedError
	if errors.As(err, &problems) {
		fmt.Fprintln(a.stderr, problems)
		fmt.Fprintf(a.stderr, "holdfast: %s in the scenario\n", count(len(problems), "problem"))
	} else {
		fmt.Fprintf(a.stderr, "holdfast: %v\n", err)
	}
	if errors.As(err, &advice) {
		for _, h := range advice.hints {
			fmt.Fprintf(a.stderr, "hint: %s\n", h)
		}
	}
}

// count is "1 problem", "2 problems".
func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

package main

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"holdfast/reports"
)

func TestExitCodes(t *testing.T) {
	for _, tt := range []struct {
		name   string
		err    error
		code   int
		stderr string
	}{
		{"nothing wrong", nil, 0, ""},
		{"pass", verdict(reports.Pass), 0, ""},
		{"fail", verdict(reports.Fail), 1, ""},
		{"inconclusive", verdict(reports.Inconclusive), 3, ""},
		{"wrapped", fmt.Errorf("run: %w", verdict(reports.Fail)), 1, ""},
		{"broken", errors.New("no engine"), 2, "holdfast: no engine\n"},
		{"hinted", hinted(errors.New("no engine"), "start one", "or two"), 2, "holdfast: no engine\nhint: start one\nhint: or two\n"},
		{"no verdict at all", verdict(""), 2, "holdfast: verdict: \n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var stderr bytes.Buffer
			a := &app{stderr: &stderr}
			if code := a.conclude(tt.err); code != tt.code || stderr.String() != tt.stderr {
				t.Errorf("code is %d and stderr %q, want %d and %q", code, stderr.String(), tt.code, tt.stderr)
			}
		})
	}
}

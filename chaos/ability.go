package chaos

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"holdfast/fixtures"
)

// able returns what a fault needs x (a node or an environment) to be, or says what the platform
// lacks.
func able[A any](x any, name, deed string) (A, error) {
	a, ok := x.(A)
	if !ok {
		kind := strings.TrimPrefix(fmt.Sprintf("%T", (*A)(nil)), "*")
		return a, fmt.Errorf("this platform cannot %s on %s: it is no %s", deed, name, kind)
	}
	return a, nil
}

// every asks the same of all targets.
func every(targets []Target, ask func(Target) error) error {
	if len(targets) == 0 {
		return errors.New("there is no target")
	}
	var errs []error
	for _, t := range targets {
		errs = append(errs, ask(t))
	}
	return errors.Join(errs...)
}

// only wants every target to have one of the roles.
func only(kind string, t fixtures.Topology, targets []string, roles ...fixtures.Role) error {
	var errs []error
	for _, name := range targets {
		if r := t.RoleOf(name); !slices.Contains(roles, r) {
			errs = append(errs, fmt.Errorf("a %s acts on %s nodes only; %s is a %s", kind, join(roles), name, r))
		}
	}
	return errors.Join(errs...)
}

func join(roles []fixtures.Role) string {
	words := make([]string, len(roles))
	for i, r := range roles {
		words[i] = string(r)
	}
	return strings.Join(words, " and ")
}

// word wants the setting at path to be one of words.
func word(path, value string, words ...string) error {
	if slices.Contains(words, value) {
		return nil
	}
	return fixtures.FieldError{Path: path, Why: fmt.Sprintf("unknown %q; there are: %s", value, strings.Join(words, ", "))}
}

// wrong is a setting that makes no sense.
func wrong(path, format string, a ...any) error {
	return fixtures.FieldError{Path: path, Why: fmt.Sprintf(format, a...)}
}

// pause waits for d, or less if ctx ends.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// until asks again every poll until check returns nil or ctx ends, and then says why not.
func until(ctx context.Context, check func(context.Context) error) error {
	for {
		err := check(ctx)
		if err == nil {
			return nil
		}
		if pause(ctx, poll) != nil {
			return err
		}
	}
}

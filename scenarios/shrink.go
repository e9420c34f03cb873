package scenarios

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// Attempt is one candidate of [Shrink]: a part of the schedule, and whether it failed as well.
type Attempt struct {
	Number int
	Plan   Plan
	Failed bool
}

// Shrink finds a smallest part of a plan's faults that still fails, by delta debugging (Zeller's
// ddmin): no single fault can be left out of it. Then it has the first one begin at once. fails
// performs a candidate; at most limit are performed, and what was found by then is returned.
func Shrink(ctx context.Context, p Plan, limit int, fails func(context.Context, Attempt) (bool, error)) (Plan, error) {
	s := &shrinking{ctx: ctx, whole: p, left: limit, fails: fails}
	all := make([]int, len(p.Faults))
	for i := range all {
		all[i] = i
	}
	least := s.ddmin(all)
	found, err := p.part(least, 0)
	if s.err != nil || err != nil || len(least) == 0 || p.Faults[least[0]].At == 0 {
		return found, firstOf(s.err, err)
	}
	if sooner, err := p.part(least, p.Faults[least[0]].At); err == nil && s.try(sooner) {
		found = sooner
	}
	return found, s.err
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// shrinking is a search under way.
type shrinking struct {
	ctx    context.Context //nolint:containedctx // of one call of Shrink
	whole  Plan
	left   int // attempts
	number int
	fails  func(context.Context, Attempt) (bool, error)
	err    error
}

// try performs a candidate; what cannot be performed has not failed.
func (s *shrinking) try(p Plan) bool {
	if s.err != nil || s.left <= 0 {
		return false
	}
	s.left--
	s.number++
	failed, err := s.fails(s.ctx, Attempt{Number: s.number, Plan: p})
	s.err = err
	return failed && err == nil
}

func (s *shrinking) failing(keep []int) bool {
	p, err := s.whole.part(keep, 0)
	return err == nil && s.try(p)
}

// ddmin cuts what fails into ever more pieces, and goes on with a piece, or with all but one,
// that fails by itself.
func (s *shrinking) ddmin(fail []int) []int {
	for pieces := 2; len(fail) >= 2; {
		next, found := s.cut(fail, pieces)
		switch {
		case s.err != nil || s.left <= 0:
			return next
		case found && len(next) <= (len(fail)+pieces-1)/pieces:
			fail, pieces = next, 2
		case found:
			fail, pieces = next, max(pieces-1, 2)
		case pieces >= len(fail):
			return fail
		default:
			pieces = min(pieces*2, len(fail))
		}
	}
	return fail
}

// cut is the first of the pieces, or of what is left without one, that fails; else all of it.
func (s *shrinking) cut(fail []int, pieces int) ([]int, bool) {
	var parts [][]int
	for i := range pieces {
		parts = append(parts, fail[i*len(fail)/pieces:(i+1)*len(fail)/pieces])
	}
	for _, part := range parts {
		if len(part) > 0 && s.failing(part) {
			return part, true
		}
	}
	if pieces == 2 {
		return fail, false // what is left without one half is the other
	}
	for _, part := range parts {
		rest := slices.DeleteFunc(slices.Clone(fail), func(i int) bool { return slices.Contains(part, i) })
		if len(part) > 0 && s.failing(rest) {
			return rest, true
		}
	}
	return fail, false
}

// part is the plan with only the faults kept, each begun sooner by so much. Its scenario says
// them in full, so that it can be run again from a file.
func (p Plan) part(keep []int, sooner time.Duration) (Plan, error) {
	s := p.Scenario.clone()
	s.Seed, s.Faults = p.Seed, nil
	for _, i := range keep {
		f := p.Faults[i]
		s.Faults = append(s.Faults, Fault{At: Moment{From: f.At - sooner}, Kind: f.Kind, Target: f.Targets,
			For: f.For, When: f.When, Aim: f.Aim, Settings: f.Settings})
	}
	part, err := s.Plan(p.Seed)
	if err != nil {
		return part, fmt.Errorf("plan a part of %s: %w", s.Name, err)
	}
	return part, nil
}

// Package selftest measures the harness against known defects: each is planted in the in-process
// twin, provoked by a scenario and must be found by the checker that is there for it, while the
// same scenario without the defect must not fail.
package selftest

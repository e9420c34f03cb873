//go:build race

package selftest_test

const raced = true

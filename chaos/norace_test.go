//go:build !race

package chaos_test

// raced says that the race detector slows everything down, the twin too.
const raced = false

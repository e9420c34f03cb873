//go:build !linux

package load

import "errors"

// Prioritize is not to be had here.
func Prioritize() error { return errors.New("prioritize the generator: only on Linux") }

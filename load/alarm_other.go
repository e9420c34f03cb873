//go:build !linux

package load

import "time"

// alarm does nothing where there is no timerfd: arrivals are then up to a millisecond late.
type alarm struct{}

func newAlarm() alarm             { return alarm{} }
func (alarm) set(_ time.Duration) {}
func (alarm) close()              {}

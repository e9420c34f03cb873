package load

import (
	"bytes"
	"context"
	"os"
	"runtime"
	"strconv"
	"syscall"
	"time"
)

// gauge records the generator's own state once a second until ctx ends.
func (e *Engine) gauge(ctx context.Context) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	at, cpu := e.Now(), cpuTime()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		now, used := e.Now(), cpuTime()
		g := Gauge{At: now, InFlight: int(e.inFlight.Load()), RSS: residentBytes()}
		if now > at {
			g.CPU = float64(used-cpu) / float64(now-at)
		}
		e.Recorder.Gauge(g)
		at, cpu = now, used
	}
}

// cpuTime is what this process has used of all cores.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// residentBytes is this process's memory: as the system counts it, or as Go does where the
// system cannot be asked.
func residentBytes() int64 {
	if b, err := os.ReadFile("/proc/self/statm"); err == nil {
		if f := bytes.Fields(b); len(f) > 1 {
			if pages, err := strconv.ParseInt(string(f[1]), 10, 64); err == nil {
				return pages * int64(os.Getpagesize())
			}
		}
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.Sys) // #nosec G115 -- memory fits
}

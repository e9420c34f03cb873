package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// usage is what a process needed.
type usage struct {
	CPU  time.Duration
	Peak int64 // bytes resident at most
}

// start begins a command on one processor: what it starts inherits that.
func start(cmd *exec.Cmd, processor int) error {
	started := make(chan error, 1)
	go func() {
		// The thread is not unlocked, so that it ends with the goroutine and its affinity with it.
		runtime.LockOSThread()
		var set unix.CPUSet
		set.Set(processor)
		err := unix.SchedSetaffinity(0, &set)
		if err == nil {
			err = cmd.Start()
		}
		started <- err
	}()
	if err := <-started; err != nil {
		return fmt.Errorf("start %s on processor %d: %w", cmd.Path, processor, err)
	}
	return nil
}

// call runs a generator on its processor to the end and returns what it printed.
func call(ctx context.Context, in string, name string, args ...string) (string, usage, error) {
	cmd := exec.CommandContext(ctx, name, args...) // #nosec G204 -- our own tools
	var out, bad bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(in), &out, &bad
	if err := start(cmd, generatorCore); err != nil {
		return "", usage{}, err
	}
	ended := make(chan struct{})
	peak := make(chan int64, 1)
	go func() { peak <- watchMemory(cmd.Process.Pid, ended) }()
	err := cmd.Wait()
	close(ended)
	u := usage{CPU: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), Peak: <-peak}
	if err != nil {
		return "", u, fmt.Errorf("%s: %w: %s", name, err, tail(bad.String()))
	}
	return out.String(), u, nil
}

// watchMemory reads the peak a process has had until it ends. What the kernel tells of an ended
// child counts in what its parent had when it was forked.
func watchMemory(pid int, ended <-chan struct{}) int64 {
	var peak int64
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		if b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status"); err == nil {
			_, after, _ := strings.Cut(string(b), "VmHWM:")
			if f := strings.Fields(after); len(f) > 0 {
				kib, _ := strconv.ParseInt(f[0], 10, 64)
				peak = max(peak, kib<<10)
			}
		}
		select {
		case <-ended:
			return peak
		case <-tick.C:
		}
	}
}

func tail(s string) string {
	s = strings.TrimSpace(s)
	return s[max(0, len(s)-400):]
}

// startStub runs this program's stub on its own processor. It ends with stop.
func startStub(ctx context.Context) (url string, stop func(), err error) {
	self, err := os.Executable()
	if err != nil {
		return "", nil, fmt.Errorf("start stub: %w", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	cmd := exec.CommandContext(ctx, self, "stub") // #nosec G204 -- this program
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = start(cmd, stubCore)
	}
	if err != nil {
		cancel()
		return "", nil, fmt.Errorf("start stub: %w", err)
	}
	stop = func() { cancel(); _ = cmd.Wait() }
	line := make([]byte, 256)
	n, err := out.Read(line)
	if err != nil && !errors.Is(err, io.EOF) || n == 0 {
		stop()
		return "", nil, fmt.Errorf("start stub: it did not say where it is: %w", err)
	}
	return strings.TrimSpace(string(line[:n])), stop, nil
}

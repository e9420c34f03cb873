package load

import (
	"errors"
	"fmt"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// Prioritize makes the kernel run this process before ordinary ones when it has something to do
// (SCHED_RR at the lowest real-time priority), so that arrivals start when they are due also on
// a machine that is busy with the deployment under test. A nice value would not do: it counts
// within the session or control group only. It needs CAP_SYS_NICE; the kernel's real-time
// throttle keeps a share of each processor for the rest.
func Prioritize() error {
	tasks, err := os.ReadDir("/proc/self/task")
	if err != nil {
		return fmt.Errorf("prioritize the generator: %w", err)
	}
	attr := unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: unix.SCHED_RR, Priority: 1}
	var errs []error
	for _, t := range tasks { // a policy is a thread's; new threads inherit it
		id, err := strconv.Atoi(t.Name())
		if err == nil {
			err = unix.SchedSetAttr(id, &attr, 0)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("prioritize the generator: %w", err))
		}
	}
	return errors.Join(errs...)
}

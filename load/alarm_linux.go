package load

import (
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// alarm wakes an idle process at an instant. The runtime waits for timers in whole
// milliseconds when nothing else runs; a timerfd in its poller ends that wait on time, and the
// ordinary timer for the same instant is then found due. Without it arrivals are a millisecond late.
type alarm struct{ file *os.File }

func newAlarm() alarm {
	fd, err := unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_NONBLOCK|unix.TFD_CLOEXEC)
	if err != nil {
		return alarm{}
	}
	return alarm{os.NewFile(uintptr(fd), "timerfd")}
}

func (a alarm) set(d time.Duration) {
	if a.file == nil {
		return
	}
	conn, err := a.file.SyscallConn()
	if err != nil {
		return
	}
	spec := unix.ItimerSpec{Value: unix.NsecToTimespec(int64(d))}
	_ = conn.Control(func(fd uintptr) { _ = unix.TimerfdSettime(int(fd), 0, &spec, nil) })
}

func (a alarm) close() {
	if a.file != nil {
		_ = a.file.Close()
	}
}

//go:build unix

package main

import (
	"syscall"
	"time"
)

// processorTime is how long this process has been on a processor, its own time and the
// system's. On a busy machine it says more about a program than the clock does.
func processorTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

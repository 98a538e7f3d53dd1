//go:build unix

package main

import (
	"os/signal"
	"syscall"
)

// bearLimits makes a file that reaches the process' size limit an error of the
// write, like a full disk, instead of a crash of the process.
func bearLimits() { signal.Ignore(syscall.SIGXFSZ) }

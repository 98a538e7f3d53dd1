//go:build !(linux || darwin || freebsd || netbsd || openbsd || dragonfly)

package sqlstore

import (
	"errors"
	"os"
)

// Without file locks nobody can be sure to be alone on a file, so nobody may
// own one here.
var errNoLocks = errors.New("this operating system has no file locks that pipewright can use: run it on Linux, macOS or a BSD")

func TryLock(*os.File) error  { return errNoLocks }
func TryShare(*os.File) error { return errNoLocks }
func waitLock(*os.File) error { return errNoLocks }
func unlock(*os.File) error   { return nil }

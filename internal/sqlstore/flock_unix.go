//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package sqlstore

import (
	"errors"
	"os"
	"syscall"
)

// TryLock takes an exclusive lock on the open file, or fails with ErrHeld at once.
func TryLock(f *os.File) error { return held(flock(f, syscall.LOCK_EX|syscall.LOCK_NB)) }

// TryShare is TryLock for a lock that others may share.
func TryShare(f *os.File) error { return held(flock(f, syscall.LOCK_SH|syscall.LOCK_NB)) }

func held(err error) error {
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return ErrHeld
	}
	return err
}

// waitLock takes an exclusive lock that others hold for moments only.
func waitLock(f *os.File) error { return flock(f, syscall.LOCK_EX) }

func unlock(f *os.File) error { return flock(f, syscall.LOCK_UN) }

func flock(f *os.File, how int) error {
	for {
		if err := syscall.Flock(int(f.Fd()), how); !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}

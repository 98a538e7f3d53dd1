package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/internal/sqlstore"
)

// Own makes this process the one that runs the loop on the file. It holds an
// operating system lock on the file's .lock until Close or the death of the
// process, whichever way it dies. When another one holds it the error is a
// Conflict that names its process id. Owning twice through one Store is fine.
func (s *Store) Own(ctx context.Context) error {
	s.owning.Lock()
	defer s.owning.Unlock()
	if s.lock != nil || ctx.Err() != nil {
		return ctx.Err()
	}
	f, err := os.OpenFile(s.path+".lock", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return pipewright.Errorf(pipewright.Unavailable, "own store %s: %w", s.path, err)
	}
	if err := lockSoon(ctx, f); err != nil {
		defer func() { _ = f.Close() }() // nothing was written
		if errors.Is(err, sqlstore.ErrHeld) {
			return pipewright.Errorf(pipewright.Conflict, "store %s already has a loop running on it (%s): stop that one first, or use another file", s.path, holder(f))
		}
		return pipewright.Errorf(pipewright.Unavailable, "own store %s: %w", s.path, err)
	}
	if err := s.JournalWhole(ctx, nil); err != nil {
		return fmt.Errorf("store %s: %w", s.path, errors.Join(err, f.Close())) // and with it the lock is given back
	}
	s.lock = f
	return s.sign(strconv.Itoa(os.Getpid()) + "\n")
}

// lockSoon takes the lock, past those who only look whether it is held.
func lockSoon(ctx context.Context, f *os.File) error {
	const tries = 10
	for try := 1; ; try++ {
		if err := sqlstore.TryLock(f); !errors.Is(err, sqlstore.ErrHeld) || try == tries {
			return err
		}
		if err := wait(ctx, 20*time.Millisecond); err != nil {
			return err
		}
	}
}

// LoopRuns reports whether some process, this one included, owns the loop. It
// leaves no trace and keeps nobody from becoming the owner.
func (s *Store) LoopRuns() (bool, error) {
	f, err := os.Open(s.path + ".lock")
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, pipewright.Errorf(pipewright.Unavailable, "look for the owner of %s: %w", s.path, err)
	}
	defer func() { _ = f.Close() }() // which releases what was taken
	switch err := sqlstore.TryShare(f); {
	case errors.Is(err, sqlstore.ErrHeld):
		return true, nil
	case err != nil:
		return false, pipewright.Errorf(pipewright.Unavailable, "look for the owner of %s: %w", s.path, err)
	}
	return false, nil
}

// Owned reports whether this Store holds the loop's ownership.
func (s *Store) Owned() bool {
	s.owning.Lock()
	defer s.owning.Unlock()
	return s.lock != nil
}

// sign writes who holds the lock into it.
func (s *Store) sign(who string) error {
	if err := s.lock.Truncate(0); err != nil {
		return pipewright.Errorf(pipewright.Unavailable, "own store %s: %w", s.path, err)
	}
	if _, err := s.lock.WriteAt([]byte(who), 0); err != nil {
		return pipewright.Errorf(pipewright.Unavailable, "own store %s: %w", s.path, err)
	}
	return nil
}

// holder reads the process id in a lock that somebody else holds.
func holder(f *os.File) string {
	b, _ := io.ReadAll(io.LimitReader(f, 32))
	if pid := strings.TrimSpace(string(b)); pid != "" {
		return "process " + pid
	}
	return "another process"
}

// disown releases the lock. The file stays: removing it could take it from
// under another process that has just opened it.
func (s *Store) disown() error {
	s.owning.Lock()
	defer s.owning.Unlock()
	if s.lock == nil {
		return nil
	}
	err := errors.Join(s.sign(""), s.lock.Close())
	s.lock = nil
	return err
}

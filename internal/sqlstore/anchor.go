package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	pipewright "github.com/pipewright/pipewright"
)

// anchor is the file outside the database that vouches for the length and the
// head of the audit chain: without it, cutting the end off would leave a chain
// that looks whole. It is written after the commit it vouches for, so it may
// lag behind the chain after a crash but is never ahead of it.
type anchor struct {
	mu   sync.Mutex
	path string // empty: none is kept
	file *os.File
	lost bool  // it was missing when the chain had records already
	err  error // first failure to write it; reported by AuditVerify and Close
}

// mark is what an anchor says: after n records the head was this hash.
type mark struct {
	n    int64
	head string
}

const markShape = "pipewright-audit %020d %64s\n"

// markSize is one line of fixed size, written in place by one write.
const markSize = 17 + 20 + 1 + 64 + 1

// ErrHeld says that somebody else holds a lock on a file.
var ErrHeld = errors.New("lock is held")

// orphan is where the anchor of a store that is gone is set aside.
func (a *anchor) orphan() string { return a.path + ".orphan" }

// OpenAnchor opens the anchor at path, which should be out of reach of whoever may
// change the database, and makes one for a chain that has no records. A
// store made anew at the path of one that is gone does not inherit its anchor.
func (s *Store) OpenAnchor(ctx context.Context, path string, created bool) error {
	s.anchor.path = path
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return pipewright.Errorf(pipewright.Unavailable, "open audit anchor: %w", err)
	}
	s.anchor.file = f
	// The anchor is read before the chain is counted: it is never ahead of it.
	var m mark
	if f != nil {
		m, _ = readMark(f) // one that cannot be read is for AuditVerify to report
	}
	var n int64
	if err := s.read.QueryRowContext(ctx, `SELECT count(*) FROM audit`).Scan(&n); err != nil {
		return s.fault("count audit records", err)
	}
	switch {
	case f == nil && n == 0:
		return s.makeAnchor()
	case f == nil:
		s.anchor.lost = true
	case created && n == 0 && m.n > 0:
		if err := errors.Join(f.Close(), os.Rename(path, s.anchor.orphan())); err != nil {
			return pipewright.Errorf(pipewright.Unavailable, "set aside the audit anchor of an earlier store: %w", err)
		}
		return s.makeAnchor()
	}
	return nil
}

func (s *Store) makeAnchor() error {
	f, err := os.OpenFile(s.anchor.path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return pipewright.Errorf(pipewright.Unavailable, "make audit anchor: %w", err)
	}
	s.anchor.file, s.anchor.lost = f, false
	if err := s.anchor.advance(mark{0, pipewright.AuditGenesis}); err != nil {
		return pipewright.Errorf(pipewright.Unavailable, "make audit anchor: %w", err)
	}
	return syncDir(filepath.Dir(s.anchor.path))
}

// syncDir makes a new file's name durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return pipewright.Errorf(pipewright.Unavailable, "make audit anchor: %w", err)
	}
	return errors.Join(d.Sync(), d.Close())
}

// missing reports whether the anchor was not there for a chain with records.
func (a *anchor) missing() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.lost
}

// moveAnchor moves the anchor forward after a commit. The commit stands
// whatever happens here, so a failure is kept for AuditVerify and Close instead.
func (s *Store) moveAnchor(m mark) {
	a := &s.anchor
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.path == "" {
		return
	}
	var err error
	if a.lost {
		err = s.makeAnchor()
	}
	if err == nil {
		err = a.advance(m)
	}
	if err != nil && a.err == nil {
		a.err = pipewright.Errorf(pipewright.Unavailable, "write audit anchor: %w", err)
	}
}

// advance writes the mark unless another process has written a later one.
func (a *anchor) advance(m mark) (err error) {
	if a.file == nil {
		return fs.ErrNotExist
	}
	if err := waitLock(a.file); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock(a.file)) }()
	if old, err := readMark(a.file); err == nil && old.n >= m.n {
		return nil
	}
	if _, err := a.file.WriteAt(fmt.Appendf(nil, markShape, m.n, m.head), 0); err != nil {
		return err
	}
	return a.file.Sync()
}

// CloseAnchor closes the anchor. An error that writing it met while the store was open
// comes back here.
func (s *Store) CloseAnchor() error {
	a := &s.anchor
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.file == nil {
		return a.err
	}
	err := a.file.Close()
	a.file = nil
	return errors.Join(a.err, err)
}

func readMark(r io.ReaderAt) (m mark, err error) {
	b := make([]byte, markSize)
	if _, err := r.ReadAt(b, 0); err != nil {
		return m, err
	}
	_, err = fmt.Sscanf(string(b), markShape, &m.n, &m.head)
	return m, err
}

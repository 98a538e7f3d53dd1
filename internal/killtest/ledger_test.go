//go:build unix

package killtest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/heal"
	"github.com/pipewright/pipewright/internal/sqlite"
)

// ledger is what a store says at one moment.
type ledger struct {
	events       []pipewright.Event
	lines        []string // the events as JSON
	incidents    []pipewright.Incident
	reservations []heal.Reservation
	approvals    []pipewright.Approval
	requests     []pipewright.Request
	pending      []pipewright.Request
	cursor       string
}

// readLedger reads a copy of the store, so that the next life meets the files
// exactly as the last one left them, and verifies its audit.
func readLedger(t *testing.T, db string) ledger {
	t.Helper()
	ctx := context.Background()
	path := copyStore(t, db)
	defer func() { assert.NoError(t, os.RemoveAll(filepath.Dir(path))) }()
	s, err := sqlite.Open(ctx, path, sqlite.Options{Existing: true})
	require.NoError(t, err)
	defer func() { assert.NoError(t, s.Close()) }()
	report, err := s.AuditVerify(ctx)
	require.NoError(t, err)
	require.True(t, report.OK(), "the audit does not hold: %+v", report.Fault)
	var l ledger
	l.events = allEvents(t, s)
	for _, e := range l.events {
		b, err := json.Marshal(e)
		require.NoError(t, err)
		l.lines = append(l.lines, string(b))
	}
	l.incidents, err = s.Incidents(ctx, pipewright.IncidentQuery{Limit: 1_000_000})
	require.NoError(t, err)
	l.reservations, err = s.Reservations(ctx, time.Time{})
	require.NoError(t, err)
	l.approvals, err = s.Approvals(ctx)
	require.NoError(t, err)
	l.requests = allRequests(t, s)
	l.pending, err = s.PendingRequests(ctx)
	require.NoError(t, err)
	l.cursor, err = s.Cursor(ctx, "plant")
	require.NoError(t, err)
	return l
}

func allEvents(t *testing.T, s *sqlite.Store) []pipewright.Event {
	t.Helper()
	events, err := s.Events(context.Background(), pipewright.EventQuery{Limit: 1_000_000})
	require.NoError(t, err)
	return events
}

// allRequests reads what people asked for; the store numbers it from 1.
func allRequests(t *testing.T, s *sqlite.Store) (out []pipewright.Request) {
	t.Helper()
	for n := 1; ; n++ {
		rq, err := s.Request(context.Background(), fmt.Sprintf("rq-%04d", n))
		if pipewright.KindOf(err) == pipewright.NotFound {
			return out
		}
		require.NoError(t, err)
		out = append(out, rq)
	}
}

// copyStore copies a store that nobody has open, as it lies on the disk.
func copyStore(t *testing.T, db string) string {
	t.Helper()
	dir, err := os.MkdirTemp(filepath.Dir(db), "copy")
	require.NoError(t, err)
	to := filepath.Join(dir, "store.db")
	for _, suffix := range []string{"", "-wal", ".anchor"} {
		require.NoError(t, copyFile(db+suffix, to+suffix))
	}
	return to
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

// in counts the incidents in a state.
func (l ledger) in(s pipewright.State) []pipewright.Incident {
	var out []pipewright.Incident
	for _, inc := range l.incidents {
		if inc.State == s {
			out = append(out, inc)
		}
	}
	return out
}

// requireGrown fails unless everything that was there before, or was told by
// the life in between, is there now, byte for byte.
func requireGrown(t *testing.T, before, after ledger, told []string) {
	t.Helper()
	require.GreaterOrEqual(t, len(after.lines), len(before.lines), "journaled events are gone")
	requireSame(t, before.lines, after.lines, "journaled events have changed")
	for i, e := range after.events {
		require.EqualValues(t, i+1, e.Seq, "the journal has a gap")
	}
	from := len(before.lines)
	require.GreaterOrEqual(t, len(after.lines)-from, len(told), "events were announced and are not in the journal")
	requireSame(t, told, after.lines[from:], "announced events are not those in the journal")
}

// requireSame compares line by line, up to the end of want.
func requireSame(t *testing.T, want, have []string, what string) {
	t.Helper()
	for i, line := range want {
		require.Equal(t, line, have[i], what)
	}
}

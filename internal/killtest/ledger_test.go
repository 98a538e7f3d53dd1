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
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/heal"
	"github.com/pipewright/pipewright/internal/postgres"
	"github.com/pipewright/pipewright/internal/sqlite"
	"github.com/pipewright/pipewright/tools"
)

// bookkeeper is a store of either kind, as these tests read it.
type bookkeeper interface {
	tools.Telemetry
	Events(ctx context.Context, q pipewright.EventQuery) ([]pipewright.Event, error)
	Incidents(ctx context.Context, q pipewright.IncidentQuery) ([]pipewright.Incident, error)
	Reservations(ctx context.Context, since time.Time) ([]heal.Reservation, error)
	Approvals(ctx context.Context, states ...pipewright.ApprovalState) ([]pipewright.Approval, error)
	AddRequest(ctx context.Context, r pipewright.Request) (pipewright.Request, error)
	Request(ctx context.Context, id string) (pipewright.Request, error)
	PendingRequests(ctx context.Context) ([]pipewright.Request, error)
	Cursor(ctx context.Context, source string) (string, error)
	AuditVerify(ctx context.Context) (pipewright.AuditReport, error)
	Templates(ctx context.Context, id string) ([]pipewright.LogTemplate, error)
	Close() error
}

// openBooks opens a store that is there.
func openBooks(t *testing.T, db string) bookkeeper {
	t.Helper()
	if postgres.IsURL(db) {
		s, err := postgres.Open(context.Background(), db, postgres.Options{Existing: true})
		require.NoError(t, err)
		return s
	}
	s, err := sqlite.Open(context.Background(), db, sqlite.Options{Existing: true})
	require.NoError(t, err)
	return s
}

// ledger is what a store says at one moment.
type ledger struct {
	shared       bool // it is a database
	events       []pipewright.Event
	lines        []string // the events as JSON
	incidents    []pipewright.Incident
	reservations []heal.Reservation
	approvals    []pipewright.Approval
	requests     []pipewright.Request
	pending      []pipewright.Request
	cursor       string
}

// readLedger reads a store and verifies its audit. Of a file it reads a copy, so that the
// next life meets the files exactly as the last one left them.
func readLedger(t *testing.T, db string) ledger {
	t.Helper()
	ctx := context.Background()
	shared := postgres.IsURL(db)
	if !shared {
		db = copyStore(t, db)
		defer func() { assert.NoError(t, os.RemoveAll(filepath.Dir(db))) }()
	}
	s := openBooks(t, db)
	defer func() { assert.NoError(t, s.Close()) }()
	report, err := s.AuditVerify(ctx)
	require.NoError(t, err)
	require.True(t, report.OK(), "the audit does not hold: %+v", report.Fault)
	l := ledger{shared: shared}
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

func allEvents(t *testing.T, s bookkeeper) []pipewright.Event {
	t.Helper()
	events, err := s.Events(context.Background(), pipewright.EventQuery{Limit: 1_000_000})
	require.NoError(t, err)
	return events
}

// allRequests reads what people asked for; the store numbers it from 1.
func allRequests(t *testing.T, s bookkeeper) (out []pipewright.Request) {
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
	if after.shared {
		requireWithin(t, told, after.lines[from:])
		return
	}
	requireSame(t, told, after.lines[from:], "announced events are not those in the journal")
}

// requireWithin fails unless the announced events are in the journal in their order. What
// was committed while the connection broke is there and was not announced.
func requireWithin(t *testing.T, told, journal []string) {
	t.Helper()
	for _, line := range told {
		i := slices.Index(journal, line)
		require.GreaterOrEqual(t, i, 0, "announced, and not in the journal in this order: %s", line)
		journal = journal[i+1:]
	}
}

// requireSame compares line by line, up to the end of want.
func requireSame(t *testing.T, want, have []string, what string) {
	t.Helper()
	for i, line := range want {
		require.Equal(t, line, have[i], what)
	}
}

// Package storetest is the conformance suite that every store runs: what the
// loop, intake and the tools may rely on, whatever is underneath. It is imported
// by tests only.
package storetest

import (
	"context"
	"testing"
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/ask"
	"github.com/pipewright/pipewright/agent/heal"
	"github.com/pipewright/pipewright/agent/intake"
	"github.com/pipewright/pipewright/internal/sqlstore"
	"github.com/pipewright/pipewright/tools"
)

// Store is what a store serves.
type Store interface {
	heal.Journal
	heal.Recovery
	intake.Store
	tools.Telemetry

	Own(ctx context.Context) error
	AddRequest(ctx context.Context, r pipewright.Request) (pipewright.Request, error)
	Request(ctx context.Context, id string) (pipewright.Request, error)
	RequestByKey(ctx context.Context, key string) (pipewright.Request, error)
	Feedback(ctx context.Context) ([]pipewright.Request, error)
	Incidents(ctx context.Context, q pipewright.IncidentQuery) ([]pipewright.Incident, error)
	Events(ctx context.Context, q pipewright.EventQuery) ([]pipewright.Event, error)
	Approvals(ctx context.Context, states ...pipewright.ApprovalState) ([]pipewright.Approval, error)
	Reservations(ctx context.Context, since time.Time) ([]heal.Reservation, error)
	SearchLogs(ctx context.Context, q pipewright.LogQuery) ([]pipewright.LogHit, error)
	AuditVerify(ctx context.Context) (pipewright.AuditReport, error)
	AuditRecords(ctx context.Context, after int64, limit int) ([]pipewright.AuditRecord, error)
	SavePolicy(ctx context.Context, hash string, body []byte, at time.Time) error
	Policy(ctx context.Context, hash string) ([]byte, error)
	Meta(ctx context.Context, key string) (string, error)
	SetMeta(ctx context.Context, key, value string) error
	Thread(ctx context.Context, asker, thread string) ([]byte, error)
	SaveThread(ctx context.Context, asker, thread string, body []byte) error
	ask.Spend
	Salt(ctx context.Context) ([]byte, error)
	Push(ctx context.Context, d pipewright.Delivery) (fresh bool, err error)
	PushAll(ctx context.Context, ds []pipewright.Delivery) error
	Lease(ctx context.Context, queue string, now, until time.Time, n int) ([]pipewright.Delivery, error)
	Done(ctx context.Context, d pipewright.Delivery, ref string) error
	Later(ctx context.Context, d pipewright.Delivery, due time.Time, note string) error
	Forget(ctx context.Context, d pipewright.Delivery, due time.Time) error
	Drop(ctx context.Context, d pipewright.Delivery, note string) error
	Hold(ctx context.Context, d pipewright.Delivery, until time.Time) error
	Prune(ctx context.Context, queue string, before time.Time) error
	Delivery(ctx context.Context, queue, key string) (pipewright.Delivery, error)
	DeliveryAt(ctx context.Context, queue, ref string) (pipewright.Delivery, error)
	Deliveries(ctx context.Context, queue string) (map[pipewright.DeliveryState]int, error)
	Retain(ctx context.Context, keep sqlstore.Keep) (days int, err error)
	Size(ctx context.Context) (int64, error)
	Archived
	Close() error
}

// Backend opens stores for the suite.
type Backend struct {
	// Fresh names a database that does not exist yet.
	Fresh func(t testing.TB) string
	// Open opens it; twice gives two stores on the same data. The suite closes them.
	Open func(t testing.TB, name string) Store
	// Exec changes the database behind the store's back, as an intruder would.
	Exec func(t testing.TB, name, statement string)
}

// Run runs every case.
func Run(t *testing.T, b Backend) {
	t.Run("journal", func(t *testing.T) { runJournal(t, b) })
	t.Run("limits", func(t *testing.T) { runLimits(t, b) })
	t.Run("people", func(t *testing.T) { runPeople(t, b) })
	t.Run("ledger queries", func(t *testing.T) { runLedgerQueries(t, b) })
	t.Run("audit", func(t *testing.T) { runAudit(t, b) })
	t.Run("keeping", func(t *testing.T) { runKeeping(t, b) })
	t.Run("telemetry", func(t *testing.T) { runTelemetry(t, b) })
	t.Run("logs", func(t *testing.T) { runLogs(t, b) })
	t.Run("blocks", func(t *testing.T) { runBlocks(t, b) })
	t.Run("deliveries", func(t *testing.T) { runDeliveries(t, b) })
	t.Run("spend", func(t *testing.T) { runSpend(t, b) })
	t.Run("retention", func(t *testing.T) { runRetention(t, b) })
	t.Run("documents", func(t *testing.T) { runDocuments(t, b) })
	t.Run("archive", func(t *testing.T) { runArchive(t, b) })
	t.Run("batching", func(t *testing.T) { runBatching(t, b) })
}

// fresh opens a new store and closes it with the test.
func (b Backend) fresh(t *testing.T) Store {
	t.Helper()
	return b.open(t, b.Fresh(t))
}

func (b Backend) open(t *testing.T, name string) Store {
	t.Helper()
	s := b.Open(t, name)
	t.Cleanup(func() { _ = s.Close() })
	return s
}

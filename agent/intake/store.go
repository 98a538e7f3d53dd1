// Package intake polls and receives telemetry: cursors that survive a restart,
// backfill, late and repeated data. It redacts before anything is stored, turns
// changed schemas and settings into change events, and keeps resources and
// lineage.
package intake

import (
	"context"
	"time"

	pipewright "github.com/pipewright/pipewright"
)

// Source is one outside system's telemetry. Poll returns what happened after
// the cursor ("" at the very first poll: the source decides how far back to go)
// and up to now, with the cursor for the next poll. It may return the same record again.
type Source interface {
	Name() string
	Poll(ctx context.Context, cursor string, now time.Time) (pipewright.Batch, error)
}

// Store keeps telemetry. Ingest stores the batch and its cursor in one
// transaction, drops what it has already, and returns what was new or changed
// (log lines with their line numbers).
type Store interface {
	Ingest(ctx context.Context, b pipewright.Batch) (pipewright.Batch, error)
	Cursor(ctx context.Context, source string) (string, error)
	// LastSchema and LastSettings are the newest stored observations, to compare with.
	LastSchema(ctx context.Context, table pipewright.ResourceID) (pipewright.Schema, bool, error)
	LastSettings(ctx context.Context, r pipewright.ResourceID) ([]pipewright.Setting, error)
}

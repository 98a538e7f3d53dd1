package postgres

import (
	"context"
	"encoding/json"
	"time"

	pipewright "github.com/pipewright/pipewright"
)

// Source is the intake source of one database. A database that cannot be
// reached is an observation, not an error: the batch then says reachable 0 of
// postgres:db/<name> with the connection error as an error line, and the cursor
// stays. What is wrong with the configuration (a refused password) is an error.
//
// Metrics of the database: reachable (0 or 1), connections, lock_waits (sessions
// that wait for a lock), longest_transaction_seconds. Of each table: rows and
// size_bytes (the server's estimates), lock_waits, exclusive_lock_seconds (age of
// the transaction that holds it against everybody, 0 when none does).
type Source struct{ c *Client }

// Source returns the intake source.
func (c *Client) Source() *Source { return &Source{c} }

// Name names the source and its cursor.
func (s *Source) Name() string { return "postgres/" + s.c.cfg.Name }

// tableMark is what the cursor remembers of a table, by "schema.table".
type tableMark struct {
	Columns string    `json:"columns"` // digest of names and types
	Tried   time.Time `json:"tried"`   // when samples were last taken
	Sampled bool      `json:"sampled"` // and whether that went well
}

const (
	resample  = time.Hour   // samples of a table that did not change
	retryWait = time.Minute // samples that could not be taken, behind a lock
)

// Poll observes the database once. There is no history to catch up with.
func (s *Source) Poll(ctx context.Context, text string, now time.Time) (pipewright.Batch, error) {
	b := pipewright.Batch{Source: s.Name(), Cursor: text}
	b.Resources = append(b.Resources, s.c.resource(s.c.DB(), now))
	seen, err := s.c.observe(ctx)
	if pipewright.KindOf(err) == pipewright.Unavailable && ctx.Err() == nil {
		s.c.unreachable(&b, err, now)
		return b, nil
	}
	if err != nil {
		return pipewright.Batch{}, err
	}
	s.c.points(&b, seen, now)
	marks := map[string]tableMark{}
	_ = json.Unmarshal([]byte(text), &marks) // an unreadable cursor takes all snapshots again
	next := map[string]tableMark{}
	for _, t := range seen.Tables {
		next[t.name()] = s.c.snapshot(ctx, &b, t, marks[t.name()], now)
	}
	cursor, err := json.Marshal(next)
	if err != nil {
		return pipewright.Batch{}, pipewright.Errorf(pipewright.Internal, "postgres %s: encode the cursor: %w", s.c.cfg.Name, err)
	}
	b.Cursor = string(cursor)
	return b, nil
}

func (c *Client) resource(id pipewright.ResourceID, now time.Time) pipewright.Resource {
	return pipewright.Resource{ID: id, Labels: c.cfg.Labels, FirstSeen: now, LastSeen: now}
}

func (c *Client) unreachable(b *pipewright.Batch, err error, now time.Time) {
	b.Points = append(b.Points, pipewright.Point{Resource: c.DB(), Metric: "reachable", At: now})
	b.Lines = append(b.Lines, pipewright.LogLine{
		Resource: c.DB(), At: now, Level: pipewright.Err, Text: err.Error(), UID: "unreachable/" + now.UTC().Format(time.RFC3339Nano),
	})
}

// points adds resources, lineage and metrics.
func (c *Client) points(b *pipewright.Batch, seen observed, now time.Time) {
	add := func(id pipewright.ResourceID, metric string, v float64) {
		b.Points = append(b.Points, pipewright.Point{Resource: id, Metric: metric, At: now, Value: v})
	}
	db := c.DB()
	add(db, "reachable", 1)
	add(db, "connections", seen.Connections)
	add(db, "lock_waits", seen.Waits)
	add(db, "longest_transaction_seconds", seen.LongestTx)
	for _, t := range seen.Tables {
		id := tableID(t.Schema, t.Table)
		b.Resources = append(b.Resources, c.resource(id, now))
		b.Edges = append(b.Edges, pipewright.Edge{Up: db, Down: id})
		add(id, "rows", t.Rows)
		add(id, "size_bytes", t.Bytes)
		add(id, "lock_waits", t.Waits)
		add(id, "exclusive_lock_seconds", t.Locked)
	}
}

// snapshot adds the schema of a table when it changed, when it has no samples
// yet, or when they are old.
func (c *Client) snapshot(ctx context.Context, b *pipewright.Batch, t observedTable, last tableMark, now time.Time) tableMark {
	mark := tableMark{Columns: digest(t.Columns), Tried: last.Tried, Sampled: last.Sampled}
	changed := mark.Columns != last.Columns
	age := now.Sub(last.Tried)
	if !changed && (last.Sampled && age < resample || !last.Sampled && age < retryWait) {
		return mark
	}
	columns, err := c.sampled(ctx, t)
	mark.Tried, mark.Sampled = now, err == nil
	if changed || err == nil {
		b.Schemas = append(b.Schemas, pipewright.Schema{Resource: tableID(t.Schema, t.Table), At: now, Columns: columns})
	}
	return mark
}

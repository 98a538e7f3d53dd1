package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/pipewright/pipewright/agent/ask"
)

func spendDay(day time.Time) string { return day.UTC().Format(time.DateOnly) }

// Spent is what the model has cost on a day (UTC), by all processes on this file.
func (s *Store) Spent(ctx context.Context, day time.Time) (u ask.Used, err error) {
	err = s.read.QueryRowContext(ctx, `SELECT calls, tokens, cost FROM model_spend WHERE day = $1`, spendDay(day)).Scan(&u.Calls, &u.Tokens, &u.Cost)
	if errors.Is(err, sql.ErrNoRows) {
		return u, nil
	}
	return u, s.fault("read the model's spending", err)
}

// AddSpend adds to a day and returns its sum, in one statement: two processes that add
// at once both count. It is on disk when the call returns, so that a crash does not open
// the budget again.
func (s *Store) AddSpend(ctx context.Context, day time.Time, u ask.Used) (sum ask.Used, err error) {
	err = s.write(ctx, s.lanes.Queue, func(tx *sql.Tx) error {
		return tx.QueryRowContext(ctx, `INSERT INTO model_spend (day, calls, tokens, cost) VALUES ($1, $2, $3, $4)
			ON CONFLICT (day) DO UPDATE SET calls = model_spend.calls + excluded.calls, tokens = model_spend.tokens + excluded.tokens, cost = model_spend.cost + excluded.cost
			RETURNING calls, tokens, cost`, spendDay(day), u.Calls, u.Tokens, u.Cost).Scan(&sum.Calls, &sum.Tokens, &sum.Cost)
	})
	return sum, s.fault("keep the model's spending", err)
}

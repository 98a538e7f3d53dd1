package ask

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	pipewright "github.com/pipewright/pipewright"
)

// Ledgered keeps the model's spending beside the threads of a store, one row a day.
// Sums are exact within one process; two processes that add in the same instant may
// lose one of the two additions.
type Ledgered struct {
	threads Threads
	mu      sync.Mutex
}

// SpendIn returns a Spend over threads.
func SpendIn(threads Threads) *Ledgered { return &Ledgered{threads: threads} }

// spender is the asker under whose name the days are kept. No person has it.
const spender = "\x01model spend"

func dayKey(day time.Time) string { return day.UTC().Format(time.DateOnly) }

// Spent is the sum of a day.
func (l *Ledgered) Spent(ctx context.Context, day time.Time) (Used, error) {
	var u Used
	b, err := l.threads.Thread(ctx, spender, dayKey(day))
	if err != nil || len(b) == 0 {
		return u, err
	}
	if err := json.Unmarshal(b, &u); err != nil {
		return u, pipewright.Errorf(pipewright.Internal, "read the model's spending of %s: %w", dayKey(day), err)
	}
	return u, nil
}

// AddSpend adds to a day.
func (l *Ledgered) AddSpend(ctx context.Context, day time.Time, u Used) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	sum, err := l.Spent(ctx, day)
	if err != nil {
		return err
	}
	b, err := json.Marshal(sum.plus(u))
	if err != nil {
		return pipewright.Errorf(pipewright.Internal, "encode the model's spending: %w", err)
	}
	return l.threads.SaveThread(ctx, spender, dayKey(day), b)
}

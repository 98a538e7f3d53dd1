package main

import (
	"context"
	"sync"
	"time"

	"github.com/pipewright/pipewright/agent/intake"
	"github.com/pipewright/pipewright/internal/config"
)

// How long a question waits for the systems to be read again, and for how long what was
// read is fresh enough for the next one.
const (
	freshWithin = time.Minute
	freshFor    = 15 * time.Second
)

// freshener reads the configured systems into the store when no loop does, so that an
// answer is as fresh as if one ran.
type freshener struct {
	cfg     config.Config
	sources []intake.Source
	mu      sync.Mutex
	at      time.Time // when they were read last
	stale   string    // why not all of them could be
}

// reread reads the systems again unless that was just done. stale says why the store may
// lag behind them, empty when it does not.
func (a asker) reread(ctx context.Context) (stale string, err error) {
	f := a.fresh
	if f == nil {
		return "", nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if now := a.p.now(); f.at.IsZero() || now.Sub(f.at) >= freshFor {
		f.at = now
		f.stale, err = f.read(ctx, a)
	}
	return f.stale, err
}

func (f *freshener) read(ctx context.Context, a asker) (stale string, err error) {
	if running, err := a.store.LoopRuns(); err != nil || running {
		return "", err
	}
	red, err := redactorOf(ctx, a.store, f.cfg)
	if err != nil {
		return "", err
	}
	in, err := intake.New(a.store, red, f.sources...)
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, freshWithin)
	defer cancel()
	const pages = 20
	for range pages {
		b, err := in.Poll(ctx, a.p.now().UTC())
		if err != nil {
			return "Not everything could be read again just now, the answer is from what is stored: " + err.Error(), nil
		}
		if b.Empty() {
			break
		}
	}
	return "", nil
}

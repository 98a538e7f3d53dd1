// Package plant gives the simulated plant the same ports as a real system has:
// a source of telemetry, probes and actuators. Everything after these ports is
// the code that real systems use. It also serves a plant to another process
// over loopback HTTP, with a record of every act.
//
// Nothing here reads the plant's truth.
package plant

import (
	"context"
	"sync"
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/rl/sim"
)

// World is a plant, in this process (Local) or in another one (Dial). Errors of
// kind Unavailable mean that it could not be reached; whether an act ran is
// then unknown until Find says so.
type World interface {
	Now(ctx context.Context) (time.Time, error)
	Advance(ctx context.Context, to time.Time) error
	Observe(ctx context.Context, after, upto time.Time) (pipewright.Batch, error)
	Act(ctx context.Context, a sim.Act) (pipewright.Receipt, error)
	Find(ctx context.Context, key string) (r pipewright.Receipt, found bool, err error)
	Probe(ctx context.Context, name string, target pipewright.ResourceID) (sim.Reading, error)
	Describe(ctx context.Context, target pipewright.ResourceID) (map[string]string, error)
}

// local is a plant in this process, behind a lock.
type local struct {
	mu sync.Mutex
	p  *sim.Plant
}

// Local wraps a plant. Afterwards it must be used through the World only.
func Local(p *sim.Plant) World { return &local{p: p} }

func (l *local) Now(ctx context.Context) (time.Time, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.p.Now(), ctx.Err()
}

func (l *local) Advance(ctx context.Context, to time.Time) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	l.p.Advance(to)
	return nil
}

func (l *local) Observe(ctx context.Context, after, upto time.Time) (pipewright.Batch, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.p.Observe(after, upto), ctx.Err()
}

func (l *local) Act(ctx context.Context, a sim.Act) (pipewright.Receipt, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return pipewright.Receipt{}, err
	}
	return l.p.Act(a)
}

func (l *local) Find(ctx context.Context, key string) (pipewright.Receipt, bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	r, ok := l.p.Find(key)
	return r, ok, ctx.Err()
}

func (l *local) Probe(ctx context.Context, name string, target pipewright.ResourceID) (sim.Reading, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.p.Probe(name, target), ctx.Err()
}

func (l *local) Describe(ctx context.Context, target pipewright.ResourceID) (map[string]string, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return l.p.Describe(target)
}

package intake

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	pipewright "github.com/pipewright/pipewright"
)

// pollLimit bounds one poll of one source.
const pollLimit = 2 * time.Minute

// Sink is told what was new, after it was stored. Recent is one.
type Sink interface {
	Feed(b pipewright.Batch, now time.Time)
}

// Intake polls sources into a store. Poll steps all of them once; Run keeps
// each on its own interval. Set the fields before the first of either.
type Intake struct {
	Pace    Pace
	Watcher Watcher // told after every poll; nil: nobody
	Sink    Sink    // told what was new; nil: nobody
	Miner   *Miner  // finds the templates of log records, and may be shared; nil: nobody does

	store    Store
	redactor Redactor
	feeds    []*feed

	mu     sync.Mutex // guards what follows
	latest time.Time  // the latest time any poll was told
	origin map[pipewright.ResourceID]*feed
}

// feed is one source with what is known of it. Its own mutex keeps its polls
// one after another; stats are guarded by the intake's.
type feed struct {
	source   Source
	mu       sync.Mutex
	compared *comparer
	known    map[pipewright.ResourceID]bool
	stats    Stats
}

// New returns an intake that has polled nothing. Without a redactor nothing
// may be stored, and two sources of one name would share a cursor: both are Invalid.
func New(store Store, redactor Redactor, sources ...Source) (*Intake, error) {
	if store == nil || redactor == nil {
		return nil, pipewright.Errorf(pipewright.Invalid, "intake needs a store and a redactor: nothing is stored unredacted")
	}
	in := &Intake{store: store, redactor: redactor, origin: map[pipewright.ResourceID]*feed{}}
	names := map[string]bool{}
	for _, s := range sources {
		if s == nil || s.Name() == "" || names[s.Name()] {
			return nil, pipewright.Errorf(pipewright.Invalid, "every source needs a name of its own")
		}
		names[s.Name()] = true
		in.feeds = append(in.feeds, &feed{
			source: s, compared: newComparer(store), known: map[pipewright.ResourceID]bool{},
			stats: Stats{Source: s.Name(), Dropped: map[string]int{}, Noted: map[string]int{}},
		})
	}
	return in, nil
}

// Poll asks every source once, in order, stores what they bring and returns
// what was new or changed. A source that fails keeps its cursor and does not stop the
// others: its error is in the joined one, the batch is good all the same.
func (in *Intake) Poll(ctx context.Context, now time.Time) (pipewright.Batch, error) {
	var all pipewright.Batch
	var errs []error
	for _, f := range in.feeds {
		b, err := in.poll(ctx, f, now)
		if err != nil {
			errs = append(errs, err)
		}
		merge(&all, b)
	}
	return all, errors.Join(errs...)
}

// poll asks one source once and keeps its books.
func (in *Intake) poll(ctx context.Context, f *feed, now time.Time) (pipewright.Batch, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	now = now.UTC()
	counts := map[string]int{}
	fresh, observed, err := in.take(ctx, f, now, counts)
	if err != nil {
		err = in.safe(f, err)
	}
	s := in.settle(f, outcome{fresh, observed, counts, err}, now)
	if err == nil && in.Sink != nil {
		in.Sink.Feed(fresh, now)
	}
	if in.Watcher != nil && ctx.Err() == nil { // a poll that was called off says nothing about its source
		in.Watcher.Polled(s, now)
	}
	return fresh, err
}

// take polls, admits, compares and stores. The cursor moves with the data or
// not at all. observed is every resource that the poll spoke of, new or not.
func (in *Intake) take(ctx context.Context, f *feed, now time.Time, counts map[string]int) (fresh pipewright.Batch, observed []pipewright.Resource, err error) {
	name := f.source.Name()
	cursor, err := in.store.Cursor(ctx, name)
	if err != nil {
		return fresh, nil, fmt.Errorf("read its cursor: %w", err)
	}
	raw, err := ask(ctx, f.source, cursor, now)
	if err != nil {
		return fresh, nil, err
	}
	a := in.admission(f, now, counts)
	b := a.batch(raw)
	b.Source, b.Resources = name, a.observed(b.Resources)
	unchanged, err := f.compared.compare(ctx, &b)
	if err != nil {
		return fresh, nil, err
	}
	if unchanged > 0 {
		counts[dropUnchanged] += unchanged
	}
	if err := in.Miner.mine(ctx, &b); err != nil {
		return fresh, nil, fmt.Errorf("find the templates of what it brought: %w", err)
	}
	stored := false
	defer func() { in.Miner.stored(stored) }()
	if b.Empty() && b.Cursor == cursor {
		return fresh, nil, nil
	}
	fresh, err = in.store.Ingest(ctx, b)
	if stored = err == nil; !stored {
		f.compared = newComparer(in.store) // it remembers what was not stored
		return pipewright.Batch{}, nil, fmt.Errorf("store what it brought: %w", err)
	}
	return fresh, b.Resources, nil
}

// ask polls the source within bounds. A source that panics has failed like any other.
func ask(ctx context.Context, s Source, cursor string, now time.Time) (b pipewright.Batch, err error) {
	ctx, cancel := context.WithTimeout(ctx, pollLimit)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			b, err = pipewright.Batch{}, pipewright.Errorf(pipewright.Internal, "it broke: %v", p)
		}
	}()
	return s.Poll(ctx, cursor, now)
}

func (in *Intake) admission(f *feed, now time.Time, counts map[string]int) *admission {
	in.mu.Lock()
	if now.After(in.latest) {
		in.latest = now
	}
	latest := in.latest
	in.mu.Unlock()
	if len(f.known) > 100_000 {
		f.known = map[pipewright.ResourceID]bool{}
	}
	a := &admission{now: now, latest: latest, known: f.known, seen: map[pipewright.ResourceID]pipewright.Resource{}, counts: counts}
	a.scrubber = scrubber{redactor: in.redactor, note: a.count}
	return a
}

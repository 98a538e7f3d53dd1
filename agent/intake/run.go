package intake

import (
	"context"
	"sync"
	"time"
)

// Pace says how often sources are polled by Run. The zero value polls every
// thirty seconds on the real clock.
type Pace struct {
	Every   time.Duration            // between two polls of one source
	Sources map[string]time.Duration // for single sources, by name
	Most    time.Duration            // between two tries of a source that fails; 0: five minutes
	Now     func() time.Time
	Wait    func(ctx context.Context, d time.Duration) // returns early when ctx ends
}

const (
	everyDefault = 30 * time.Second
	mostDefault  = 5 * time.Minute
)

// Run polls every source on its own interval until ctx ends, and then returns
// nil once all polls under way have ended. A source that fails is asked again
// ever more slowly and holds up nobody else.
func (in *Intake) Run(ctx context.Context) error {
	pace := in.Pace.filled()
	var wg sync.WaitGroup
	for _, f := range in.feeds {
		wg.Go(func() {
			for failures := 0; ctx.Err() == nil; {
				if _, err := in.poll(ctx, f, pace.Now()); err != nil {
					failures++
				} else {
					failures = 0
				}
				pace.Wait(ctx, pace.after(f.source.Name(), failures))
			}
		})
	}
	wg.Wait()
	return nil
}

func (p Pace) filled() Pace {
	if p.Every <= 0 {
		p.Every = everyDefault
	}
	if p.Most <= 0 {
		p.Most = mostDefault
	}
	if p.Now == nil {
		p.Now = time.Now
	}
	if p.Wait == nil {
		p.Wait = wait
	}
	return p
}

// after is the pause before the next poll: the interval, doubled for every
// failure in a row, at most Most (or the interval when that is longer).
func (p Pace) after(source string, failures int) time.Duration {
	every := p.Every
	if own := p.Sources[source]; own > 0 {
		every = own
	}
	most := max(p.Most, every)
	for range failures {
		if every >= most/2 {
			return most
		}
		every *= 2
	}
	return every
}

func wait(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

package intake

import (
	"time"

	pipewright "github.com/pipewright/pipewright"
)

// Stats is what every source brought, in the order given to New.
func (in *Intake) Stats() []Stats {
	in.mu.Lock()
	defer in.mu.Unlock()
	out := make([]Stats, len(in.feeds))
	for i, f := range in.feeds {
		out[i] = f.stats.clone()
	}
	return out
}

// ReadTo is when the source of a resource was last read well: what should have
// happened since may merely not have been read. A resource that no source has
// spoken of in this process goes by the source that is farthest behind.
func (in *Intake) ReadTo(r pipewright.ResourceID) time.Time {
	in.mu.Lock()
	defer in.mu.Unlock()
	if f := in.origin[r]; f != nil {
		return f.stats.LastSuccess
	}
	var least time.Time
	for i, f := range in.feeds {
		at := f.stats.LastSuccess
		if at.IsZero() {
			return time.Unix(0, 0).UTC() // never read: nothing is late
		}
		if i == 0 || at.Before(least) {
			least = at
		}
	}
	return least
}

// outcome is what one poll of one source came to.
type outcome struct {
	fresh    pipewright.Batch
	observed []pipewright.Resource
	counts   map[string]int
	err      error
}

// settle writes the poll into the source's books and returns them.
func (in *Intake) settle(f *feed, o outcome, now time.Time) Stats {
	in.mu.Lock()
	defer in.mu.Unlock()
	s := &f.stats
	s.Polls++
	s.add(o.counts)
	if o.err != nil {
		s.Failures, s.InARow, s.LastError = s.Failures+1, s.InARow+1, o.err.Error()
		return s.clone()
	}
	s.Records += size(o.fresh)
	s.InARow, s.LastError = 0, ""
	if now.After(s.LastSuccess) {
		s.LastSuccess = now
	}
	for _, r := range o.observed {
		in.origin[r.ID] = f
		if r.LastSeen.After(s.Newest) {
			s.Newest = r.LastSeen
		}
	}
	return s.clone()
}

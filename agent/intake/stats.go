package intake

import (
	"maps"
	"time"

	pipewright "github.com/pipewright/pipewright"
)

// Stats is what one source has brought since this process started.
type Stats struct {
	Source      string
	Polls       int
	Failures    int            // polls that failed
	InARow      int            // failures since the last success
	Records     int            // new or changed records that were stored
	Dropped     map[string]int // refused, by reason
	Noted       map[string]int // kept but changed, by reason
	LastSuccess time.Time      // zero: never
	Newest      time.Time      // time of the newest record seen
	LastError   string         // redacted; empty after a success
}

// Lag is how far behind now the newest record is; 0 before there is one.
func (s Stats) Lag(now time.Time) time.Duration {
	if s.Newest.IsZero() {
		return 0
	}
	return max(0, now.Sub(s.Newest))
}

// Watcher is told after every poll, for metrics.
type Watcher interface {
	Polled(s Stats, now time.Time)
}

// kept reports whether a reason changes a record rather than refuses it.
func kept(reason string) bool {
	switch reason {
	case noteFuture, noteNoTime, noteCut, noteRedacted, noteState:
		return true
	}
	return false
}

func (s *Stats) add(counts map[string]int) {
	for reason, n := range counts {
		if kept(reason) {
			s.Noted[reason] += n
		} else {
			s.Dropped[reason] += n
		}
	}
}

func (s Stats) clone() Stats {
	s.Dropped, s.Noted = maps.Clone(s.Dropped), maps.Clone(s.Noted)
	return s
}

// size is the number of records of a batch, resources and lineage apart.
func size(b pipewright.Batch) int {
	return len(b.Lines) + len(b.Points) + len(b.Runs) + len(b.Changes) + len(b.Schemas) + len(b.Settings)
}

// merge appends one source's batch to what all brought.
func merge(all *pipewright.Batch, b pipewright.Batch) {
	all.Resources = append(all.Resources, b.Resources...)
	all.Edges = append(all.Edges, b.Edges...)
	all.Lines = append(all.Lines, b.Lines...)
	all.Points = append(all.Points, b.Points...)
	all.Runs = append(all.Runs, b.Runs...)
	all.Changes = append(all.Changes, b.Changes...)
	all.Schemas = append(all.Schemas, b.Schemas...)
	all.Settings = append(all.Settings, b.Settings...)
}

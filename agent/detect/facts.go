// Package detect holds pure detectors: series, logs, schemas and runs in,
// signals out. Nothing here reads a clock, a store or a model.
//
// Detect says what is wrong with one resource; Still says whether one symptom
// holds after something was done about it. Both depend on their arguments
// alone, name no resource and no cause, and stay quiet when they cannot tell.
package detect

import (
	"slices"
	"time"

	pipewright "github.com/pipewright/pipewright"
)

// Facts is what a detector looks at: one resource's recent past. Runs may come
// in any order; series, lines and schemas come oldest first.
type Facts struct {
	Now      time.Time
	Resource pipewright.Resource
	Runs     []pipewright.Run // oldest first, the last few weeks
	Series   map[string][]pipewright.Point
	Lines    []pipewright.LogLine // recent error and warning lines
	Schemas  []pipewright.Schema  // the newest two or more, oldest first

	// Past is what each metric keeps around this hour of the day, summarised
	// once an hour so that Series need not carry weeks. A metric without one is
	// compared with its own Series when that is long enough.
	Past map[string]Band
	// Others is the newest record of any other resource: the proof that
	// telemetry as a whole goes on. Zero: unknown, and silence means nothing.
	Others time.Time
	// ReadTo is how far this resource's source has been read. What should have
	// happened after it is not missing yet. Zero: up to Now.
	ReadTo time.Time
	// Unread names the parts that could not be read. Still never calls a
	// symptom gone on a part that is named here.
	Unread []Part
}

// Part is one kind of fact that a read can fail on.
type Part string

const (
	PartRuns    Part = "runs"
	PartSeries  Part = "series"
	PartLines   Part = "lines"
	PartSchemas Part = "schemas"
)

// unread reports whether any of the parts could not be read.
func (f *Facts) unread(parts ...Part) bool {
	return slices.ContainsFunc(parts, func(p Part) bool { return slices.Contains(f.Unread, p) })
}

// judgedAt is the moment up to which absence means something.
func (f *Facts) judgedAt() time.Time {
	if f.ReadTo.IsZero() || f.ReadTo.After(f.Now) {
		return f.Now
	}
	return f.ReadTo
}

// Status says whether a symptom still holds. The zero value is unknown: a read
// that failed or has nothing to read is never "gone".
type Status int

const (
	StatusUnknown  Status = iota
	StatusPresent         // still there
	StatusGone            // seen to be gone: a later run succeeded, the metric is back in its band
	StatusTooEarly        // nothing new to judge by yet: no run since
	StatusWorse           // still there and clearly worse than when it was seen
)

// String is the status as people read it.
func (s Status) String() string {
	switch s {
	case StatusPresent:
		return "present"
	case StatusGone:
		return "gone"
	case StatusTooEarly:
		return "too early"
	case StatusWorse:
		return "worse"
	default:
		return "unknown"
	}
}

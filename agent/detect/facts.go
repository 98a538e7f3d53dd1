// Package detect holds pure detectors: series, logs, schemas and runs in,
// signals out. Nothing here reads a clock, a store or a model.
package detect

import (
	"time"

	pipewright "github.com/pipewright/pipewright"
)

// Facts is what a detector looks at: one resource's recent past.
type Facts struct {
	Now      time.Time
	Resource pipewright.Resource
	Runs     []pipewright.Run // oldest first, the last few weeks
	Series   map[string][]pipewright.Point
	Lines    []pipewright.LogLine // recent error and warning lines
	Schemas  []pipewright.Schema  // the newest two, oldest first
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

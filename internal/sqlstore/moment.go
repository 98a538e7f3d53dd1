package sqlstore

import (
	"math"
	"time"
)

// Never stands for the zero time in a column of unix nanoseconds.
const Never int64 = math.MinInt64

// The range of unix nanoseconds, 1677 to 2262. Times outside are clamped.
var (
	firstMoment = time.Unix(0, math.MinInt64+1)
	lastMoment  = time.Unix(0, math.MaxInt64)
)

// Nanos is a time as it is stored.
func Nanos(t time.Time) int64 {
	switch {
	case t.IsZero():
		return Never
	case t.Before(firstMoment):
		return math.MinInt64 + 1
	case t.After(lastMoment):
		return math.MaxInt64
	}
	return t.UnixNano()
}

// Moment is a stored time, in UTC.
func Moment(ns int64) time.Time {
	if ns == Never {
		return time.Time{}
	}
	return time.Unix(0, ns).UTC()
}

package template

import "time"

const buckets = 32

// rate counts lines over time in at most 32 steps of equal width. The width starts
// at a second and doubles whenever the span outgrows the steps.
type rate struct {
	start int64 // unix nanoseconds, a multiple of width
	width int64 // nanoseconds, 0: nothing counted yet
	n     [buckets]uint32
}

// lastCounted is the latest time that is counted, in 2191: steps may grow up to it from 1970
// on without leaving what an int64 holds.
const lastCounted = 7e18

// add counts lines of a time. Times that no clock shows are not counted.
func (r *rate) add(at int64, n uint32) {
	if at < 0 || at > lastCounted {
		return
	}
	if r.width == 0 {
		r.width = int64(time.Second)
		r.start = floor(at, r.width)
	}
	for at < r.start || at-r.start >= buckets*r.width {
		r.widen(at)
	}
	r.n[(at-r.start)/r.width] += n
}

// widen doubles the width of a step, and begins earlier when at is before the start.
func (r *rate) widen(at int64) {
	old := *r
	*r = rate{width: 2 * old.width}
	r.start = floor(old.start, r.width)
	if at < r.start { // as much room before as there is, keeping what was counted
		used := int64(0)
		for i, n := range old.n {
			if n > 0 {
				used = old.start + int64(i+1)*old.width - r.start
			}
		}
		free := buckets - (used+r.width-1)/r.width
		r.start = max(r.start-free*r.width, floor(at, r.width))
	}
	for i, n := range old.n {
		if n > 0 {
			r.n[(old.start+int64(i)*old.width-r.start)/r.width] += n
		}
	}
}

// merge adds what o counted, at the wider of both widths.
func (r *rate) merge(o rate) {
	for i, n := range o.n {
		if n > 0 {
			r.add(o.start+int64(i)*o.width, n)
		}
	}
}

func floor(at, width int64) int64 {
	q := at / width
	if at%width < 0 {
		q--
	}
	return q * width
}

// Step is the number of lines in a span of time.
type Step struct {
	Start time.Time
	Width time.Duration
	Count uint32
}

// steps lists the spans with lines, oldest first.
func (r *rate) steps() []Step {
	var out []Step
	for i, n := range r.n {
		if n > 0 {
			out = append(out, Step{time.Unix(0, r.start+int64(i)*r.width).UTC(), time.Duration(r.width), n})
		}
	}
	return out
}

package detect

import (
	"math"
	"time"
)

// History keeps two weeks of one metric, thinned to one sample every ten
// minutes (16 KB), so that its band can be told at any hour without reading the
// store again. The zero value is empty. It is not safe for concurrent use.
type History struct {
	ring        []float64 // by slot number modulo slotsKept; NaN: nothing seen
	first, last int64     // slot numbers seen, both 0 before the first sample
}

// Add takes a sample. The first sample of a slot stands for it; one older than
// two weeks before the newest is left out.
func (h *History) Add(at time.Time, v float64) {
	n := at.Unix() / int64(slot/time.Second)
	if n <= 0 || math.IsNaN(v) || (h.ring != nil && n <= h.last-slotsKept) {
		return
	}
	if h.ring == nil {
		h.ring = make([]float64, slotsKept)
		h.clear(0, slotsKept)
		h.first, h.last = n, n
	}
	if n > h.last {
		h.clear(h.last+1, min(n+1, h.last+1+slotsKept))
		h.last = n
	}
	h.first = max(min(h.first, n), h.last-slotsKept+1)
	if at := &h.ring[n%slotsKept]; math.IsNaN(*at) {
		*at = v
	}
}

// clear empties the slots from a up to b.
func (h *History) clear(a, b int64) {
	for ; a < b; a++ {
		h.ring[a%slotsKept] = math.NaN()
	}
}

// Band is the band for the given time, as BandAt gives it.
func (h *History) Band(now time.Time) Band {
	if h.ring == nil {
		return Band{}
	}
	at := now.Unix() / int64(slot/time.Second)
	length := time.Duration(at-h.first) * slot
	if length >= weekEnough {
		var sample []float64
		const day, around = int64(24 * time.Hour / slot), int64(aroundHour / slot)
		for d := int64(1); d <= keptDays; d++ {
			sample = h.take(sample, at-d*day-around, at-d*day+around, 1)
		}
		if len(sample) >= seasonalLeast {
			return bandOf(sample)
		}
	}
	end := at - int64(judged/slot)
	step := max(1, (end-h.first)/int64(plainMost)+1)
	if sample := h.take(nil, h.first, end, step); length >= dayEnough && len(sample) >= plainLeast {
		return bandOf(sample)
	}
	return Band{}
}

// take appends the values of the slots from a to b, both included.
func (h *History) take(sample []float64, a, b, step int64) []float64 {
	for n := max(a, h.first); n <= min(b, h.last); n += step {
		if v := h.ring[n%slotsKept]; !math.IsNaN(v) {
			sample = append(sample, v)
		}
	}
	return sample
}

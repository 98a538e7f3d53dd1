package chart

import (
	"math"
	"strconv"
	"time"

	pipewright "github.com/pipewright/pipewright"
)

// axis is a range of values with round steps.
type axis struct{ low, high, step float64 }

// rangeOf is the range that holds every sample and the band. A band that is far wider
// than the samples is cut: it may not flatten the line.
func rangeOf(c pipewright.Chart) axis {
	low, high := math.Inf(1), math.Inf(-1)
	for _, p := range c.Points {
		low, high = min(low, p.Value), max(high, p.Value)
	}
	if c.Banded() {
		room := max(high-low, math.Abs(high)/2)
		for i := range c.Points {
			low, high = min(low, max(c.Low[i], low-room)), max(high, min(c.High[i], high+room))
		}
	}
	if low >= 0 && low < (high-low) {
		low = 0 // the height of a value then means something
	}
	if high-low < 1e-9 {
		low, high = low-max(1, math.Abs(low)/10), high+max(1, math.Abs(high)/10)
	}
	return rounded(low, high)
}

// rounded widens a range to whole steps of 1, 2 or 5 times a power of ten, about five
// of them.
func rounded(low, high float64) axis {
	rough := (high - low) / 5
	power := math.Pow(10, math.Floor(math.Log10(rough)))
	step := 10 * power
	for _, n := range []float64{1, 2, 5} {
		if n*power >= rough {
			step = n * power
			break
		}
	}
	return axis{math.Floor(low/step) * step, math.Ceil(high/step) * step, step}
}

func (a axis) ticks() (out []float64) {
	for n := math.Round(a.low / a.step); n*a.step <= a.high+a.step/2; n++ {
		out = append(out, n*a.step)
	}
	return out
}

// label writes a value as short as its step allows: 250, 1.5k, 20M, 0.05.
func (a axis) label(v float64) string {
	for _, big := range []struct {
		size float64
		sign string
	}{{1e12, "T"}, {1e9, "G"}, {1e6, "M"}, {1e4, "k"}} {
		if math.Max(math.Abs(a.low), math.Abs(a.high)) >= big.size {
			size := math.Max(big.size/10, 1e3)
			if big.sign != "k" {
				size = big.size
			}
			return decimals(v/size, a.step/size) + big.sign
		}
	}
	return decimals(v, a.step)
}

func decimals(v, step float64) string {
	n := 0
	for s := step; n < 6 && math.Abs(s-math.Round(s)) > 1e-6; n++ {
		s *= 10
	}
	return strconv.FormatFloat(v, 'f', n, 64)
}

// timeSteps are the distances between two times on the axis.
var timeSteps = []time.Duration{time.Second, 5 * time.Second, 15 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 15 * time.Minute,
	30 * time.Minute, time.Hour, 2 * time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour, 24 * time.Hour, 7 * 24 * time.Hour}

// timeStep is the step for at most nine times within a span, six when they are long, and
// how they are written.
func timeStep(span time.Duration) (step time.Duration, layout string) {
	room := time.Duration(9)
	if span >= 24*time.Hour {
		room = 6
	}
	step = max(timeSteps[len(timeSteps)-1], (span / room).Truncate(24*time.Hour))
	for _, s := range timeSteps {
		if span/s <= room {
			step = s
			break
		}
	}
	switch {
	case step < time.Minute:
		return step, "15:04:05"
	case step < 24*time.Hour && span < 24*time.Hour:
		return step, "15:04"
	case step < 24*time.Hour:
		return step, "2 Jan 15:04"
	}
	return step, "2 Jan"
}

// firstTick is the first whole step at or after a time, counted from local midnight.
func firstTick(start time.Time, step time.Duration, zone *time.Location) time.Time {
	local := start.In(zone)
	midnight := time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, zone)
	steps := (start.Sub(midnight) + step - 1) / step
	return midnight.Add(steps * step)
}

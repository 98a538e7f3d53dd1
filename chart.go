package pipewright

import (
	"math"
	"time"
)

// Chart is one metric of one resource over time, as a surface may draw it: the
// samples, the band of its usual values, and the moments that matter.
type Chart struct {
	Title    string     `json:"title"`
	Resource ResourceID `json:"resource"`
	Metric   string     `json:"metric"`
	Unit     string     `json:"unit,omitempty"`
	Points   []Sample   `json:"points"` // oldest first
	// Low and High bound what was usual at each point: as long as Points, or empty
	// when there is too little history to say.
	Low      []float64 `json:"low,omitempty"`
	High     []float64 `json:"high,omitempty"`
	Marks    []Mark    `json:"marks,omitempty"`
	Evidence string    `json:"evidence,omitempty"` // id of the evidence it draws
	// Figure is drawn in place of all this, when it is set.
	Figure *Figure `json:"figure,omitempty"`
}

// Sample is one value of a chart.
type Sample struct {
	At    time.Time `json:"at"`
	Value float64   `json:"value"`
}

// Mark is a moment worth a line on a chart: the incident opened, an action was done.
type Mark struct {
	At  time.Time `json:"at"`
	Say string    `json:"say"` // a few words
}

// Thin is the chart with at most n points. Of the points that stand close together the
// one farthest from the middle of all stays, so that no peak disappears.
func (c Chart) Thin(n int) Chart {
	if n < 1 || len(c.Points) <= n {
		return c
	}
	least, most := c.Points[0].Value, c.Points[0].Value
	for _, p := range c.Points {
		least, most = min(least, p.Value), max(most, p.Value)
	}
	middle := (least + most) / 2
	whole := c
	c.Points, c.Low, c.High = nil, nil, nil
	for b := range n {
		from, to := b*len(whole.Points)/n, (b+1)*len(whole.Points)/n
		keep := from
		for i := from; i < to; i++ {
			if math.Abs(whole.Points[i].Value-middle) > math.Abs(whole.Points[keep].Value-middle) {
				keep = i
			}
		}
		c.Points = append(c.Points, whole.Points[keep])
		if whole.Banded() {
			c.Low, c.High = append(c.Low, whole.Low[keep]), append(c.High, whole.High[keep])
		}
	}
	return c
}

// Banded reports whether the chart knows what was usual.
func (c Chart) Banded() bool {
	return len(c.Points) > 0 && len(c.Low) == len(c.Points) && len(c.High) == len(c.Points)
}

// Usual reports whether the nth point lies within its band; it does where no band is known.
func (c Chart) Usual(n int) bool {
	return !c.Banded() || c.Points[n].Value >= c.Low[n] && c.Points[n].Value <= c.High[n]
}

package pipewright

import "time"

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

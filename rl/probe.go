package rl

// Probe is a read-only check that could be run before acting.
type Probe struct {
	Name    string    `json:"name"`
	Yes     []float64 `json:"yes"`     // by cause: the chance that it answers yes
	Minutes float64   `json:"minutes"` // how long it takes
	Money   float64   `json:"money,omitempty"`
}

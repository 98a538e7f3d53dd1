package rl

import "math"

// Hazard is the rate of recoveries by itself, per minute: a Gamma posterior with
// Events in Minutes. It is fed by waiting only, so that a retry does not take
// credit for what time did.
type Hazard struct {
	Events  float64 `json:"events"`
	Minutes float64 `json:"minutes"`
}

// slowest is the hazard of a cause of which the catalogue gives none, per
// minute: once a week.
const slowest = 1e-4

// NewHazard is the prior with a mean rate per minute and a strength in events.
func NewHazard(rate, strength float64) Hazard {
	return Hazard{Events: strength, Minutes: strength / max(rate, slowest)}
}

// Rate is the mean.
func (h Hazard) Rate() float64 { return h.Events / h.Minutes }

// Cleared is the predictive chance that it recovers by itself within d minutes:
// E[1 - e^{-rate d}] = 1 - (M / (M + d))^E, the Lomax distribution.
func (h Hazard) Cleared(d float64) float64 {
	return 1 - math.Pow(h.Minutes/(h.Minutes+max(d, 0)), h.Events)
}

// Backoff is a retry that waits first, as one macro-action (Sutton, Precup and
// Singh 1999, "options"): it tries after each wait until one try finds the fault
// cleared. With a constant hazard per minute, ok is the chance that it has
// cleared by the last try and minutes the expected time until it ends.
func Backoff(waits []float64, hazard float64) (ok, minutes float64) {
	elapsed, still := 0.0, 1.0
	for _, w := range waits {
		minutes += still * w
		elapsed += w
		still = math.Exp(-hazard * elapsed)
	}
	return 1 - still, minutes
}

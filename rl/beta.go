package rl

import (
	"math"

	"gonum.org/v1/gonum/mathext"
)

// NewBeta is the Beta distribution with a mean in [0, 1] and a strength in
// pseudo-counts.
func NewBeta(mean, strength float64) Beta {
	return Beta{A: mean * strength, B: (1 - mean) * strength}
}

// Mean is A/(A+B), 0 for the zero value.
func (b Beta) Mean() float64 {
	if b.A+b.B <= 0 {
		return 0
	}
	return b.A / (b.A + b.B)
}

// Variance is AB / ((A+B)^2 (A+B+1)).
func (b Beta) Variance() float64 {
	n := b.A + b.B
	if n <= 0 {
		return 0
	}
	return b.A * b.B / (n * n * (n + 1))
}

// Quantile is the p-quantile, p in [0, 1]: the inverse of the regularised
// incomplete beta function. With A or B at 0 all mass lies on 0 or 1.
func (b Beta) Quantile(p float64) float64 {
	switch {
	case b.A <= 0:
		return 0
	case b.B <= 0:
		return 1
	}
	return mathext.InvRegIncBeta(b.A, b.B, min(max(p, 0), 1))
}

// Observe returns the posterior after one trial of the given weight: 1 for a
// trial that certainly speaks of this chance, less when it is shared.
func (b Beta) Observe(success bool, weight float64) Beta {
	if weight <= 0 || math.IsNaN(weight) {
		return b
	}
	if success {
		b.A += weight
	} else {
		b.B += weight
	}
	return b
}

// matched is the Beta distribution with this mean and variance (the method of
// moments): n = m(1-m)/v - 1, A = mn, B = (1-m)n. A variance of 0 gives a
// point, held as a very strong Beta.
func matched(mean, variance float64) Beta {
	const most = 1e9 // pseudo-counts that stand for certainty
	mean = min(max(mean, 0), 1)
	n := mean*(1-mean)/max(variance, 1e-300) - 1
	return NewBeta(mean, min(max(n, 1e-9), most))
}

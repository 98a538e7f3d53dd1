package rl

import (
	"fmt"
	"math"
)

// fault says what is malformed about the problem, "" when nothing is.
func (p Problem) fault() string {
	if len(p.Belief) == 0 || len(p.Classes) != len(p.Belief) || len(p.OK) != len(p.Belief) || len(p.Harm) != len(p.Belief) {
		return fmt.Sprintf("%d beliefs, %d classes, %d and %d rows of effects", len(p.Belief), len(p.Classes), len(p.OK), len(p.Harm))
	}
	sum := 0.0
	for c, b := range p.Belief {
		if len(p.OK[c]) != len(p.Arms) || len(p.Harm[c]) != len(p.Arms) {
			return fmt.Sprintf("row %d of the effects does not have %d arms", c, len(p.Arms))
		}
		sum += b
	}
	if math.IsNaN(sum) || math.Abs(sum-1) > 1e-6 {
		return fmt.Sprintf("the belief sums to %g", sum)
	}
	for _, a := range p.Tried {
		if a < 0 || a >= len(p.Arms) {
			return fmt.Sprintf("arm %d was tried and does not exist", a)
		}
	}
	for _, a := range p.Rest {
		if a < 0 || a >= len(p.Arms) {
			return fmt.Sprintf("arm %d is planned and does not exist", a)
		}
	}
	return ""
}

// topClass is the class with the largest belief; of equals the one whose cause
// comes first.
func (p Problem) topClass() (class string, weight float64) {
	sums := map[string]float64{}
	for c, b := range p.Belief {
		sums[p.Classes[c]] += b
	}
	for _, candidate := range p.Classes {
		if sums[candidate] > weight {
			class, weight = candidate, sums[candidate]
		}
	}
	return class, weight
}

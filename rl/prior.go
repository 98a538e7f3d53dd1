package rl

import (
	"fmt"
	"math"
)

// Prior is the fault catalogue in numbers: what is believed before anything
// was seen. The order of its slices is the order of every sum, so that the same
// prior and the same episodes give the same bits.
type Prior struct {
	Hash     string    `json:"hash"` // of the catalogue's files
	Verbs    []Verb    `json:"verbs"`
	Features []Feature `json:"features"`
	Causes   []Cause   `json:"causes"` // without the spare ones; a Model adds those
}

// Verb is what an arm does, and how long it is expected to take.
type Verb struct {
	Name    string  `json:"name"`
	Minutes float64 `json:"minutes"` // median, over 0
}

// Wait is the verb that does nothing: its recovery is the causes' own.
const Wait = "wait"

// Feature is one thing to observe, with its possible values. Read-only checks
// are features too.
type Feature struct {
	Name   string   `json:"name"`
	Values []string `json:"values"` // at least two
}

// Cause is what the catalogue says of one fault.
type Cause struct {
	Name   string  `json:"name"`
	Class  string  `json:"class"`
	Weight float64 `json:"weight"` // common 1.5, occasional 0.75, rare 0.3
	// Recovery and Harm are the levels by verb, in [0, 1]: the chance that it
	// recovers when it does not harm, and the chance that it makes it worse.
	Recovery []float64 `json:"recovery"`
	Harm     []float64 `json:"harm"`
	// Shows has a row for each feature: the chance of each value. A missing row is
	// flat: the catalogue does not know.
	Shows  [][]float64 `json:"shows,omitempty"`
	Hazard float64     `json:"hazard,omitempty"` // recoveries by itself, per minute
}

// width is how many values all features have.
func (p Prior) width() (n int) {
	for _, f := range p.Features {
		n += len(f.Values)
	}
	return n
}

// Check reports the first fault of the prior, with where it is.
func (p Prior) Check() error {
	seen := map[string]bool{}
	for i, v := range p.Verbs {
		if v.Name == "" || seen[v.Name] || !(v.Minutes > 0) {
			return fmt.Errorf("read prior: verb %d (%q) needs a name of its own and minutes over 0", i, v.Name)
		}
		seen[v.Name] = true
	}
	for i, f := range p.Features {
		if f.Name == "" || seen["feature "+f.Name] || len(f.Values) < 2 {
			return fmt.Errorf("read prior: feature %d (%q) needs a name of its own and at least two values", i, f.Name)
		}
		seen["feature "+f.Name] = true
	}
	for _, c := range p.Causes {
		if c.Name == "" || seen["cause "+c.Name] {
			return fmt.Errorf("read prior: cause %q needs a name of its own", c.Name)
		}
		seen["cause "+c.Name] = true
		if why := p.fault(c); why != "" {
			return fmt.Errorf("read prior: cause %s: %s", c.Name, why)
		}
	}
	return nil
}

func (p Prior) fault(c Cause) string {
	switch {
	case !(c.Weight > 0) || math.IsInf(c.Weight, 0):
		return fmt.Sprintf("its weight is %g; it must be over 0", c.Weight)
	case !(c.Hazard >= 0) || math.IsInf(c.Hazard, 0):
		return fmt.Sprintf("its hazard is %g; it must not be negative", c.Hazard)
	case len(c.Recovery) != len(p.Verbs) || len(c.Harm) != len(p.Verbs):
		return fmt.Sprintf("%d and %d effects for %d verbs", len(c.Recovery), len(c.Harm), len(p.Verbs))
	case len(c.Shows) > len(p.Features):
		return fmt.Sprintf("%d rows for %d features", len(c.Shows), len(p.Features))
	}
	for v := range p.Verbs {
		if !chance(c.Recovery[v]) || !chance(c.Harm[v]) {
			return fmt.Sprintf("%s: %g and %g are not both chances between 0 and 1", p.Verbs[v].Name, c.Recovery[v], c.Harm[v])
		}
	}
	for f, row := range c.Shows {
		if row != nil && !distribution(row, len(p.Features[f].Values)) {
			return fmt.Sprintf("feature %s: %v is not a distribution over %d values", p.Features[f].Name, row, len(p.Features[f].Values))
		}
	}
	return ""
}

func chance(p float64) bool { return p >= 0 && p <= 1 }

func distribution(row []float64, n int) bool {
	sum := 0.0
	for _, p := range row {
		if !chance(p) {
			return false
		}
		sum += p
	}
	return len(row) == n && math.Abs(sum-1) < 1e-6
}

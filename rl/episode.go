package rl

import "fmt"

// Episode is one closed incident, as far as it teaches: what was believed, what
// was tried and what became of it. Only verified results belong here, never
// generated text.
type Episode struct {
	ID string `json:"id"`
	// Beliefs are the diagnosis' at the first decision, before anything was tried.
	// None: the model believes by itself, from Seen.
	Beliefs []Hypothesis `json:"beliefs,omitempty"`
	Seen    []Seen       `json:"seen,omitempty"`
	Context Context      `json:"context,omitzero"`
	Steps   []Step       `json:"steps"`
	Label   string       `json:"label,omitempty"` // the cause that a person named
	Human   string       `json:"human,omitempty"` // the verb that a person chose and that ended it
	// Weight is 1, or 1/k for one of k incidents of a cascade, or 0 when a person
	// intervened: then nothing is learned.
	Weight float64 `json:"weight"`
}

// Result is what was verified after the soak.
type Result string

const (
	Recovered Result = "recovered"
	Unchanged Result = "unchanged"
	Worse     Result = "worse"
	Unknown   Result = "unknown" // teaches nothing: an outcome that never came is no success
)

// Step is one arm pulled.
type Step struct {
	Verb   string `json:"verb"`
	Result Result `json:"result"`
	// Minutes until the result; 0 when it is not known.
	Minutes float64 `json:"minutes,omitempty"`
	// Aims are the Beliefs under which it was aimed right; nil: all.
	Aims []int `json:"aims,omitempty"`
	// Sensitivity and Specificity of the verification: P(seen recovered | it is)
	// and P(not seen | it is not). Both 0: it never errs.
	Sensitivity float64 `json:"sensitivity,omitempty"`
	Specificity float64 `json:"specificity,omitempty"`
	// Opinion: nobody ran it. Result is what a person expected of it, who approves
	// what would recover with Sensitivity and refuses what would not with Specificity:
	// without it, only approved arms would be learned from, which recover more often.
	Opinion bool `json:"opinion,omitempty"`
}

// Check reports why an episode cannot be learned from.
func (e Episode) Check() error {
	if !chance(e.Weight) {
		return fmt.Errorf("learn from episode %s: its weight is %g; it must be between 0 and 1", e.ID, e.Weight)
	}
	for _, b := range e.Beliefs {
		if !chance(b.Belief) {
			return fmt.Errorf("learn from episode %s: the belief in %s is %g", e.ID, b.Cause, b.Belief)
		}
	}
	for i, s := range e.Steps {
		switch s.Result {
		case Recovered, Unchanged, Worse, Unknown:
		default:
			return fmt.Errorf("learn from episode %s: step %d has the result %q, which is not recovered, unchanged, worse or unknown", e.ID, i, s.Result)
		}
		if !chance(s.Sensitivity) || !chance(s.Specificity) || !(s.Minutes >= 0 && s.Minutes <= 1e6) {
			return fmt.Errorf("learn from episode %s: step %d has a verification of %g and %g after %g minutes", e.ID, i, s.Sensitivity, s.Specificity, s.Minutes)
		}
	}
	return nil
}

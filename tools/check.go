package tools

import (
	pipewright "github.com/pipewright/pipewright"
)

// OpenCheck is a probe that could be run now on a resource.
type OpenCheck struct {
	Probe  string
	Target pipewright.ResourceID
	Yes    []float64 // by hypothesis of the draft: the chance that it answers yes
}

// Picker chooses which open check to run next, on a diagnosis so far; best is negative
// when none is worth it. The Checked says why; its answer is filled in by who runs it.
type Picker func(draft pipewright.Diagnosis, open []OpenCheck) (best int, why pipewright.Checked)

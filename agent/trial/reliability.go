package trial

import (
	"slices"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/heal"
)

// Reliability is how well the plans that a policy began alone were predicted, by copies
// frozen at the last checkpoint, over all worlds. NotFound when it was not tried.
func (r *Report) Reliability(policy string) (heal.Calibration, error) {
	if !slices.Contains(r.names, policy) {
		return heal.Calibration{}, pipewright.Errorf(pipewright.NotFound, "%q was not tried here; tried were %v", policy, r.names)
	}
	var all tally
	for _, stages := range r.stages[policy] {
		all.merge(&stages[len(stages)-1].test)
	}
	var sums []heal.BinSum
	for _, b := range all.bins {
		sums = append(sums, heal.BinSum{Plans: b.n, Predicted: b.predicted, Recovered: b.held})
	}
	return heal.CalibrateSums(sums, all.brier), nil
}

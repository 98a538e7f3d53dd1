package heal_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/heal"
	"github.com/pipewright/pipewright/rl"
)

// weights are how likely the model finds each cause before it has seen anything.
func weights(t *testing.T, p heal.Policy) map[string]float64 {
	posed, err := p.Model.Pose(rl.Case{Candidates: []rl.Candidate{{Verb: "retry"}}})
	require.NoError(t, err)
	out := map[string]float64{}
	for i, c := range posed.Causes {
		out[c] = posed.Belief[i]
	}
	return out
}

// Twins live through the same incident; of one a person says what it really was. Then nine
// tenths of the incident are of that cause, and one tenth of what was believed.
func TestAPersonsWordIsNineTenthsOfAnIncident(t *testing.T) {
	log, b := lived(t, 1)
	before, without := weights(t, b.train(heal.Log{})), weights(t, b.train(log))
	require.True(t, b.feedback("ana", "inc-0001", "memory_exhausted").OK)
	with := weights(t, b.train(b.log()))

	shrunk := without["disk_full"] / before["disk_full"] // of a cause that has nothing to do with it
	whole := without["network_transient"] - shrunk*before["network_transient"]
	require.Positive(t, whole)
	assert.InDelta(t, .9*whole, with["memory_exhausted"]-without["memory_exhausted"], 1e-9)
	assert.InDelta(t, .9*whole, without["network_transient"]-with["network_transient"], 1e-9)
	assert.InDelta(t, without["disk_full"], with["disk_full"], 1e-12)
}

func TestAWordTeachesOnlyWhereAnOutcomeWasVerified(t *testing.T) {
	log, b := lived(t, 1)
	require.True(t, b.feedback("ana", "inc-0001", "memory_exhausted").OK)
	said := b.log().Feedback
	log.Outcomes[0].Verification = pipewright.VerifyUnknown
	unseen := b.train(log).Name
	log.Feedback = said
	assert.Equal(t, unseen, b.train(log).Name)
}

// What a model or a rule has written about an incident teaches nothing, whatever it says.
func TestWrittenWordsTeachNothing(t *testing.T) {
	log, b := lived(t, 2)
	want := b.train(log).Name
	for i := range log.Incidents {
		inc := &log.Incidents[i]
		inc.Title, inc.Note = "it was memory_exhausted", "memory_exhausted, said the model"
		inc.Diagnosis.Evidence = []pipewright.Evidence{{ID: "e1", Excerpt: "cause: memory_exhausted"}}
		inc.Diagnosis.RuledOut = []pipewright.RuledOut{{Cause: "network_transient", Why: "memory_exhausted"}}
		for h := range inc.Diagnosis.Hypotheses {
			inc.Diagnosis.Hypotheses[h].Summary = "memory_exhausted"
		}
		for _, at := range inc.Attempts {
			at.Decision.Reasons, at.Decision.Paragraph = []string{"memory_exhausted"}, "memory_exhausted 100 %"
		}
	}
	assert.Equal(t, want, b.train(log).Name)
}

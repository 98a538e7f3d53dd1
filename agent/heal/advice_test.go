package heal_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/catalogue"
	"github.com/pipewright/pipewright/agent/heal"
	"github.com/pipewright/pipewright/rl"
)

// puzzled is the first decision about a failed run that may be a known fault and may be
// one that the catalogue lacks, with what its log says.
func puzzled(t *testing.T, line string, kind pipewright.EvidenceKind, rules catalogue.Runbook) (pipewright.Decision, rl.Record, *bench) {
	b := newBench(t, func(cfg *heal.Config) { cfg.Policy, cfg.Rules, cfg.Modes = heal.Planner, rules, nil })
	b.believes = &pipewright.Diagnosis{
		Hypotheses: []pipewright.Hypothesis{
			{Cause: "unknown", Class: pipewright.ClassUnknown, Resource: job, Confidence: .6},
			{Cause: "network_transient", Class: "transient_network", Resource: job, Confidence: .2},
			{Cause: "memory_exhausted", Class: "resource_exhaustion", Resource: job, Confidence: .2},
		},
		Evidence: []pipewright.Evidence{{ID: "e1", Source: job, Kind: kind, Excerpt: "starting\n" + line}},
	}
	b.fail()
	b.pass(2 * time.Minute)
	events, err := b.store.Events(t.Context(), pipewright.EventQuery{Incident: "inc-0001"})
	require.NoError(t, err)
	for _, e := range events {
		if e.Decision != nil {
			var rec rl.Record
			require.NoError(t, json.Unmarshal(e.Decision.Record, &rec))
			return *e.Decision, rec, b
		}
	}
	require.Fail(t, "nothing was decided")
	return pipewright.Decision{}, rl.Record{}, nil
}

func TestTheRunbookIsHeededForWhatTheCatalogueLacks(t *testing.T) {
	rules := catalogue.DefaultRunbook()
	d, rec, b := puzzled(t, "OSError: No space left on device", pipewright.LogEvidence, rules)
	assert.Equal(t, []string{"scale_up"}, rec.Case.Advice, "nothing here can release")
	r, err := b.loop.Replay(t.Context(), d, nil)
	require.NoError(t, err)
	assert.Equal(t, heal.Replayed{Same: true, Model: true}, r)
	assert.Contains(t, d.Paragraph, "For an unknown fault the runbook's rule `disk` says scale up.")
	assert.Equal(t, "scale_up", rec.Case.Candidates[rec.Choice.Arm].Verb)
	assert.Empty(t, b.did, "it is still asked about")

	_, unheeded, _ := puzzled(t, "OSError: No space left on device", pipewright.LogEvidence, nil)
	assert.Greater(t, odds(rec, "scale_up"), odds(unheeded, "scale_up"))
	assert.InDelta(t, odds(rec, "backoff_retry"), odds(unheeded, "backoff_retry"), 1e-12, "of what is not advised nothing changes")
}

// odds are those of a verb as the first action.
func odds(rec rl.Record, verb string) float64 {
	for _, r := range rec.Choice.Ranked {
		if rec.Case.Candidates[r.Arm].Verb == verb {
			return r.Recovery
		}
	}
	return -1
}

func TestOnlyWhatIsSeenAndCanBeDoneIsAdvised(t *testing.T) {
	own, faults := catalogue.NewRunbook([]catalogue.Rule{{Name: "belt", Log: "belt torn", Do: []pipewright.Verb{"remap", "scale_up", "retry", "backoff_retry"}}})
	require.Empty(t, faults)
	for name, c := range map[string]struct {
		line  string
		kind  pipewright.EvidenceKind
		rules catalogue.Runbook
		want  []string
	}{
		"a line that no rule speaks of":   {"the flux is out of phase", pipewright.LogEvidence, catalogue.DefaultRunbook(), nil},
		"what a past incident's log said": {"no space left on device", pipewright.IncidentEvidence, catalogue.DefaultRunbook(), nil},
		"no rules":                        {"no space left on device", pipewright.LogEvidence, nil, nil},
		"two of what can be done":         {"E42 BELT torn", pipewright.RunEvidence, own, []string{"scale_up", "retry"}},
	} {
		d, rec, _ := puzzled(t, c.line, c.kind, c.rules)
		assert.Equal(t, c.want, rec.Case.Advice, name)
		if c.want == nil {
			assert.NotContains(t, d.Paragraph, "runbook", name)
		}
	}
}

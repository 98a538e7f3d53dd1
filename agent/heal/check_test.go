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
	"github.com/pipewright/pipewright/rl/sim"
)

func TestProbesThatCouldChangeThePlanAreRunAndReplay(t *testing.T) {
	s := newShop(t, sim.Options{Seed: 7, First: "worker_hung"}, nil)
	s.pass(20*time.Minute, nil)
	events, err := s.store.Events(t.Context(), pipewright.EventQuery{Limit: 1000})
	require.NoError(t, err)
	policy, err := heal.Untaught(heal.Planner, catalogue.Default(), s.cfg)
	require.NoError(t, err)
	assert.Positive(t, s.replayed())
	n := 0
	for _, e := range events {
		if e.Diagnosis == nil {
			continue
		}
		require.NoError(t, policy.ReplayChecked(*e.Diagnosis), "the same probes are chosen again, bit by bit")
		for _, c := range e.Diagnosis.Checked {
			n++
			assert.Greater(t, c.Gain, c.Price)
			assert.Contains(t, []string{"yes", "no", "neither yes nor no"}, c.Answer)
			assert.Contains(t, c.Sentence(), "because it could change")
		}
	}
	require.Positive(t, n)
	for _, e := range events {
		if e.Diagnosis == nil || len(e.Diagnosis.Checked) == 0 {
			continue
		}
		d := *e.Diagnosis
		d.Checked = append([]pipewright.Checked{}, d.Checked...)
		var a rl.Asked
		require.NoError(t, json.Unmarshal(d.Checked[0].Record, &a))
		a.Look.Gain *= 2
		d.Checked[0].Record, err = json.Marshal(a)
		require.NoError(t, err)
		assert.Error(t, policy.ReplayChecked(d), "a record that was changed is seen")
		return
	}
}

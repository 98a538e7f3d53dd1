package diagnose_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/catalogue"
	"github.com/pipewright/pipewright/agent/diagnose"
	"github.com/pipewright/pipewright/tools"
)

func TestOnlyTheProbesThatArePickedAreAskedWhereTheCauseIsPlain(t *testing.T) {
	i := slices.IndexFunc(scenes, func(s scene) bool { return s.cause == "write_interrupted" })
	sc := scenes[i]
	m := shop()
	sc.set(m)
	d := diagnose.New(catalogue.Default(), m, sc.probes.registry())
	calls := 0
	got, err := d.DiagnoseAsking(t.Context(), sc.inc, now, func(draft pipewright.Diagnosis, open []tools.OpenCheck) (int, pipewright.Checked) {
		calls++
		for _, o := range open {
			require.Len(t, o.Yes, len(draft.Hypotheses), "a chance for each hypothesis")
		}
		return slices.IndexFunc(open, func(o tools.OpenCheck) bool { return o.Probe == "partial_write" }), pipewright.Checked{Gain: .1, Why: "it could change the plan"}
	})
	require.NoError(t, err)
	require.Len(t, got.Checked, 1, "what has answered is not open any more")
	assert.Equal(t, "yes", got.Checked[0].Answer)
	assert.GreaterOrEqual(t, calls, 1)
	top, sure := got.Top()
	assert.True(t, sure)
	assert.Equal(t, "write_interrupted", top.Cause)
	none, err := d.DiagnoseAsking(t.Context(), sc.inc, now, func(pipewright.Diagnosis, []tools.OpenCheck) (int, pipewright.Checked) {
		return -1, pipewright.Checked{}
	})
	require.NoError(t, err)
	assert.Empty(t, none.Checked)
	other, _ := none.Top()
	assert.LessOrEqual(t, other.Confidence, top.Confidence, "an answer counts for the belief")
}

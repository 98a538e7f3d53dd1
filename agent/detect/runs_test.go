package detect

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
)

func TestRuns(t *testing.T) {
	scheduled := func(runs ...pipewright.Run) Facts { return facts().labelled("schedule", "15m").ran(runs...) }
	tests := []struct {
		name  string
		facts Facts
		kind  pipewright.SignalKind // empty: quiet
		at    float64               // minutes from noon
		run   string
	}{
		{"no runs", facts(), "", 0, ""},
		{"the newest run succeeded", facts().ran(run("a", failed, -40, -35), run("b", ok, -20, -15)), "", 0, ""},
		{"the newest run failed", facts().ran(run("a", ok, -40, -35), run("b", failed, -20, -15)), pipewright.RunFailedSignal, -15, "b"},
		{"the only run failed", facts().ran(run("a", failed, -20, -15)), pipewright.RunFailedSignal, -15, "a"},
		{"failed twice: it began with the first", facts().ran(run("a", ok, -60, -55), run("b", failed, -40, -35), run("c", failed, -20, -15)), pipewright.RunFailedSignal, -35, "c"},
		{"a later attempt of the same run succeeded", facts().ran(run("a", failed, -20, -15), attempt(2, run("a", ok, -14, -9))), "", 0, ""},
		{"an attempt failed and the next one runs", facts().ran(run("a", failed, -20, -15), attempt(2, run("a", running, -1, 0))), pipewright.RunFailedSignal, -15, "a"},
		{"cancelled says nothing", facts().ran(run("a", ok, -40, -35), run("b", stopped, -20, -15)), "", 0, ""},
		{"failed, then cancelled", facts().ran(run("a", failed, -40, -35), run("b", stopped, -20, -15)), pipewright.RunFailedSignal, -35, "a"},
		{"a long run failed after a newer one succeeded", facts().ran(run("a", failed, -60, -5), run("b", ok, -20, -15)), "", 0, ""},
		{"a run in progress", facts().ran(goodRuns(5)...).ran(run("r", running, -4, 0)), "", 0, ""},
		{"a run within three times its usual length", facts().ran(goodRuns(5)...).ran(run("r", running, -14, 0)), "", 0, ""},
		{"a run beyond three times its usual length", facts().ran(goodRuns(5)...).ran(run("r", running, -19, 0)), pipewright.RunOverdueSignal, -4, "r"},
		{"a long expected length wins", facts().labelled("expected_seconds", "600").ran(goodRuns(5)...).ran(run("r", running, -19, 0)), "", 0, ""},
		{"only the expected length is known", facts().labelled("expected_seconds", "120").ran(run("r", running, -19, 0)), pipewright.RunOverdueSignal, -13, "r"},
		{"no usual length, no opinion", facts().ran(run("r", running, -600, 0)), "", 0, ""},
		{"an expected length that is no number", facts().labelled("expected_seconds", "soon").ran(run("r", running, -600, 0)), "", 0, ""},
		{"overtaken by a newer success", facts().ran(goodRuns(5)...).ran(run("r", running, -600, 0)), "", 0, ""},
		{"queued for far too long", facts().ran(goodRuns(5)...).ran(run("r", pipewright.RunQueued, -19, 0)), pipewright.RunOverdueSignal, -4, "r"},
		{"an unknown state", facts().ran(goodRuns(5)...).ran(run("r", "", -19, 0)), "", 0, ""},
		{"the next run is not due", scheduled(run("a", ok, -14, -9)), "", 0, ""},
		{"late but within grace", scheduled(run("a", ok, -22, -17)), "", 0, ""},
		{"did not start when due", scheduled(run("a", ok, -23, -17)), pipewright.RunOverdueSignal, -0.5, ""},
		{"not due while one runs", scheduled(run("a", running, -23, 0)), "", 0, ""},
		{"scheduled and never ran", scheduled(), "", 0, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := Detect(tt.facts)
			if tt.kind == "" {
				assert.Empty(t, got)
				return
			}
			require.Len(t, got, 1)
			assert.Equal(t, tt.kind, got[0].Kind)
			assert.Equal(t, at(tt.at), got[0].At)
			assert.Equal(t, tt.run, got[0].Run)
			assert.Equal(t, pipewright.Fingerprint(tt.kind, job, ""), got[0].Fingerprint)
			assert.NotEmpty(t, got[0].Summary)
		})
	}
}

func TestRetryInFlightIsSaid(t *testing.T) {
	got := Detect(facts().ran(run("a", failed, -20, -15), attempt(2, run("a", running, -1, 0))))
	require.Len(t, got, 1)
	assert.Contains(t, got[0].Summary, "attempt 2) is running")
}

func TestThreeFailuresInARowAreCritical(t *testing.T) {
	f := facts().ran(run("a", failed, -60, -55), run("b", failed, -40, -35))
	assert.Equal(t, pipewright.SevWarning, Detect(f)[0].Severity)
	f = f.ran(run("c", failed, -20, -15))
	assert.Equal(t, pipewright.SevCritical, Detect(f)[0].Severity)
	assert.InDelta(t, 3, Detect(f)[0].Value, 0)
}

func TestNothingIsLateThatWasNotRead(t *testing.T) {
	f := facts().labelled("schedule", "15m").ran(run("a", ok, -23, -17))
	f.ReadTo = at(-5)
	assert.Empty(t, Detect(f), "the source was last read five minutes ago, and then the run was not late")
}

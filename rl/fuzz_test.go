package rl

import (
	"bytes"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// Whatever bytes come, a policy is read whole or refused, and what was read can
// decide and learn.
func FuzzRestore(f *testing.F) {
	m, err := Rebuild(small(), DefaultHyper(), []Episode{{ID: "x", Weight: 1, Context: Context{Error: "e", Stage: "s"}, Steps: []Step{step("restart", Worse)}}})
	require.NoError(f, err)
	good, _, err := m.Snapshot()
	require.NoError(f, err)
	f.Add(good)
	f.Add(good[:len(good)/2])
	f.Add([]byte(`{"pipewright_policy":2}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := Restore(data, small())
		if err != nil {
			return
		}
		require.NoError(t, m.Learn(Episode{Weight: 1, Context: Context{Error: "e"}, Steps: []Step{step("restart", Recovered)}}))
		p, err := m.Pose(smallCase(Seen{"deploy", "yes"}))
		require.NoError(t, err)
		require.Empty(t, p.fault())
		c := planner(t, open()).Choose(p)
		require.False(t, math.IsNaN(c.Value) || math.IsNaN(c.Odds.Recovery))
	})
}

// Whatever bytes come, the episodes before the damage can be learned from or are
// refused one by one.
func FuzzReadEpisodes(f *testing.F) {
	var b bytes.Buffer
	require.NoError(f, WriteEpisodes(&b, someEpisodes(3)))
	f.Add(b.Bytes())
	f.Add([]byte("{}\n{\"weight\":1,\"steps\":[{\"verb\":\"restart\",\"result\":\"worse\"}]}\n{"))
	f.Fuzz(func(t *testing.T, data []byte) {
		log, _ := ReadEpisodes(bytes.NewReader(data))
		m, err := NewModel(small(), DefaultHyper())
		require.NoError(t, err)
		for _, e := range log {
			_ = m.Learn(e)
		}
		for i, n := range m.now {
			require.True(t, n >= 0 && !math.IsInf(n, 0), "count %d is %g", i, n)
		}
	})
}

func FuzzReadPlanner(f *testing.F) {
	f.Add(planner(f, Strict()).Content())
	f.Add([]byte(`{"planner":1,"settings":{"depth":9}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		l, err := ReadPlanner(data)
		if err != nil {
			return
		}
		require.NotEmpty(t, l.ID())
		l.Choose(torn())
	})
}

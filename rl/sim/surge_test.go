package sim

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestALimitHoldsASurgeBackUntilItPasses(t *testing.T) {
	p := calm(3)
	f := p.strikeAt("traffic_surge", scorer, 0, 2*time.Hour)
	p.Advance(start.Add(10 * minute))
	assert.NotEmpty(t, p.sick())
	_, err := p.Act(Act{Kind: "k8s.release", Target: scorer, Key: "early"})
	require.Error(t, err, "no limit is in force")
	_, err = p.Act(Act{Kind: "k8s.throttle", Target: scorer, Key: "none", Args: map[string]string{"rate": "lots"}})
	require.Error(t, err)
	_, err = p.Act(Act{Kind: "k8s.throttle", Target: scorer, Key: "limit", Args: map[string]string{"rate": "60"}})
	require.NoError(t, err)
	p.Advance(p.now.Add(10 * minute))
	assert.Empty(t, p.sick(), "what is let in is answered")
	_, err = p.Act(Act{Kind: "k8s.release", Target: scorer, Key: "free"})
	require.NoError(t, err)
	p.Advance(p.now.Add(10 * minute))
	assert.NotEmpty(t, p.sick(), "the surge is still there")
	p.Advance(start.Add(3 * time.Hour))
	assert.Empty(t, p.sick())
	assert.False(t, f.End.IsZero())
}

func TestEnoughReplicasAnswerASurge(t *testing.T) {
	p := calm(3)
	f := p.strikeAt("traffic_surge", scorer, 0, 9*time.Hour)
	p.serving.surge.factor *= 0.6 // two sizes up answer it
	p.Advance(start.Add(10 * minute))
	for _, key := range []string{"a", "b", "c"} {
		_, err := p.Act(Act{Kind: "k8s.scale_up", Target: scorer, Key: key})
		require.NoError(t, err)
	}
	p.Advance(p.now.Add(20 * minute))
	assert.Empty(t, p.sick())
	assert.Equal(t, "capacity", f.EndedBy)
}

package pipewright_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
)

func TestResourceIDs(t *testing.T) {
	id, err := pipewright.ParseResourceID("k8s:deployment/ml/fraud-scorer")
	require.NoError(t, err)
	assert.Equal(t, "k8s", id.System())
	assert.Equal(t, "k8s:deployment", id.Kind())
	assert.Equal(t, "ml/fraud-scorer", id.Name())
	for _, bad := range []string{"", "orders", "glue:job", "glue:job/", "Glue:job/x", "glue:job/a b", "glue:job/a\nb"} {
		_, err := pipewright.ParseResourceID(bad)
		assert.Equal(t, pipewright.Invalid, pipewright.KindOf(err), "%q", bad)
	}
}

func TestTopologyWalks(t *testing.T) {
	topo := pipewright.NewTopology([]pipewright.Edge{
		{Up: "a:a/1", Down: "a:a/2"}, {Up: "a:a/2", Down: "a:a/3"}, {Up: "a:a/1", Down: "a:a/3"}, {Up: "a:a/3", Down: "a:a/4"},
		{Up: "a:a/4", Down: "a:a/1"}, // a cycle ends the walk, not the program
		{Up: "a:a/1", Down: "a:a/2"}, // said twice
	})
	assert.Equal(t, []pipewright.ResourceID{"a:a/2", "a:a/3"}, topo.Downstream("a:a/1", 1))
	assert.Equal(t, []pipewright.ResourceID{"a:a/2", "a:a/3", "a:a/4"}, topo.Downstream("a:a/1", 9))
	assert.Equal(t, 1, topo.Distance("a:a/1", "a:a/3", 9))
	assert.Equal(t, 2, topo.Distance("a:a/1", "a:a/4", 9))
	assert.Equal(t, -1, topo.Distance("a:a/1", "a:a/4", 1), "too far")
	assert.Equal(t, -1, topo.Distance("a:a/9", "a:a/1", 9))
	assert.Empty(t, pipewright.Topology{}.Upstream("a:a/1", 3))
}

func TestAnUnknownRulingDenies(t *testing.T) {
	var v pipewright.Verdict
	assert.Equal(t, pipewright.Deny, v.Ruling, "the zero verdict denies")
	require.NoError(t, json.Unmarshal([]byte(`{"ruling":"sure, go ahead"}`), &v))
	assert.Equal(t, pipewright.Deny, v.Ruling)
	require.NoError(t, json.Unmarshal([]byte(`{"ruling":"allow"}`), &v))
	assert.Equal(t, pipewright.Allow, v.Ruling)
}

func TestTheStricterRungWins(t *testing.T) {
	assert.Equal(t, pipewright.AskRung, pipewright.Auto.Stricter(pipewright.AskRung))
	assert.Equal(t, pipewright.Observe, pipewright.Observe.Stricter(pipewright.Auto))
	assert.False(t, pipewright.Auto.Stricter("").Valid(), "an unknown rung permits nothing, so it wins")
}

func TestErrorsKeepTheirKindThroughWrapping(t *testing.T) {
	base := errors.New("dial tcp 127.0.0.1:1: connection refused")
	err := fmt.Errorf("poll airflow: %w", pipewright.Errorf(pipewright.Unavailable, "reach airflow: %w", base))
	assert.Equal(t, pipewright.Unavailable, pipewright.KindOf(err))
	assert.ErrorIs(t, err, base)
	assert.Equal(t, pipewright.Internal, pipewright.KindOf(base))
	assert.Equal(t, pipewright.ErrorKind(""), pipewright.KindOf(nil))
}

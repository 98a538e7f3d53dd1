package embed_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pipewright/pipewright/retrieval/embed"
)

func cosine(a, b string) float64 {
	s := 0.0
	v, w := embed.Text(a, nil), embed.Text(b, nil)
	for i := range v {
		s += float64(v[i]) * float64(w[i])
	}
	return s
}

func TestWhatIsAlikeIsNear(t *testing.T) {
	for name, c := range map[string]struct{ text, near, far string }{
		"forms of a word":        {"connection failed", "failing connections", "table renamed"},
		"one meaning":            {"java heap exhausted", "memory of the container", "column of the table"},
		"parts of an identifier": {"NoRouteToHostException", "no route to host", "class not found"},
		"values do not matter":   {"Running task 1.0 in stage 2.0 (TID 3)", "Running task 77.0 in stage 9.0 (TID 41)", "Finished reading block 1.0 of 2.0 (B 3)"},
		"a misspelling":          {"serialisation error", "serialization", "quota"},
	} {
		t.Run(name, func(t *testing.T) {
			require.Greater(t, cosine(c.text, c.near), cosine(c.text, c.far)+0.05)
		})
	}
}

func TestVectorsHaveLengthOneAndNeverChange(t *testing.T) {
	v := embed.Text("OOMKilled at 10.1.2.3", nil)
	require.Len(t, v, embed.Dimensions)
	sum := 0.0
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	require.InDelta(t, 1, math.Sqrt(sum), 1e-5)
	require.Equal(t, v, embed.Text("OOMKilled at 10.1.2.3", nil))
	require.Equal(t, make([]float32, embed.Dimensions), embed.Text(" ... ", nil))
}

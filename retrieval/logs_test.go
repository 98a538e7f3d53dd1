package retrieval_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/retrieval"
)

// shelf is a store of lines that finds a line by any of the words asked for.
type shelf []pipewright.LogLine

func (s shelf) CountLogs(_ context.Context, q pipewright.LogQuery) (int, error) {
	lines, err := s.Logs(context.Background(), q)
	return len(lines), err
}

func (s shelf) Logs(_ context.Context, q pipewright.LogQuery) (out []pipewright.LogLine, err error) {
	for _, l := range s {
		if len(q.Resources) == 0 || q.Resources[0] == l.Resource {
			out = append(out, l)
		}
	}
	return out, nil
}

func (s shelf) SearchLogs(_ context.Context, q pipewright.LogQuery) (out []pipewright.LogHit, err error) {
	for _, l := range s {
		for _, w := range strings.Fields(q.Text) {
			if len(out) < q.Limit && strings.Contains(strings.ToLower(l.Text), strings.ToLower(w)) {
				out = append(out, pipewright.LogHit{Line: l})
				break
			}
		}
	}
	return out, nil
}

func TestSearchLogs(t *testing.T) {
	for _, n := range []int{50, 30_000} { // all are ranked, or what the store finds
		var s shelf
		for i := range n {
			s = append(s, pipewright.LogLine{Resource: "glue:job/orders_etl", Line: int64(i + 1), Text: fmt.Sprintf("Found block rdd_42_%d locally", i)})
		}
		s = append(s,
			pipewright.LogLine{Resource: "glue:job/orders_etl", Line: int64(n + 1), Text: "Block rdd_42_17 stored as bytes in memory (estimated size 16.0 B, free 419.6 KB)"},
			pipewright.LogLine{Resource: "glue:job/other", Line: 1, Text: "OutOfMemoryError: Java heap space"})
		ask := func(text string, r ...pipewright.ResourceID) []retrieval.LogHit {
			hits, err := retrieval.SearchLogs(t.Context(), s, pipewright.LogQuery{Text: text, Resources: r, Limit: 5})
			require.NoError(t, err)
			require.LessOrEqual(t, len(hits), 5)
			return hits
		}
		hits := ask("how large is the block rdd_42_17 in memory")
		require.EqualValues(t, n+1, hits[0].Line.Line)
		require.Equal(t, "Found block rdd_<*> locally", ask("block rdd_42_3 found")[0].Template)
		require.Empty(t, ask("heap", "glue:job/nothing"))
		require.Equal(t, "OutOfMemoryError: Java heap space", ask("heap")[0].Line.Text)
		require.Empty(t, ask("zebra crossing"))
	}
}

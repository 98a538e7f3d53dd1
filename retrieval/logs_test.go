package retrieval_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

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
		if (len(q.Resources) == 0 || q.Resources[0] == l.Resource) && (len(q.Levels) == 0 || q.Levels[0] == l.Level) && q.Window.Holds(l.At) {
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
			res, err := retrieval.SearchLogs(t.Context(), s, retrieval.LogSearch{LogQuery: pipewright.LogQuery{Text: text, Resources: r, Limit: 5}})
			require.NoError(t, err)
			require.LessOrEqual(t, len(res.Hits), 5)
			return res.Hits
		}
		hits := ask("how large is the block rdd_42_17 in memory")
		require.EqualValues(t, n+1, hits[0].Line.Line)
		require.Equal(t, "Found block rdd_<*> locally", ask("block rdd_42_3 found")[0].Template)
		require.Empty(t, ask("heap", "glue:job/nothing"))
		require.Equal(t, "OutOfMemoryError: Java heap space", ask("heap")[0].Line.Text)
		require.Empty(t, ask("zebra crossing"))
	}
}

func TestOnlyWhatIsNew(t *testing.T) {
	var s shelf
	for i := range 40 {
		s = append(s, pipewright.LogLine{Resource: "glue:job/orders_etl", Line: int64(i + 1), At: night.Add(time.Duration(i) * time.Minute), Text: fmt.Sprintf("error: cannot read block %d", i)})
	}
	s = append(s, pipewright.LogLine{Resource: "glue:job/orders_etl", Line: 41, At: night.Add(30 * time.Minute), Text: "error: column customer_id is gone"})
	q := retrieval.LogSearch{LogQuery: pipewright.LogQuery{Text: "error"}, NewSince: night.Add(20 * time.Minute)}
	res, err := retrieval.SearchLogs(t.Context(), s, q)
	require.NoError(t, err)
	require.Len(t, res.Hits, 1, "the blocks could not be read before either")
	require.EqualValues(t, 41, res.Hits[0].Line.Line)
}

func TestTheTemplateOfALine(t *testing.T) {
	var s shelf
	for i := range 40 {
		s = append(s, pipewright.LogLine{Resource: "glue:job/orders_etl", Line: int64(2*i + 1), At: night.Add(time.Duration(i) * time.Minute), Text: fmt.Sprintf("cannot read block %d", i)},
			pipewright.LogLine{Resource: "glue:job/orders_etl", Line: int64(2*i + 2), At: night.Add(time.Duration(i) * time.Minute), Text: "heartbeat"})
	}
	m, ok, err := retrieval.TemplateOf(t.Context(), s, retrieval.LogSearch{LogQuery: pipewright.LogQuery{Text: "block 7 unreadable"}})
	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, "cannot read block <*>", m.Text)
	require.EqualValues(t, 40, m.Count)
	require.Len(t, m.Lines, 40)
	require.Equal(t, 80, m.Of)
	require.Equal(t, night.Add(39*time.Minute), m.Last)
	_, ok, err = retrieval.TemplateOf(t.Context(), s, retrieval.LogSearch{LogQuery: pipewright.LogQuery{Text: "zebra"}})
	require.NoError(t, err)
	require.False(t, ok)
}

// synonyms is an embedder that knows two words to mean the same.
type synonyms struct {
	dim  int
	fail error
}

func (synonyms) Name() string { return "synonyms-1" }

func (s synonyms) Embed(_ context.Context, texts []string) (out [][]float32, err error) {
	for i, text := range texts {
		v := make([]float32, s.dim+i*min(1, s.dim-2)) // of dimension 3 when it goes astray
		if strings.Contains(text, "zebra") || strings.Contains(text, "striped horse") {
			v[0] = 1
		}
		v[1] = 0.5
		out = append(out, v)
	}
	return out, s.fail
}

func TestAnotherEmbedder(t *testing.T) {
	s := shelf{{Resource: "glue:job/a", Line: 1, Text: "a striped horse was seen"}, {Resource: "glue:job/a", Line: 2, Text: "nothing of interest"}, {Resource: "glue:job/a", Line: 3, Text: "container started"}}
	dead := errors.New("it does not answer")
	for name, c := range map[string]struct {
		embedder retrieval.Embedder
		found    int
		degraded bool
	}{
		"none":                         {nil, 0, false},
		"one that knows":               {synonyms{dim: 2}, 1, false},
		"one that is dead":             {synonyms{dim: 2, fail: dead}, 0, true},
		"one that changes its lengths": {synonyms{dim: 3}, 0, true},
	} {
		t.Run(name, func(t *testing.T) {
			res, err := retrieval.SearchLogs(t.Context(), s, retrieval.LogSearch{LogQuery: pipewright.LogQuery{Text: "zebra"}, Embedder: c.embedder})
			require.NoError(t, err, "search goes on without it")
			require.Len(t, res.Hits, c.found)
			require.Equal(t, c.degraded, res.Degraded != nil)
		})
	}
}

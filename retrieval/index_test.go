package retrieval_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/retrieval"
)

var night = time.Date(2026, 11, 20, 3, 0, 0, 0, time.UTC)

// library is an index over a night of a made-up plant.
func library() *retrieval.Index {
	x := retrieval.NewIndex()
	for i, d := range []retrieval.Document{
		{Resource: "glue:job/orders_etl", Level: pipewright.Err, Text: "AnalysisException: Column 'customer_id' does not exist"},
		{Resource: "glue:job/orders_etl", Level: pipewright.Info, Text: "Finished task 28.0 in stage 29.0 (TID 1348). 2128 bytes result sent to driver"},
		{Resource: "glue:job/orders_etl", Level: pipewright.Info, Text: "Running task 28.0 in stage 28.0 (TID 1308)"},
		{Resource: "k8s:deployment/fraud-scorer", Level: pipewright.Err, Text: "OOMKilled: container exceeded its memory limit of 512Mi"},
		{Resource: "k8s:deployment/fraud-scorer", Level: pipewright.Info, Text: "Connection from 10.1.2.3 port 4711 accepted"},
		{Resource: "postgres:table/shop.orders", Kind: retrieval.KindChange, Text: `column "customer_id" renamed to "buyer_id"`},
	} {
		d.ID, d.At = fmt.Sprint("d", i), night.Add(time.Duration(i)*time.Minute)
		if d.Kind == "" {
			d.Kind = retrieval.KindLog
		}
		if err := x.Add(d); err != nil {
			panic(err)
		}
	}
	return x
}

func TestSearch(t *testing.T) {
	for name, c := range map[string]struct {
		query  string
		filter retrieval.Filter
		want   string
	}{
		"words of the line":               {"column does not exist", retrieval.Filter{}, "d0"},
		"a name in parts":                 {"customer id renamed", retrieval.Filter{}, "d5"},
		"another form of the word":        {"failing columns that do not exist", retrieval.Filter{}, "d0"},
		"a value next to its noun":        {"in what stage did task 28.0 finish", retrieval.Filter{}, "d1"},
		"no word in common, only meaning": {"out of heap", retrieval.Filter{}, "d3"},
		"an address":                      {"which host was it from", retrieval.Filter{}, "d4"},
		"only the resource asked for":     {"error", retrieval.Filter{Resources: []pipewright.ResourceID{"k8s:deployment/fraud-scorer"}}, "d3"},
		"only the kind asked for":         {"customer_id", retrieval.Filter{Kinds: []retrieval.Kind{retrieval.KindChange}}, "d5"},
		"only the window asked for":       {"task", retrieval.Filter{Window: pipewright.Window{Start: night.Add(2 * time.Minute)}}, "d2"},
		"only the level asked for":        {"memory task", retrieval.Filter{Levels: []pipewright.Level{pipewright.Err}}, "d3"},
	} {
		t.Run(name, func(t *testing.T) {
			hits, err := library().Search(retrieval.Query{Text: c.query, Filter: c.filter})
			require.NoError(t, err)
			require.NotEmpty(t, hits)
			require.Equal(t, c.want, hits[0].Document.ID, "%+v", hits)
			for _, h := range hits {
				require.True(t, c.filter.Holds(&h.Document))
			}
		})
	}
}

func TestAFilterThatNothingPassesFindsNothing(t *testing.T) {
	for _, x := range []*retrieval.Index{library(), retrieval.NewIndex()} {
		hits, err := x.Search(retrieval.Query{Text: "task", Filter: retrieval.Filter{Run: "none"}})
		require.NoError(t, err)
		require.Empty(t, hits)
	}
}

func TestAPackKeepsItsBudgetAndTheRareLine(t *testing.T) {
	x := retrieval.NewIndex()
	for i := range 3000 {
		add(t, x, retrieval.Document{ID: fmt.Sprint(i), Text: fmt.Sprintf("Failed password for user u%d from 10.0.0.1 port %d", i, 2000+i), Meaning: "Failed password for user from port"})
	}
	add(t, x, retrieval.Document{ID: "rare", Text: "Password database locked by backup"})
	for _, budget := range []int{0, 5, 100, 2000} {
		used, found := 0, false
		for _, p := range pack(t, x, "why did the password fail for the user", budget) {
			used += p.Tokens
			found = found || p.Hit.Document.ID == "rare"
		}
		require.LessOrEqual(t, used, budget)
		require.Equal(t, budget >= 100, found, budget)
	}
}

func TestALongRecordKeepsItsHeadAndTail(t *testing.T) {
	trace := "Traceback (most recent call last):\n" + strings.Repeat("  File \"/app/x.py\", line 7, in step\n", 200) + "KeyError: 'customer_id'"
	x := retrieval.NewIndex()
	add(t, x, retrieval.Document{Text: trace})
	p := pack(t, x, "KeyError", 500)
	require.Len(t, p, 1)
	require.True(t, p[0].Cut)
	require.True(t, strings.HasPrefix(p[0].Text, "Traceback (most recent call last):\n  File"))
	require.True(t, strings.HasSuffix(p[0].Text, "in step\nKeyError: 'customer_id'"))
	require.Contains(t, p[0].Text, "\n[...]\n")
}

func TestACutNeverSplitsAWord(t *testing.T) {
	x := retrieval.NewIndex()
	add(t, x, retrieval.Document{Text: strings.Repeat("<redacted:token:ab12cd> ", 400) + "failed"})
	p := pack(t, x, "failed", 1000)
	require.Len(t, p, 1)
	for _, w := range strings.Fields(p[0].Text) {
		require.Contains(t, []string{"<redacted:token:ab12cd>", "[...]", "failed"}, w)
	}
}

func add(t *testing.T, x *retrieval.Index, d retrieval.Document) {
	t.Helper()
	require.NoError(t, x.Add(d))
}

func pack(t *testing.T, x *retrieval.Index, question string, budget int) []retrieval.Passage {
	t.Helper()
	ps, err := x.Pack(retrieval.Query{Text: question}, budget)
	require.NoError(t, err)
	return ps
}

func TestTheFilterComesBeforeTheNearest(t *testing.T) {
	x := retrieval.NewIndex()
	for i := range 1500 { // each with a vector of its own, and nearer to the query than what is asked for
		require.NoError(t, x.Add(retrieval.Document{ID: fmt.Sprint("near", i), Resource: "glue:job/loud", Text: fmt.Sprintf("heap exhausted in task%c%c%c", 'a'+i%26, 'a'+i/26%26, 'a'+i/676)}))
	}
	require.NoError(t, x.Add(retrieval.Document{ID: "far", Resource: "glue:job/quiet", Text: "the container was OOMKilled by its node"}))
	hits, err := x.Search(retrieval.Query{Text: "heap exhausted", Filter: retrieval.Filter{Resources: []pipewright.ResourceID{"glue:job/quiet"}}})
	require.NoError(t, err)
	require.Len(t, hits, 1)
	require.Equal(t, "far", hits[0].Document.ID)
	require.Positive(t, hits[0].Vector, "its meaning counts, however many others are nearer")
}

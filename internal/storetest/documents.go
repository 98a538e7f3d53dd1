package storetest

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/internal/sqlstore"
)

// Archived is what a store serves of documents and vectors.
type Archived interface {
	MinedState(ctx context.Context, after int64) (pieces [][]byte, upTo int64, err error)
	Templates(ctx context.Context, id string) ([]pipewright.LogTemplate, error)
	PutDocuments(ctx context.Context, list []pipewright.Document) error
	RankMeanings(ctx context.Context, terms []string, q pipewright.DocumentQuery, n int) ([]pipewright.Near, error)
	NearMeanings(ctx context.Context, sp pipewright.Space, v []float32, q pipewright.DocumentQuery, n int) (list []pipewright.Near, indexed bool, err error)
	Selected(ctx context.Context, q pipewright.DocumentQuery, among []int64) ([]int64, error)
	Documents(ctx context.Context, q pipewright.DocumentQuery, meanings []int64, each int) ([]pipewright.Document, error)
	Space(ctx context.Context, model string, dimensions int) (pipewright.Space, error)
	Spaces(ctx context.Context) ([]pipewright.Space, error)
	Unembedded(ctx context.Context, space, after int64, n int) ([]pipewright.Meaning, error)
	PutVectors(ctx context.Context, sp pipewright.Space, list []pipewright.Vector) error
	VectorsAfter(ctx context.Context, space, after int64, n int) ([]pipewright.Vector, error)
	Settle(ctx context.Context, space int64) error
	DropSpace(ctx context.Context, space int64) error
}

// instanceOf is a record of a template.
func instanceOf(template string, r pipewright.ResourceID, at time.Time, text string) pipewright.LogLine {
	return pipewright.LogLine{Resource: r, At: at, Level: pipewright.Info, Text: text, Template: template}
}

func logTemplate(id, text string) pipewright.LogTemplate {
	return pipewright.LogTemplate{ID: id, Text: text, Meaning: text + " 1", Terms: text, Level: pipewright.Info, Examples: []string{text + " 1"}, Values: [][]string{{"1"}}}
}

func runDocuments(t *testing.T, b Backend) {
	ctx := context.Background()
	hour := start.Truncate(time.Hour)
	heap, disk := logTemplate("aaaaaaaaaaa1", "heap full"), logTemplate("aaaaaaaaaaa2", "disk full")
	// fill stores two templates on two resources, over two hours.
	fill := func(t *testing.T) Store {
		s := b.fresh(t)
		batch := pipewright.Batch{Mined: pipewright.Mined{Templates: []pipewright.LogTemplate{heap, disk}, State: []byte("first")}}
		for n := range 4 {
			batch.Lines = append(batch.Lines, instanceOf(heap.ID, orders, hour.Add(time.Duration(n)*30*time.Minute), fmt.Sprintf("heap full %d", n)))
		}
		batch.Lines = append(batch.Lines, instanceOf(disk.ID, "glue:job/other", hour, "disk full 1"))
		ingest(t, s, batch)
		return s
	}
	all := func(t *testing.T, s Store, q pipewright.DocumentQuery) (out []pipewright.Document) {
		ids, err := s.Selected(ctx, q, nil)
		require.NoError(t, err)
		out, err = s.Documents(ctx, q, ids, 10)
		require.NoError(t, err)
		return out
	}

	t.Run("a template is counted by resource and hour, with its first and last record", func(t *testing.T) {
		s := fill(t)
		docs := all(t, s, pipewright.DocumentQuery{Resources: []pipewright.ResourceID{orders}})
		require.Len(t, docs, 2)
		newest := docs[0]
		assert.Equal(t, pipewright.Citation{Source: string(orders), FirstLine: 3, LastLine: 4}, newest.Citation)
		assert.Equal(t, []any{int64(2), heap.ID, hour.Add(time.Hour), hour.Add(90 * time.Minute), "heap full 1"}, []any{newest.Count, newest.Template, newest.At, newest.Until, newest.Text})
		ts, err := s.Templates(ctx, "")
		require.NoError(t, err)
		require.Len(t, ts, 2)
		assert.Equal(t, []any{heap.ID, int64(4), hour, hour.Add(90 * time.Minute), [][]string{{"1"}}}, []any{ts[0].ID, ts[0].Count, ts[0].First, ts[0].Last, ts[0].Values})
	})

	t.Run("what comes again is not counted again", func(t *testing.T) {
		s := fill(t)
		again := pipewright.Batch{Mined: pipewright.Mined{Templates: []pipewright.LogTemplate{heap}}, Lines: []pipewright.LogLine{
			instanceOf(heap.ID, orders, hour, "heap full 0"), instanceOf(heap.ID, orders, hour.Add(time.Minute), "heap full 9")}}
		assert.Len(t, ingest(t, s, again).Lines, 1)
		ts, err := s.Templates(ctx, heap.ID)
		require.NoError(t, err)
		assert.Equal(t, int64(5), ts[0].Count)
	})

	t.Run("a template that joins another brings what it counted, and what other replicas count of it later", func(t *testing.T) {
		s := fill(t)
		ingest(t, s, pipewright.Batch{Mined: pipewright.Mined{Joined: []pipewright.Joined{{From: disk.ID, Into: heap.ID}}}})
		ingest(t, s, pipewright.Batch{Lines: []pipewright.LogLine{instanceOf(disk.ID, "glue:job/other", hour.Add(time.Minute), "disk full 2")}})
		ts, err := s.Templates(ctx, "")
		require.NoError(t, err)
		require.Len(t, ts, 1)
		assert.Equal(t, int64(6), ts[0].Count)
		docs := all(t, s, pipewright.DocumentQuery{Resources: []pipewright.ResourceID{"glue:job/other"}})
		require.Len(t, docs, 1)
		assert.Equal(t, []any{heap.ID, int64(2), int64(1), int64(2)}, []any{docs[0].Template, docs[0].Count, docs[0].Citation.FirstLine, docs[0].Citation.LastLine})
	})

	t.Run("the miner's state comes back piece by piece, and the whole replaces it", func(t *testing.T) {
		s := fill(t)
		ingest(t, s, pipewright.Batch{Mined: pipewright.Mined{State: []byte("second")}})
		pieces, upTo, err := s.MinedState(ctx, 0)
		require.NoError(t, err)
		assert.Equal(t, [][]byte{[]byte("first"), []byte("second")}, pieces)
		ingest(t, s, pipewright.Batch{Mined: pipewright.Mined{State: []byte("all"), Whole: true}})
		pieces, _, err = s.MinedState(ctx, upTo)
		require.NoError(t, err)
		assert.Equal(t, [][]byte{[]byte("all")}, pieces)
	})

	t.Run("filters select before anything is ranked", func(t *testing.T) {
		s := fill(t)
		failed := instanceOf(disk.ID, orders, hour.Add(70*time.Minute), "disk full 7")
		failed.Level, failed.Run = pipewright.Err, "jr_7"
		ingest(t, s, pipewright.Batch{Lines: []pipewright.LogLine{failed}})
		for name, c := range map[string]struct {
			q    pipewright.DocumentQuery
			want []string
		}{
			"everything":     {pipewright.DocumentQuery{}, []string{heap.ID, heap.ID, disk.ID, disk.ID}},
			"by resource":    {pipewright.DocumentQuery{Resources: []pipewright.ResourceID{"glue:job/other"}}, []string{disk.ID}},
			"by level":       {pipewright.DocumentQuery{Levels: []pipewright.Level{pipewright.Err}}, []string{disk.ID}},
			"by run":         {pipewright.DocumentQuery{Run: "jr_7"}, []string{disk.ID}},
			"by time":        {pipewright.DocumentQuery{Window: pipewright.Window{Start: hour.Add(75 * time.Minute)}}, []string{heap.ID}},
			"by kind":        {pipewright.DocumentQuery{Kinds: []pipewright.DocumentKind{pipewright.RunDocument}}, nil},
			"new on its own": {pipewright.DocumentQuery{NewSince: hour.Add(time.Hour)}, []string{disk.ID}},
			"nobody's":       {pipewright.DocumentQuery{Resources: []pipewright.ResourceID{"glue:job/none"}}, nil},
		} {
			var got []string
			for _, d := range all(t, s, c.q) {
				got = append(got, d.Template)
			}
			assert.ElementsMatch(t, c.want, got, name)
			ranked, err := s.RankMeanings(ctx, []string{"full"}, c.q, 10)
			require.NoError(t, err)
			assert.Len(t, ranked, len(slices.Compact(slices.Sorted(slices.Values(c.want)))), name)
		}
	})

	t.Run("rare terms outrank common ones, and any term finds", func(t *testing.T) {
		s := fill(t)
		ranked, err := s.RankMeanings(ctx, []string{"disk", "full", "nowhere"}, pipewright.DocumentQuery{}, 10)
		require.NoError(t, err)
		require.Len(t, ranked, 2)
		docs, err := s.Documents(ctx, pipewright.DocumentQuery{}, []int64{ranked[0].Meaning}, 1)
		require.NoError(t, err)
		assert.Equal(t, "disk full 1", docs[0].Text)
	})

	t.Run("a run and a change are documents of their batch, once", func(t *testing.T) {
		s := b.fresh(t)
		run := pipewright.Run{Resource: orders, ID: "jr_1", State: pipewright.RunFailed, Started: start, Error: "boom"}
		d := pipewright.Document{ID: "run:1", Kind: pipewright.RunDocument, Resource: orders, Run: "jr_1", At: start, Level: pipewright.Err, Text: "run failed boom", Terms: "run fail boom"}
		for range 2 {
			ingest(t, s, pipewright.Batch{Runs: []pipewright.Run{run}, Documents: []pipewright.Document{d}})
		}
		docs := all(t, s, pipewright.DocumentQuery{Kinds: []pipewright.DocumentKind{pipewright.RunDocument}})
		require.Len(t, docs, 1)
		assert.Equal(t, []any{d.ID, d.Text, d.Run, d.Level, string(orders)}, []any{docs[0].ID, docs[0].Text, docs[0].Run, docs[0].Level, docs[0].Citation.Source})
	})

	t.Run("documents that nobody polls are replaced by their name", func(t *testing.T) {
		s := b.fresh(t)
		d := pipewright.Document{ID: "incident:1", Kind: pipewright.IncidentDocument, Resource: orders, At: start, Text: "open", Terms: "open", Citation: pipewright.Citation{Source: "inc-0001"}}
		require.NoError(t, s.PutDocuments(ctx, []pipewright.Document{d}))
		d.Text, d.Terms = "resolved by a retry", "resolv retri"
		require.NoError(t, s.PutDocuments(ctx, []pipewright.Document{d, {ID: "runbook:1", Kind: pipewright.RunbookDocument, Text: "call ana", Terms: "call ana", Citation: pipewright.Citation{Source: "etl.md", FirstLine: 3, LastLine: 9}}}))
		docs := all(t, s, pipewright.DocumentQuery{})
		require.Len(t, docs, 2)
		assert.Equal(t, []string{"resolved by a retry", "inc-0001"}, []string{docs[0].Text, docs[0].Citation.Source})
		assert.Equal(t, pipewright.Citation{Source: "etl.md", FirstLine: 3, LastLine: 9}, docs[1].Citation)
	})

	t.Run("vectors: each meaning once, in the order they came, near ones found under filters", func(t *testing.T) {
		s := fill(t)
		sp := embedAll(t, s, "tiny-1")
		again, err := s.Space(ctx, "tiny-1", 3)
		require.NoError(t, err)
		assert.Equal(t, sp.Number, again.Number)
		_, err = s.Space(ctx, "tiny-1", 4)
		require.ErrorContains(t, err, "4 dimensions")
		err = s.PutVectors(ctx, sp, []pipewright.Vector{{Meaning: 1, Values: []float32{1}}})
		require.ErrorContains(t, err, "1 dimensions")
		assert.Equal(t, pipewright.Invalid, pipewright.KindOf(err))

		vectors, err := s.VectorsAfter(ctx, sp.Number, 0, 10)
		require.NoError(t, err)
		require.Len(t, vectors, 2)
		assert.Less(t, vectors[0].Order, vectors[1].Order)
		require.NoError(t, s.PutVectors(ctx, sp, vectors))
		rest, err := s.VectorsAfter(ctx, sp.Number, vectors[0].Order, 10)
		require.NoError(t, err)
		assert.Equal(t, vectors[1:], rest, "one that is there stays as it is")

		for _, settled := range []bool{false, true} {
			if settled {
				require.NoError(t, s.Settle(ctx, sp.Number))
			}
			near, indexed, err := s.NearMeanings(ctx, sp, vectors[1].Values, pipewright.DocumentQuery{}, 10)
			require.NoError(t, err)
			if !indexed {
				continue
			}
			require.Len(t, near, 2)
			assert.Equal(t, vectors[1].Meaning, near[0].Meaning)
			assert.InDelta(t, 1, near[0].Score, 0.01)
			near, _, err = s.NearMeanings(ctx, sp, vectors[1].Values, pipewright.DocumentQuery{Resources: []pipewright.ResourceID{orders}}, 10)
			require.NoError(t, err)
			assert.Len(t, near, 1, "the filter holds before the ranking")
		}
		spaces, err := s.Spaces(ctx)
		require.NoError(t, err)
		assert.Equal(t, []pipewright.Space{{Number: sp.Number, Model: "tiny-1", Dimensions: 3, Ready: true}}, spaces)
		require.NoError(t, s.DropSpace(ctx, sp.Number))
		spaces, err = s.Spaces(ctx)
		require.NoError(t, err)
		assert.Empty(t, spaces)
	})

	t.Run("retention takes documents, meanings and vectors with what they cite", func(t *testing.T) {
		s := b.fresh(t)
		old, day := logTemplate("aaaaaaaaaaa3", "long ago"), 24*time.Hour
		midnight := start.Truncate(day)
		ingest(t, s, pipewright.Batch{Mined: pipewright.Mined{Templates: []pipewright.LogTemplate{old, heap}}, Lines: []pipewright.LogLine{
			instanceOf(old.ID, orders, midnight, "long ago 1"), instanceOf(heap.ID, orders, midnight.Add(2*day), "heap full 1")}})
		sp := embedAll(t, s, "tiny-1")
		_, err := s.Retain(ctx, sqlstore.Keep{Since: midnight.Add(day)})
		require.NoError(t, err)
		docs := all(t, s, pipewright.DocumentQuery{})
		require.Len(t, docs, 1)
		assert.Equal(t, heap.ID, docs[0].Template)
		ranked, err := s.RankMeanings(ctx, []string{"ago", "full"}, pipewright.DocumentQuery{}, 10)
		require.NoError(t, err)
		assert.Len(t, ranked, 1)
		vectors, err := s.VectorsAfter(ctx, sp.Number, 0, 10)
		require.NoError(t, err)
		assert.Len(t, vectors, 1)
		ingest(t, s, pipewright.Batch{Lines: []pipewright.LogLine{instanceOf(old.ID, orders, midnight.Add(2*day), "long ago 2")}})
		assert.Len(t, all(t, s, pipewright.DocumentQuery{}), 2, "it comes back with its template")
	})

	t.Run("shapes of metric windows come with their vectors", func(t *testing.T) {
		s := b.fresh(t)
		d := pipewright.Document{ID: "metric:1", Kind: pipewright.MetricDocument, Resource: orders, At: start, Text: "cpu rising", Terms: "cpu rise", Shape: []float32{1, 2, 3}}
		require.NoError(t, s.PutDocuments(ctx, []pipewright.Document{d}))
		spaces, err := s.Spaces(ctx)
		require.NoError(t, err)
		require.Len(t, spaces, 1)
		assert.Equal(t, pipewright.ShapeSpace, spaces[0].Model)
		vectors, err := s.VectorsAfter(ctx, spaces[0].Number, 0, 10)
		require.NoError(t, err)
		require.Len(t, vectors, 1)
		assert.Equal(t, d.Shape, vectors[0].Values)
	})
}

// embedAll gives every meaning a vector of three dimensions.
func embedAll(t *testing.T, s Store, model string) pipewright.Space {
	t.Helper()
	ctx := context.Background()
	sp, err := s.Space(ctx, model, 3)
	require.NoError(t, err)
	missing, err := s.Unembedded(ctx, sp.Number, 0, 100)
	require.NoError(t, err)
	require.NotEmpty(t, missing)
	var list []pipewright.Vector
	for i, m := range missing {
		list = append(list, pipewright.Vector{Meaning: m.Number, Values: []float32{1, float32(i), float32(-i)}})
	}
	require.NoError(t, s.PutVectors(ctx, sp, list))
	missing, err = s.Unembedded(ctx, sp.Number, 0, 100)
	require.NoError(t, err)
	require.Empty(t, missing)
	return sp
}

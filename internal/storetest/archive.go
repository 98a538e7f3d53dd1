package storetest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/intake"
	"github.com/pipewright/pipewright/retrieval"
)

// pages is a source that gives a batch a poll.
type pages []pipewright.Batch

func (p *pages) Name() string { return "pages" }

func (p *pages) Poll(_ context.Context, cursor string, _ time.Time) (pipewright.Batch, error) {
	if len(*p) == 0 {
		return pipewright.Batch{Cursor: cursor}, nil
	}
	b := (*p)[0]
	*p = (*p)[1:]
	b.Cursor = cursor + "+"
	return b, nil
}

// open is a redactor that finds no secret.
type open struct{}

func (open) Text(s string) (string, int) { return s, 0 }

// brought are batches that went through intake, and one poll more, which brings nothing.
func brought(t *testing.T, s Store, m *intake.Miner, now time.Time, batches ...pipewright.Batch) {
	t.Helper()
	p := pages(batches)
	in, err := intake.New(s, open{}, &p)
	require.NoError(t, err)
	in.Miner = m
	for range len(batches) + 1 {
		_, err := in.Poll(context.Background(), now)
		require.NoError(t, err)
	}
}

const noise = 24_000 // more than are ranked one by one

// busy is a log of a day in which one record says what nobody's words say.
func busy() (batches []pipewright.Batch) {
	for from := 0; from < noise; from += 4000 {
		var b pipewright.Batch
		for i := from; i < from+4000; i++ {
			l := pipewright.LogLine{Resource: orders, Level: pipewright.Info, At: start.Add(time.Duration(i) * 3 * time.Second), Text: fmt.Sprintf("Finished task %d.0 in stage %d of worker w-%d after %d ms", i, i/100, i%7, i%991)}
			if i == noise/3 {
				l.Level, l.Run, l.Text = pipewright.Err, "jr_9", "java.lang.OutOfMemoryError: Java heap space at shuffle of partition 17"
			}
			if i%500 == 1 {
				l.Text = fmt.Sprintf("checkpoint %d written to s3://bucket/state/%d", i, i)
			}
			b.Lines = append(b.Lines, l)
		}
		batches = append(batches, b)
	}
	return batches
}

func runArchive(t *testing.T, b Backend) {
	ctx := context.Background()
	end := start.Add(24 * time.Hour)

	t.Run("a record is found by its meaning among all that is stored", func(t *testing.T) {
		s := b.fresh(t)
		brought(t, s, intake.NewMiner(s), end, busy()...)
		a := retrieval.NewArchive(s, nil)
		n, err := a.Fill(ctx)
		require.NoError(t, err)
		assert.Less(t, n, 20, "templates are embedded, not records")
		ask := func(text string, change func(*retrieval.LogSearch)) []retrieval.LogHit {
			q := retrieval.LogSearch{LogQuery: pipewright.LogQuery{Text: text, Limit: 5}, Archive: a}
			change(&q)
			res, err := retrieval.SearchLogs(ctx, s, q)
			require.NoError(t, err)
			require.NoError(t, res.Degraded)
			return res.Hits
		}
		want := int64(noise/3 + 1)
		hits := ask("which executor ran out of memory", func(*retrieval.LogSearch) {})
		require.NotEmpty(t, hits)
		assert.Equal(t, want, hits[0].Line.Line, "%s", hits[0].Line.Text)
		for name, change := range map[string]func(*retrieval.LogSearch){
			"under its level":    func(q *retrieval.LogSearch) { q.Levels = []pipewright.Level{pipewright.Err} },
			"under its run":      func(q *retrieval.LogSearch) { q.Run = "jr_9" },
			"under its resource": func(q *retrieval.LogSearch) { q.Resources = []pipewright.ResourceID{orders} },
			"in its hour":        func(q *retrieval.LogSearch) { q.Window.Start = start.Add(6 * time.Hour) },
			"as what is new":     func(q *retrieval.LogSearch) { q.NewSince = start.Add(time.Hour) },
		} {
			hits := ask("memory exhausted", change)
			require.NotEmpty(t, hits, name)
			assert.Equal(t, want, hits[0].Line.Line, name)
		}
		found, err := a.Search(ctx, retrieval.ArchiveSearch{Text: "memory exhausted", Limit: 3, DocumentQuery: pipewright.DocumentQuery{Window: pipewright.Window{Start: start.Add(12 * time.Hour)}}})
		require.NoError(t, err)
		for _, h := range found.Hits {
			assert.NotContains(t, h.Document.Text, "OutOfMemoryError", "the filter holds before the ranking")
		}
	})

	t.Run("mining goes on after a restart, and ids stay", func(t *testing.T) {
		name := b.Fresh(t)
		s, m := b.open(t, name), (*intake.Miner)(nil)
		for i, batch := range busy() {
			if i%2 == 0 {
				m = intake.NewMiner(s) // as a process that begins anew
			}
			brought(t, s, m, end, batch)
		}
		assert.Equal(t, map[string]int64{"checkpoint": noise / 500, "Finished": noise - noise/500 - 1, "java": 1}, countsByWord(t, s))
	})

	t.Run("a state of another version stops nothing: what it held is mined anew", func(t *testing.T) {
		name := b.Fresh(t)
		s := b.open(t, name)
		batches := busy()
		brought(t, s, intake.NewMiner(s), end, batches[:3]...)
		b.Exec(t, name, `UPDATE mined SET body = CAST('{"version": 1}' AS BLOB)`)
		brought(t, s, intake.NewMiner(s), end, batches[3:]...)
		assert.Equal(t, map[string]int64{"checkpoint": noise / 500, "Finished": noise - noise/500 - 1, "java": 1}, countsByWord(t, s))
	})

	t.Run("replicas learn from each other and count nothing twice", func(t *testing.T) {
		name := b.Fresh(t)
		one, two := b.open(t, name), b.open(t, name)
		miners, stores := []*intake.Miner{intake.NewMiner(one), intake.NewMiner(two)}, []Store{one, two}
		batches := busy()
		for i, batch := range batches {
			brought(t, stores[i%2], miners[i%2], end, batch)
		}
		brought(t, one, miners[0], end, batches[1]) // what the other had stored
		assert.Equal(t, map[string]int64{"checkpoint": noise / 500, "Finished": noise - noise/500 - 1, "java": 1}, countsByWord(t, one))
	})

	t.Run("a batch that could not be stored is mined again", func(t *testing.T) {
		s := b.fresh(t)
		m := intake.NewMiner(s)
		batches := busy()[:2]
		p := pages{batches[0], batches[0], batches[1]}
		in, err := intake.New(&failing{Store: s}, open{}, &p)
		require.NoError(t, err)
		in.Miner = m
		_, err = in.Poll(ctx, end)
		require.ErrorContains(t, err, "disk full")
		for range 3 {
			_, err = in.Poll(ctx, end)
			require.NoError(t, err)
		}
		assert.Equal(t, map[string]int64{"checkpoint": 16, "Finished": 7984}, countsByWord(t, s))
	})

	t.Run("an embedder that changes: the former one's vectors serve until the new are there, and are never mixed", func(t *testing.T) {
		s := b.fresh(t)
		brought(t, s, intake.NewMiner(s), end, busy()...)
		first, second := &scripted{name: "vendor/one", dim: 4}, &scripted{name: "vendor/two", dim: 6}
		a := retrieval.NewArchive(s, first)
		_, err := a.Fill(ctx)
		require.NoError(t, err)
		assert.Contains(t, models(t, a), "vendor/one")

		a = retrieval.NewArchive(s, second)
		a.Former = func(model string) retrieval.Embedder { assert.Equal(t, "vendor/one", model); return first }
		assert.Contains(t, models(t, a), "vendor/one")
		second.dead = true
		_, err = a.Fill(ctx)
		require.ErrorContains(t, err, "endpoint is dead")
		assert.Contains(t, models(t, a), "vendor/one", "search goes on")
		second.dead = false
		_, err = a.Fill(ctx)
		require.NoError(t, err)
		assert.Contains(t, models(t, a), "vendor/two")
		spaces, err := s.Spaces(ctx)
		require.NoError(t, err)
		assert.Len(t, spaces, 2, "the former one's are gone")

		second.dead = true
		res, err := a.Search(ctx, retrieval.ArchiveSearch{Text: "memory exhausted"})
		require.NoError(t, err, "a dead endpoint leaves the words and the built-in embedder")
		require.Error(t, res.Degraded)
		require.NotEmpty(t, res.Hits)

		other := &scripted{name: "vendor/two", dim: 7}
		a = retrieval.NewArchive(s, other)
		res, err = a.Search(ctx, retrieval.ArchiveSearch{Text: "memory exhausted"})
		require.NoError(t, err)
		require.ErrorContains(t, res.Degraded, "vendor/two now gives vectors of another dimension than those stored, 6")
		require.NoError(t, s.PutDocuments(ctx, []pipewright.Document{{ID: "x", Kind: pipewright.RunbookDocument, Text: "new", Terms: "new"}}))
		_, err = a.Fill(ctx)
		require.ErrorContains(t, err, "dimensions")
	})
}

// models are those whose vectors a search used.
func models(t *testing.T, a *retrieval.Archive) []string {
	t.Helper()
	res, err := a.Search(context.Background(), retrieval.ArchiveSearch{Text: "memory exhausted"})
	require.NoError(t, err)
	require.NoError(t, res.Degraded)
	require.NotEmpty(t, res.Hits)
	return res.Models
}

// countsByWord is how many records the templates count, by the first word of each.
func countsByWord(t *testing.T, s Store) map[string]int64 {
	t.Helper()
	ts, err := s.Templates(context.Background(), "")
	require.NoError(t, err)
	out := map[string]int64{}
	for _, x := range ts {
		word := ""
		for _, r := range x.Text {
			if r == ' ' || r == '.' {
				break
			}
			word += string(r)
		}
		out[word] += x.Count
	}
	return out
}

// scripted is an embedder of some dimension that may be dead.
type scripted struct {
	name string
	dim  int
	dead bool
}

func (e *scripted) Name() string { return e.name }

func (e *scripted) Embed(_ context.Context, texts []string) ([][]float32, error) {
	if e.dead {
		return nil, pipewright.Errorf(pipewright.Unavailable, "the endpoint is dead")
	}
	out := make([][]float32, len(texts))
	for i, text := range texts {
		out[i] = make([]float32, e.dim)
		for k, c := range []byte(text) {
			out[i][k%e.dim] += float32(c)
		}
	}
	return out, nil
}

// failing refuses the first batch with records.
type failing struct {
	Store
	failed bool
}

func (f *failing) Ingest(ctx context.Context, b pipewright.Batch) (pipewright.Batch, error) {
	if !f.failed && len(b.Lines) > 0 {
		f.failed = true
		return pipewright.Batch{}, errors.New("disk full")
	}
	return f.Store.Ingest(ctx, b)
}

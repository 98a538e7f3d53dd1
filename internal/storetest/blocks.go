package storetest

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/internal/sqlstore"
)

// runBlocks checks what a store may get wrong that keeps many records together: those that
// come again, out of order, a few at a time, or are larger than what they are kept in.
func runBlocks(t *testing.T, b Backend) {
	ctx := context.Background()
	line := func(n int) pipewright.LogLine {
		return pipewright.LogLine{Resource: orders, At: minutes(0).Add(time.Duration(n) * time.Second), Level: pipewright.Info, Text: fmt.Sprintf("step number%d", n), UID: fmt.Sprintf("file@%d", n*40)}
	}
	several := func(from, to int) (out []pipewright.LogLine) {
		for n := from; n < to; n++ {
			out = append(out, line(n))
		}
		return out
	}

	t.Run("records that come again in other batches are none, whatever they were kept with", func(t *testing.T) {
		s := b.fresh(t)
		assert.Len(t, ingest(t, s, pipewright.Batch{Lines: several(0, 3000)}).Lines, 3000)
		assert.Empty(t, ingest(t, s, pipewright.Batch{Lines: several(900, 1200)}).Lines)
		fresh := ingest(t, s, pipewright.Batch{Lines: several(2990, 3010)})
		require.Len(t, fresh.Lines, 10)
		assert.EqualValues(t, 3001, fresh.Lines[0].Line)
		var own []pipewright.LogLine // without names of their own
		for n := range 2500 {
			l := line(n / 2)
			l.UID = ""
			own = append(own, l)
		}
		assert.Len(t, ingest(t, s, pipewright.Batch{Lines: own}).Lines, 2500, "each twice")
		assert.Empty(t, ingest(t, s, pipewright.Batch{Lines: own[1000:1600]}).Lines)
		n, err := s.CountLogs(ctx, pipewright.LogQuery{})
		require.NoError(t, err)
		assert.Equal(t, 3010+2500, n)
	})

	t.Run("a range of lines, the newest and the oldest, over many records", func(t *testing.T) {
		s := b.fresh(t)
		ingest(t, s, pipewright.Batch{Lines: several(0, 2600)})
		for name, c := range map[string]struct {
			q           pipewright.LogQuery
			first, last int64
			n           int
		}{
			"a range":          {pipewright.LogQuery{Resources: []pipewright.ResourceID{orders}, FirstLine: 1020, LastLine: 1030}, 1020, 1030, 11},
			"the newest":       {pipewright.LogQuery{Newest: true, Limit: 1500}, 1101, 2600, 1500},
			"the oldest":       {pipewright.LogQuery{Limit: 1500}, 1, 1500, 1500},
			"a window":         {pipewright.LogQuery{Window: pipewright.Window{Start: line(1000).At, End: line(1100).At}}, 1001, 1100, 100},
			"all":              {pipewright.LogQuery{Limit: 1_000_000}, 1, 2600, 2600},
			"the newest of it": {pipewright.LogQuery{Window: pipewright.Window{End: line(1100).At}, Newest: true, Limit: 50}, 1051, 1100, 50},
		} {
			got, err := s.Logs(ctx, c.q)
			require.NoError(t, err, name)
			require.Equal(t, c.n, len(got), name)
			assert.Equal(t, []int64{c.first, c.last}, []int64{got[0].Line, got[len(got)-1].Line}, name)
			c.q.Limit = 0
			n, err := s.CountLogs(ctx, c.q)
			require.NoError(t, err)
			assert.GreaterOrEqual(t, n, c.n, name)
		}
	})

	t.Run("out of order and a few at a time, it answers as a list would", func(t *testing.T) {
		round := 0
		s := b.fresh(t)
		rapid.Check(t, func(rt *rapid.T) {
			round++
			of := []pipewright.ResourceID{pipewright.ResourceID(fmt.Sprintf("glue:job/x%d", round)), pipewright.ResourceID(fmt.Sprintf("glue:job/y%d", round))}
			var all []pipewright.LogLine
			for range rapid.IntRange(1, 12).Draw(rt, "batches") {
				var batch pipewright.Batch
				for range rapid.IntRange(1, 9).Draw(rt, "records") {
					l := pipewright.LogLine{Resource: rapid.SampledFrom(of).Draw(rt, "resource"), At: minutes(rapid.IntRange(0, 30).Draw(rt, "minute")),
						Level: rapid.SampledFrom([]pipewright.Level{pipewright.Info, pipewright.Err}).Draw(rt, "level"), Run: rapid.SampledFrom([]string{"", "jr_1", "jr_2"}).Draw(rt, "run"),
						Text: "word" + rapid.SampledFrom([]string{"one", "two three", "three"}).Draw(rt, "text"), UID: fmt.Sprintf("f@%d_%d", round, len(all)+len(batch.Lines))}
					if rapid.IntRange(0, 9).Draw(rt, "undated") == 0 {
						l.At = time.Time{}
					}
					batch.Lines = append(batch.Lines, l)
				}
				fresh, err := s.Ingest(ctx, batch)
				require.NoError(rt, err)
				all = append(all, fresh.Lines...)
			}
			q := pipewright.LogQuery{Resources: rapid.SampledFrom([][]pipewright.ResourceID{of, of[:1]}).Draw(rt, "of"), Limit: rapid.SampledFrom([]int{1_000_000, 1, 7}).Draw(rt, "limit"), Newest: rapid.Bool().Draw(rt, "newest"),
				Run: rapid.SampledFrom([]string{"", "jr_1"}).Draw(rt, "of run"), Text: rapid.SampledFrom([]string{"", "wordtwo", "three", "word*"}).Draw(rt, "words")}
			if rapid.Bool().Draw(rt, "errors") {
				q.Levels = []pipewright.Level{pipewright.Err}
			}
			if rapid.Bool().Draw(rt, "in a window") {
				q.Window = pipewright.Window{Start: minutes(5), End: minutes(25)}
			}
			want := pick(all, q)
			n, err := s.CountLogs(ctx, q)
			require.NoError(rt, err)
			require.Len(rt, want, n)
			if q.Limit > 0 && len(want) > q.Limit {
				if q.Newest {
					want = want[len(want)-q.Limit:]
				} else {
					want = want[:q.Limit]
				}
			}
			got, err := s.Logs(ctx, q)
			require.NoError(rt, err)
			require.Equal(rt, names(want), names(got))
			hits, err := s.SearchLogs(ctx, q)
			require.NoError(rt, err)
			if q.Text == "" {
				require.Empty(rt, hits)
			} else {
				require.Len(rt, hits, min(n, q.Limit))
			}
		})
	})

	t.Run("records of a megabyte each", func(t *testing.T) {
		s := b.fresh(t)
		var batch pipewright.Batch
		for n := range 4 {
			l := line(n)
			l.Text = fmt.Sprintf("begin%d %s end%d", n, strings.Repeat("word ", 200_000), n)
			batch.Lines = append(batch.Lines, l)
		}
		ingest(t, s, batch)
		for n := range 4 {
			got, err := s.Logs(ctx, pipewright.LogQuery{Text: fmt.Sprintf("begin%d end%d", n, n)})
			require.NoError(t, err)
			require.Len(t, got, 1)
			assert.Equal(t, batch.Lines[n].Text, got[0].Text)
		}
	})

	t.Run("days out of order go one by one", func(t *testing.T) {
		s := b.fresh(t)
		day := func(n int) time.Time { return start.Truncate(24*time.Hour).AddDate(0, 0, n) }
		var batch pipewright.Batch
		for i, d := range []int{3, 0, 2, 0, 1, 3, 0} { // the last record is of the oldest day
			batch.Lines = append(batch.Lines, pipewright.LogLine{Resource: orders, At: day(d), Text: fmt.Sprintf("of day%d, record %d", d, i)})
		}
		ingest(t, s, batch)
		for d := range 4 {
			_, err := s.Retain(ctx, sqlstore.Keep{Since: day(d)})
			require.NoError(t, err)
			n, err := s.CountLogs(ctx, pipewright.LogQuery{Window: pipewright.Window{Start: day(d)}})
			require.NoError(t, err)
			got, err := s.Logs(ctx, pipewright.LogQuery{Window: pipewright.Window{Start: day(d)}, Limit: 1_000_000})
			require.NoError(t, err)
			require.Len(t, got, n)
		}
		got, err := s.Logs(ctx, pipewright.LogQuery{Window: pipewright.Window{Start: day(1)}})
		require.NoError(t, err)
		assert.Equal(t, []string{"1", "6"}, names(got), "of the older days, no more than the record that is the last")
		fresh := ingest(t, s, pipewright.Batch{Lines: []pipewright.LogLine{{Resource: orders, At: day(4), Text: "next"}}})
		assert.EqualValues(t, 8, fresh.Lines[0].Line)
	})
}

// pick is the records of a list that fit a query, in order of time.
func pick(all []pipewright.LogLine, q pipewright.LogQuery) (out []pipewright.LogLine) {
	for _, l := range all {
		fits := slices.Contains(q.Resources, l.Resource) && (q.Run == "" || l.Run == q.Run) && (len(q.Levels) == 0 || slices.Contains(q.Levels, l.Level)) &&
			(q.Window.Start.IsZero() || !l.At.Before(q.Window.Start)) && (q.Window.End.IsZero() || l.At.Before(q.Window.End))
		switch q.Text {
		case "wordtwo", "three":
			fits = fits && slices.Contains(strings.Fields(l.Text), q.Text)
		case "word*":
			fits = fits && strings.Contains(l.Text, "word")
		}
		if fits {
			out = append(out, l)
		}
	}
	slices.SortFunc(out, func(a, b pipewright.LogLine) int {
		return cmp.Or(a.At.Compare(b.At), strings.Compare(string(a.Resource), string(b.Resource)), cmp.Compare(a.Line, b.Line))
	})
	return out
}

// names are the numbers of records, with their resource when that is not the suite's.
func names(lines []pipewright.LogLine) []string {
	out := make([]string, len(lines))
	for i, l := range lines {
		out[i] = fmt.Sprint(l.Line)
		if l.Resource != orders {
			out[i] += " of " + string(l.Resource)
		}
	}
	return out
}

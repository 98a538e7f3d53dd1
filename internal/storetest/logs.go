package storetest

import (
	"context"
	"fmt"
	"strings"
	"testing"

	pipewright "github.com/pipewright/pipewright"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func runLogs(t *testing.T, b Backend) {
	ctx := context.Background()
	line := func(minute int, text string) pipewright.LogLine {
		return pipewright.LogLine{Resource: orders, At: minutes(minute), Level: pipewright.Info, Text: text}
	}
	numbers := func(lines []pipewright.LogLine) (out []int64) {
		for _, l := range lines {
			out = append(out, l.Line)
		}
		return out
	}
	find := func(t *testing.T, s Store, q pipewright.LogQuery) []int64 {
		t.Helper()
		lines, err := s.Logs(ctx, q)
		require.NoError(t, err, "%+v", q)
		n, err := s.CountLogs(ctx, q)
		require.NoError(t, err)
		if q.Limit == 0 {
			require.Len(t, lines, n, "count and list agree")
		}
		return numbers(lines)
	}

	t.Run("lines are numbered for each resource in order of arrival", func(t *testing.T) {
		s := b.fresh(t)
		other := line(0, "other")
		other.Resource = "glue:job/other"
		fresh := ingest(t, s, pipewright.Batch{Lines: []pipewright.LogLine{line(5, "a"), other, line(3, "b")}})
		assert.Equal(t, []int64{1, 1, 2}, numbers(fresh.Lines))
		fresh = ingest(t, s, pipewright.Batch{Lines: []pipewright.LogLine{line(5, "a"), line(1, "late")}})
		assert.Equal(t, []int64{3}, numbers(fresh.Lines))
		assert.Equal(t, []int64{3, 2, 1}, find(t, s, pipewright.LogQuery{Resources: []pipewright.ResourceID{orders}}), "read by time, numbered by arrival")
	})

	t.Run("a line with a name of its own is stored once whatever else it says", func(t *testing.T) {
		s := b.fresh(t)
		first, again := line(0, "a"), line(1, "b")
		first.UID, again.UID = "event-1", "event-1"
		assert.Len(t, ingest(t, s, pipewright.Batch{Lines: []pipewright.LogLine{first}}).Lines, 1)
		assert.Empty(t, ingest(t, s, pipewright.Batch{Lines: []pipewright.LogLine{again}}).Lines)
		again.Resource = "glue:job/other"
		assert.Len(t, ingest(t, s, pipewright.Batch{Lines: []pipewright.LogLine{again}}).Lines, 1, "names belong to their resource")
	})

	t.Run("two equal lines of one moment are two, and none when they come again", func(t *testing.T) {
		s := b.fresh(t)
		batch := pipewright.Batch{Lines: []pipewright.LogLine{line(0, "again"), line(0, "again")}}
		assert.Len(t, ingest(t, s, batch).Lines, 2)
		assert.Empty(t, ingest(t, s, batch).Lines)
		batch.Lines = append(batch.Lines, line(0, "again"))
		assert.Len(t, ingest(t, s, batch).Lines, 1)
	})

	t.Run("old and new lines in one batch: the new are numbered without gaps and found", func(t *testing.T) {
		s, round := b.fresh(t), 0
		rapid.Check(t, func(rt *rapid.T) {
			round++
			known := map[string]bool{}
			stored := map[pipewright.ResourceID]int64{}
			for range rapid.IntRange(1, 4).Draw(rt, "batches") {
				var batch pipewright.Batch
				var want []int64
				for i, n := range rapid.SliceOfN(rapid.IntRange(0, 59), 1, 30).Draw(rt, "names") {
					l := line(i, fmt.Sprintf("word%dof%d", n, round))
					l.Resource, l.UID = pipewright.ResourceID(fmt.Sprintf("glue:job/j%d_%d", n%2, round)), fmt.Sprintf("f@%d", n)
					if batch.Lines = append(batch.Lines, l); !known[l.UID] {
						known[l.UID] = true
						stored[l.Resource]++
						want = append(want, stored[l.Resource])
					}
				}
				fresh, err := s.Ingest(ctx, batch)
				require.NoError(rt, err)
				require.Equal(rt, want, numbers(fresh.Lines))
			}
			for _, n := range rapid.SliceOfN(rapid.IntRange(0, 59), 1, 5).Draw(rt, "words") {
				hits, err := s.Logs(ctx, pipewright.LogQuery{Text: fmt.Sprintf("word%dof%d", n, round)})
				require.NoError(rt, err)
				require.Equal(rt, known[fmt.Sprintf("f@%d", n)], len(hits) == 1, "word %d", n)
			}
		})
	})

	t.Run("queries", func(t *testing.T) {
		s := b.fresh(t)
		failed := line(3, "failed")
		failed.Level, failed.Run = pipewright.Err, "jr_1"
		other := line(4, "other")
		other.Resource = "glue:job/other"
		ingest(t, s, pipewright.Batch{Lines: []pipewright.LogLine{line(1, "one"), line(2, "two"), failed, line(4, "four"), other}})
		mine := []pipewright.ResourceID{orders}
		both := []pipewright.ResourceID{orders, "glue:job/other", "glue:job/none"}
		for name, c := range map[string]struct {
			q    pipewright.LogQuery
			want []int64
		}{
			"all":                      {pipewright.LogQuery{}, []int64{1, 2, 3, 4, 1}},
			"of a resource":            {pipewright.LogQuery{Resources: mine}, []int64{1, 2, 3, 4}},
			"of several":               {pipewright.LogQuery{Resources: both, Window: pipewright.Window{Start: minutes(4)}}, []int64{4, 1}},
			"start in, end out":        {pipewright.LogQuery{Window: pipewright.Window{Start: minutes(2), End: minutes(4)}}, []int64{2, 3}},
			"of a run":                 {pipewright.LogQuery{Run: "jr_1"}, []int64{3}},
			"of a level":               {pipewright.LogQuery{Levels: []pipewright.Level{pipewright.Err, pipewright.Warn}}, []int64{3}},
			"a range of lines":         {pipewright.LogQuery{Resources: mine, FirstLine: 2, LastLine: 3}, []int64{2, 3}},
			"from a line on":           {pipewright.LogQuery{Resources: mine, FirstLine: 3}, []int64{3, 4}},
			"up to a line":             {pipewright.LogQuery{Resources: mine, LastLine: 2}, []int64{1, 2}},
			"a range in several":       {pipewright.LogQuery{Resources: both, LastLine: 1}, []int64{1, 1}},
			"the oldest":               {pipewright.LogQuery{Resources: mine, Limit: 2}, []int64{1, 2}},
			"the newest, oldest first": {pipewright.LogQuery{Resources: mine, Limit: 2, Newest: true}, []int64{3, 4}},
		} {
			assert.Equal(t, c.want, find(t, s, c.q), name)
		}
		for enough := 1; enough < 3; enough++ {
			n, err := s.CountLogs(ctx, pipewright.LogQuery{Enough: enough})
			require.NoError(t, err)
			assert.GreaterOrEqual(t, n, enough, "a count that may stop says at least so many")
		}
		n, err := s.CountLogs(ctx, pipewright.LogQuery{Limit: 1})
		require.NoError(t, err)
		assert.Equal(t, 5, n, "a count ignores the limit")
	})

	t.Run("words", func(t *testing.T) {
		s := b.fresh(t)
		texts := []string{
			`psycopg.errors.UndefinedColumn: column "customer_id" does not exist`,
			`glue:job/orders_etl run jr_12ab started`,
			`java.lang.OutOfMemoryError: Java heap space AND more (NEAR the end)`,
			"Über-Größe 数据 naïve\n\tat com.shop.Orders.load(Orders.scala:42)",
			`100% done -- it's "quoted"`,
		}
		var batch pipewright.Batch
		for i, text := range texts {
			batch.Lines = append(batch.Lines, line(i, text))
		}
		ingest(t, s, batch)
		for text, want := range map[string][]int64{
			"UndefinedColumn":     {1},
			"undefinedcolumn":     {1},
			"customer_id":         {1},
			`"customer_id"`:       {1},
			"customer":            {1},
			"orders_etl":          {2},
			"glue:job/orders_etl": {2},
			"jr_12ab":             {2},
			"etl_orders":          nil,
			"started orders_etl":  {2},
			"started column":      nil,
			"Undefined*":          {1},
			"Undefined":           nil,
			"OutOfMemory*":        {3},
			"AND":                 {3},
			"heap AND":            {3},
			"OR":                  nil,
			"NOT":                 {1},
			"heap OR column":      nil,
			"NEAR(":               {3},
			"(NEAR":               {3},
			"(heap":               {3},
			"text:heap":           nil,
			"^psycopg":            {1},
			"über":                {4},
			"uber":                {4},
			"größe":               {4},
			"NAIVE":               {4},
			"数据":                  {4},
			"Orders.scala:42":     {4},
			"100%":                {5},
			"it's":                {5},
			`"`:                   nil,
			`""`:                  nil,
			"*":                   nil,
			"()":                  nil,
			"--":                  nil,
			"' OR 1=1 --":         nil,
			`heap"`:               {3},
			"heap -":              {3},
			"\xff\xfe":            nil,
			"heap\x00":            {3},
			"   ":                 nil,
			"{heap}":              {3},
			"heap + space":        {3},
			"load*":               {4},
			"(load*)":             {4},
		} {
			assert.Equal(t, want, find(t, s, pipewright.LogQuery{Text: text}), "%q", text)
			_, err := s.SearchLogs(ctx, pipewright.LogQuery{Text: text})
			assert.NoError(t, err, "%q", text)
		}
	})

	t.Run("no text is an error or reads as the index's own syntax", func(t *testing.T) {
		s := b.fresh(t)
		ingest(t, s, pipewright.Batch{Lines: []pipewright.LogLine{line(0, "heap")}})
		rapid.Check(t, func(rt *rapid.T) {
			text := rapid.OneOf(rapid.String(), rapid.StringMatching(`[a-c"'()*^:{}+\-\\ ]{0,12}`)).Draw(rt, "text")
			lines, err := s.Logs(ctx, pipewright.LogQuery{Text: text + " zzz OR heap"})
			require.NoError(rt, err)
			assert.Empty(rt, lines)
			_, err = s.SearchLogs(ctx, pipewright.LogQuery{Text: text})
			require.NoError(rt, err)
		})
	})

	t.Run("search ranks what fits better first", func(t *testing.T) {
		s := b.fresh(t)
		ingest(t, s, pipewright.Batch{Lines: []pipewright.LogLine{
			line(0, "timeout "+strings.Repeat("and many other words ", 20)), line(1, "timeout timeout"), line(2, "heap space"), line(3, "nothing"),
		}})
		hits := func(text string) (out []int64) {
			found, err := s.SearchLogs(ctx, pipewright.LogQuery{Text: text})
			require.NoError(t, err)
			for i, h := range found {
				out = append(out, h.Line.Line)
				assert.True(t, i == 0 || found[i-1].Score >= h.Score)
				assert.Equal(t, orders, h.Line.Resource)
			}
			return out
		}
		assert.Equal(t, []int64{2, 1}, hits("timeout"))
		assert.ElementsMatch(t, []int64{1, 2, 3}, hits("timeout heap"), "no line holds both, so those that hold one")
		assert.Equal(t, []int64{3}, hits("space heap"))
		assert.Empty(t, hits("absent"))
		found, err := s.SearchLogs(ctx, pipewright.LogQuery{Text: "timeout", Window: pipewright.Window{Start: minutes(1)}, Resources: []pipewright.ResourceID{orders}, Limit: 5})
		require.NoError(t, err)
		assert.Len(t, found, 1)
	})

	t.Run("bytes that are not text are stored as text", func(t *testing.T) {
		s := b.fresh(t)
		fresh := ingest(t, s, pipewright.Batch{Lines: []pipewright.LogLine{line(0, "bad \xff byte \x00 here")}})
		got, err := s.Logs(ctx, pipewright.LogQuery{Text: "byte"})
		require.NoError(t, err)
		require.Len(t, got, 1)
		assert.Equal(t, "bad \uFFFD byte \uFFFD here", got[0].Text)
		assert.Equal(t, got, fresh.Lines)
		assert.Empty(t, ingest(t, s, pipewright.Batch{Lines: []pipewright.LogLine{line(0, "bad \xff byte \x00 here")}}).Lines)
	})

	t.Run("a record of 10 MB keeps its head and its tail", func(t *testing.T) {
		s := b.fresh(t)
		long := "headword " + strings.Repeat("日本 ", 10<<20/7) + " tailword"
		ingest(t, s, pipewright.Batch{Lines: []pipewright.LogLine{line(0, long), line(0, strings.Repeat("x", 1<<20))}})
		got, err := s.Logs(ctx, pipewright.LogQuery{})
		require.NoError(t, err)
		require.Len(t, got, 2)
		assert.LessOrEqual(t, len(got[0].Text), 1<<20)
		assert.Greater(t, len(got[0].Text), 1<<20-256)
		assert.True(t, strings.HasPrefix(got[0].Text, "headword "))
		assert.True(t, strings.HasSuffix(got[0].Text, " tailword"))
		assert.Contains(t, got[0].Text, "bytes left out")
		assert.Equal(t, 1<<20, len(got[1].Text), "one of exactly 1 MiB is whole")
		assert.Len(t, find(t, s, pipewright.LogQuery{Text: "headword tailword"}), 1)
	})

	t.Run("many resources at once", func(t *testing.T) {
		s := b.fresh(t)
		var batch pipewright.Batch
		var all []pipewright.ResourceID
		for i := range 300 {
			l := line(i, "x")
			l.Resource = pipewright.ResourceID(fmt.Sprintf("glue:job/j%d", i))
			batch.Lines, all = append(batch.Lines, l), append(all, l.Resource)
		}
		ingest(t, s, batch)
		assert.Len(t, find(t, s, pipewright.LogQuery{Resources: all}), 300)
	})
}

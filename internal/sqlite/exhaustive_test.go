package sqlite_test

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/internal/sqlite"
)

// madeUp is log records of few messages, of three resources, out of order here and there.
func madeUp(n int) (out []pipewright.LogLine) {
	r := rand.New(rand.NewPCG(1, 2))
	at := time.Date(2026, 3, 2, 3, 10, 0, 0, time.UTC)
	levels := []pipewright.Level{pipewright.Info, pipewright.Info, pipewright.Warn, pipewright.Err, ""}
	users := strings.Fields("ana bo cy dee eve flo gus hal ida jo kim lee moe ned ora pat quin ray sue tom")
	for i := range n {
		l := pipewright.LogLine{Resource: pipewright.ResourceID(fmt.Sprintf("glue:job/j%d", r.IntN(3))), Run: fmt.Sprintf("jr_%d", i/2000), UID: fmt.Sprintf("file@%d", i),
			At: at.Add(time.Duration(i)*time.Second - time.Duration(r.IntN(100))*time.Second), Level: levels[r.IntN(len(levels))]}
		switch r.IntN(5) {
		case 0:
			l.Text = fmt.Sprintf("Finished task %d of stage %d in %d ms", r.IntN(40), r.IntN(5), r.IntN(100000))
		case 1:
			l.Text = fmt.Sprintf("user %s opened session %d, user %s waits", users[r.IntN(20)], i, users[r.IntN(20)])
		case 2:
			l.Text = fmt.Sprintf("orders_etl: lost the connection to %s%d", users[r.IntN(20)], r.IntN(10))
		case 3:
			l.Text = fmt.Sprintf("Lost task in stage %d\n  at Load.step(Load.java:%d)\n  task task", r.IntN(5), r.IntN(90))
		default:
			l.Text = fmt.Sprintf("etl of orders: checkpoint %s", strings.Repeat("é ", r.IntN(3))+fmt.Sprint(r.IntN(10)))
		}
		out = append(out, l)
	}
	return out
}

func cutWords(text string) []string {
	return strings.FieldsFunc(strings.ToLower(strings.ReplaceAll(text, "é", "e")), func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') })
}

// occurs counts how often the words of a query's word stand after each other.
func occurs(text, word string) (n int) {
	have, want := cutWords(text), cutWords(word)
	for i := range have {
		if len(have)-i >= len(want) && slices.Equal(have[i:i+len(want)], want) {
			n++
		}
	}
	return n
}

func fits(l pipewright.LogLine, q pipewright.LogQuery) bool {
	for _, w := range strings.Fields(q.Text) {
		if occurs(l.Text, w) == 0 {
			return false
		}
	}
	return (len(q.Resources) == 0 || slices.Contains(q.Resources, l.Resource)) && (len(q.Levels) == 0 || slices.Contains(q.Levels, l.Level)) && (q.Run == "" || q.Run == l.Run) &&
		(q.Window.Start.IsZero() || !l.At.Before(q.Window.Start)) && (q.Window.End.IsZero() || l.At.Before(q.Window.End)) &&
		(q.FirstLine == 0 || l.Line >= q.FirstLine && l.Line <= q.LastLine)
}

func filters(at time.Time) map[string]pipewright.LogQuery {
	return map[string]pipewright.LogQuery{
		"everywhere":      {},
		"of a resource":   {Resources: []pipewright.ResourceID{"glue:job/j1"}},
		"of two":          {Resources: []pipewright.ResourceID{"glue:job/j2", "glue:job/j0"}},
		"errors":          {Levels: []pipewright.Level{pipewright.Err}},
		"of no level":     {Levels: []pipewright.Level{"", pipewright.Warn}},
		"of a run":        {Run: "jr_2"},
		"in a window":     {Window: pipewright.Window{Start: at.Add(1111 * time.Second), End: at.Add(7777 * time.Second)}},
		"errors since":    {Window: pipewright.Window{Start: at.Add(5 * time.Second)}, Levels: []pipewright.Level{pipewright.Err}},
		"of some numbers": {Resources: []pipewright.ResourceID{"glue:job/j1"}, FirstLine: 100, LastLine: 1900},
	}
}

// Whatever is answered from heads and outlines is what looking through every record finds.
func TestAnswersAreThoseOfLookingThroughEverything(t *testing.T) {
	ctx := context.Background()
	s := open(t, filepath.Join(t.TempDir(), "store.db"))
	defer func() { require.NoError(t, s.Close()) }()
	var all []pipewright.LogLine
	for batch := range slices.Chunk(madeUp(12_000), 1900) {
		fresh, err := s.Ingest(ctx, pipewright.Batch{Lines: batch})
		require.NoError(t, err)
		all = append(all, fresh.Lines...)
		if len(all) == 1900 { // what is kept in memory may not hide what comes
			countIsExhaustive(t, s, all, pipewright.LogQuery{Text: "task"}, "while records come")
		}
	}
	for name, q := range filters(time.Date(2026, 3, 2, 3, 10, 0, 0, time.UTC)) {
		for _, text := range []string{"", "task", "lost task", "lost_the", "orders_etl", "etl_orders", "ana", "user tom ray", "stage_3", "17", "checkpoint e", "e_e", "absent", "task absent"} {
			q.Text = text
			countIsExhaustive(t, s, all, q, name)
			logsAreExhaustive(t, s, all, q, name)
			rankIsExhaustive(t, s, all, q, name)
		}
	}
}

func countIsExhaustive(t *testing.T, s *sqlite.Store, all []pipewright.LogLine, q pipewright.LogQuery, name string) {
	t.Helper()
	want := 0
	for _, l := range all {
		if fits(l, q) {
			want++
		}
	}
	n, err := s.CountLogs(t.Context(), q)
	require.NoError(t, err)
	assert.Equal(t, want, n, "%q %s", q.Text, name)
}

func logsAreExhaustive(t *testing.T, s *sqlite.Store, all []pipewright.LogLine, q pipewright.LogQuery, name string) {
	t.Helper()
	var want []pipewright.LogLine
	for _, l := range all {
		if fits(l, q) {
			want = append(want, l)
		}
	}
	slices.SortFunc(want, func(a, b pipewright.LogLine) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Resource, b.Resource), cmp.Compare(a.Line, b.Line))
	})
	q.Limit, q.Newest = 70, true
	got, err := s.Logs(t.Context(), q)
	require.NoError(t, err)
	assert.Equal(t, namesOf(want[max(0, len(want)-70):]), namesOf(got), "%q %s", q.Text, name)
}

// rankIsExhaustive compares a search for all words, where their frequencies are not
// estimated, with BM25 over every record.
func rankIsExhaustive(t *testing.T, s *sqlite.Store, all []pipewright.LogLine, q pipewright.LogQuery, name string) {
	t.Helper()
	if name != "everywhere" || q.Text == "" {
		return
	}
	words := strings.Fields(q.Text)
	holding, total := make([]float64, len(words)), 0.0
	for _, l := range all {
		total += float64(len(cutWords(l.Text)))
		for i, w := range words {
			if occurs(l.Text, w) > 0 {
				holding[i]++
			}
		}
	}
	type scored struct {
		pipewright.LogLine
		score float64
	}
	n := float64(len(all))
	var want []scored
	for _, l := range all {
		if !fits(l, q) {
			continue
		}
		one := scored{LogLine: l}
		for i, w := range words {
			tf := float64(occurs(l.Text, w))
			one.score += max(1e-6, math.Log((n-holding[i]+0.5)/(holding[i]+0.5))) * tf * 2.2 / (tf + 1.2*(0.25+0.75*float64(len(cutWords(l.Text)))/(total/n)))
		}
		want = append(want, one)
	}
	if len(want) == 0 {
		return // any of the words is searched for then
	}
	slices.SortFunc(want, func(a, b scored) int {
		if math.Abs(a.score-b.score) > 1e-12 {
			return cmp.Compare(b.score, a.score)
		}
		return cmp.Or(b.At.Compare(a.At), cmp.Compare(a.Resource, b.Resource), cmp.Compare(b.Line, a.Line))
	})
	q.Limit = 150
	hits, err := s.SearchLogs(t.Context(), q)
	require.NoError(t, err)
	require.Len(t, hits, min(len(want), 150))
	for i, h := range hits {
		require.InDelta(t, want[i].score, h.Score, 1e-9, "%q %d", q.Text, i)
		require.Equal(t, namesOf([]pipewright.LogLine{want[i].LogLine}), namesOf([]pipewright.LogLine{h.Line}), "%q %d", q.Text, i)
	}
}

func namesOf(lines []pipewright.LogLine) []string {
	out := make([]string, 0, len(lines))
	for _, l := range lines {
		out = append(out, fmt.Sprintf("%s:%d", l.Resource, l.Line))
	}
	return out
}

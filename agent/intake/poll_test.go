package intake_test

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/intake"
	"github.com/pipewright/pipewright/internal/sqlite"
)

func TestNothingIsStoredWithoutARedactor(t *testing.T) {
	_, err := intake.New(openStore(t), nil)
	assert.Equal(t, pipewright.Invalid, pipewright.KindOf(err))
	_, err = intake.New(openStore(t), secrets{}, source("a"), source("a"))
	assert.Equal(t, pipewright.Invalid, pipewright.KindOf(err), "two sources would share a cursor")
}

func TestPollBringsWhatIsNewAcrossSources(t *testing.T) {
	s := openStore(t)
	in := newIntake(t, s, source("glue", lines(line(-2, "one")), lines(line(-1, "two"))), source("prom", pipewright.Batch{Points: []pipewright.Point{point("rows", -1, 5)}}))
	b, err := in.Poll(t.Context(), noon)
	require.NoError(t, err)
	assert.Len(t, b.Lines, 1)
	assert.Equal(t, int64(1), b.Lines[0].Line)
	assert.Len(t, b.Points, 1)
	b, err = in.Poll(t.Context(), noon)
	require.NoError(t, err)
	assert.Len(t, b.Lines, 1)
	assert.Empty(t, b.Points)
	assert.Equal(t, []string{"one", "two"}, stored(t, s))
	b, err = in.Poll(t.Context(), noon)
	require.NoError(t, err)
	assert.True(t, b.Empty())
}

func TestARepeatedPageIsStoredOnce(t *testing.T) {
	s := openStore(t)
	src := source("glue", lines(line(-3, "one"), line(-3, "one")), lines(line(-2, "two")), lines(line(-1, "three")))
	src.repeat = true
	in := newIntake(t, s, src)
	var fresh int
	for range 5 {
		b, err := in.Poll(t.Context(), noon)
		require.NoError(t, err)
		fresh += len(b.Lines)
	}
	assert.Equal(t, []string{"one", "one", "two", "three"}, stored(t, s))
	assert.Equal(t, 4, fresh)
	assert.Equal(t, 4, in.Stats()[0].Records)
}

func TestLateRecordsAreTakenAsTheyAre(t *testing.T) {
	s := openStore(t)
	in := newIntake(t, s, source("glue", lines(line(-1, "now")), lines(line(-60*24*3, "three days late"))))
	for range 2 {
		_, err := in.Poll(t.Context(), noon)
		require.NoError(t, err)
	}
	assert.Equal(t, []string{"three days late", "now"}, stored(t, s))
}

func TestAFailingSourceDoesNotStopTheOthers(t *testing.T) {
	s := openStore(t)
	bad := source("bad", lines(line(-5, "kept for later")))
	bad.set(pipewright.Errorf(pipewright.Denied, "401 for secret=hunter2"))
	in := newIntake(t, s, bad, source("good", lines(line(-1, "one"))))
	b, err := in.Poll(t.Context(), noon)
	require.Error(t, err)
	assert.NotContains(t, err.Error(), "hunter2")
	assert.Contains(t, err.Error(), "poll bad")
	assert.Len(t, b.Lines, 1, "the good one was stored")
	stats := in.Stats()[0]
	assert.Equal(t, 1, stats.InARow)
	assert.NotContains(t, stats.LastError, "hunter2")
	assert.True(t, stats.LastSuccess.IsZero())

	bad.set(nil)
	_, err = in.Poll(t.Context(), noon)
	require.NoError(t, err)
	assert.Equal(t, []string{"kept for later", "one"}, stored(t, s), "nothing of the bad source was lost")
	assert.Empty(t, in.Stats()[0].LastError)
	assert.Equal(t, 0, in.Stats()[0].InARow)
}

func TestErrorsKeepTheirKind(t *testing.T) {
	tests := []struct {
		name string
		err  error
		want pipewright.ErrorKind
	}{
		{"a kind of ours", pipewright.Errorf(pipewright.Denied, "no"), pipewright.Denied},
		{"anything else may pass", errors.New("connection reset"), pipewright.Unavailable},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			src := source("a")
			src.set(tt.err)
			_, err := newIntake(t, openStore(t), src).Poll(t.Context(), noon)
			var known *pipewright.Error
			require.ErrorAs(t, err, &known)
			assert.Equal(t, tt.want, known.Kind)
			assert.ErrorIs(t, err, tt.err)
		})
	}
}

func TestASourceThatPanicsHasFailed(t *testing.T) {
	bad := source("bad")
	bad.panic = true
	s := openStore(t)
	_, err := newIntake(t, s, bad, source("good", lines(line(-1, "one")))).Poll(t.Context(), noon)
	require.ErrorContains(t, err, "index out of range")
	assert.Equal(t, []string{"one"}, stored(t, s))
}

// refusing is a store that does not take batches.
type refusing struct {
	*sqlite.Store
	err error
}

func (r *refusing) Ingest(ctx context.Context, b pipewright.Batch) (pipewright.Batch, error) {
	if r.err != nil {
		return pipewright.Batch{}, r.err
	}
	return r.Store.Ingest(ctx, b)
}

func TestTheCursorMovesWithTheDataOnly(t *testing.T) {
	s := &refusing{openStore(t), pipewright.Errorf(pipewright.Unavailable, "disk full")}
	in := newIntake(t, s, source("a",
		pipewright.Batch{Settings: []pipewright.Setting{setting(-9, "memory_mb", "1")}},
		pipewright.Batch{Settings: []pipewright.Setting{setting(-5, "memory_mb", "2")}}))
	s.err = nil
	_, err := in.Poll(t.Context(), noon)
	require.NoError(t, err)
	s.err = pipewright.Errorf(pipewright.Unavailable, "disk full")
	_, err = in.Poll(t.Context(), noon)
	require.Error(t, err)
	cursor, err := s.Cursor(t.Context(), "a")
	require.NoError(t, err)
	assert.Equal(t, "1", cursor)
	s.err = nil
	b, err := in.Poll(t.Context(), noon)
	require.NoError(t, err)
	assert.Len(t, b.Changes, 1, "the change that was not stored is found again")
}

func TestTheCursorSurvivesARestart(t *testing.T) {
	s := openStore(t)
	pages := []pipewright.Batch{lines(line(-3, "one")), lines(line(-2, "two"))}
	_, err := newIntake(t, s, source("a", pages...)).Poll(t.Context(), noon)
	require.NoError(t, err)
	require.NoError(t, s.Close())

	again := reopen(t, s.Path())
	src := source("a", pages...)
	b, err := newIntake(t, again, src).Poll(t.Context(), noon)
	require.NoError(t, err)
	assert.Len(t, b.Lines, 1)
	assert.Equal(t, []string{"one", "two"}, stored(t, again))
}

func TestBadRecordsAreRefusedOneByOne(t *testing.T) {
	s := openStore(t)
	bad := pipewright.Batch{
		Lines:    []pipewright.LogLine{{At: noon, Text: "nobody's"}, {Resource: "orders", At: noon, Text: "misspelled"}, line(-1, "good")},
		Points:   []pipewright.Point{point("rows", -1, math.NaN()), point("rows", -1, math.Inf(1)), point("", -1, 1), {Resource: job, Metric: "rows", Value: 1}, point("rows", -1, 7)},
		Runs:     []pipewright.Run{{Resource: job, State: pipewright.RunFailed}, {Resource: job, ID: "r1", State: "exploded", Started: at(-5)}},
		Schemas:  []pipewright.Schema{{Resource: table, At: noon}},
		Settings: []pipewright.Setting{{Resource: job, At: noon, Value: "x"}},
		Edges:    []pipewright.Edge{{Up: table, Down: ""}, {Up: table, Down: job}},
	}
	in := newIntake(t, s, source("a", bad))
	b, err := in.Poll(t.Context(), noon)
	require.NoError(t, err)
	assert.Len(t, b.Lines, 1)
	assert.Len(t, b.Points, 1)
	assert.Len(t, b.Runs, 1)
	assert.Len(t, b.Edges, 1)
	assert.Equal(t, pipewright.RunState(""), b.Runs[0].State, "an unheard-of state is unknown")
	stats := in.Stats()[0]
	assert.Equal(t, map[string]int{"bad_resource": 3, "not_a_number": 2, "no_metric": 1, "undated": 1, "no_run_id": 1, "no_columns": 1, "no_setting_key": 1}, stats.Dropped)
	assert.Equal(t, map[string]int{"unknown_state": 1}, stats.Noted)
}

func TestWhatIsRecordedIsObservedAndLineageAloneIsNot(t *testing.T) {
	s := openStore(t)
	in := newIntake(t, s, source("a", pipewright.Batch{
		Points:    []pipewright.Point{point("rows", -30, 1), point("rows", -1, 1)},
		Edges:     []pipewright.Edge{{Up: table, Down: job}},
		Resources: []pipewright.Resource{{ID: "glue:job/other", Labels: map[string]string{"env": "prod", "note": "password=hunter2", "secret": "hunter2"}}},
	}))
	_, err := in.Poll(t.Context(), noon)
	require.NoError(t, err)
	seen, err := s.Resources(t.Context())
	require.NoError(t, err)
	require.Len(t, seen, 2)
	assert.Equal(t, pipewright.ResourceID("glue:job/orders_etl"), seen[0].ID)
	assert.Equal(t, at(-30), seen[0].FirstSeen)
	assert.Equal(t, at(-1), seen[0].LastSeen)
	assert.Equal(t, map[string]string{"env": "prod", "note": "password=[gone]", "secret": "[gone]"}, seen[1].Labels)
}

func TestClocks(t *testing.T) {
	tests := []struct {
		name    string
		now     []float64 // of each poll, minutes from noon
		given   float64   // of the record in the last poll
		want    float64
		clamped bool
	}{
		{"a little ahead", []float64{0}, 9, 9, false},
		{"an hour ahead", []float64{0}, 60, 0, true},
		{"our clock jumped back an hour", []float64{0, -60}, -1, -1, false},
		{"jumped back, and the record is ahead of both", []float64{0, -60}, 30, -60, true},
		{"long ago", []float64{0}, -600, -600, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			pages := make([]pipewright.Batch, len(tt.now))
			for i := range pages {
				pages[i] = lines(line(-1000+float64(i), "earlier"))
			}
			pages[len(pages)-1] = lines(line(tt.given, "this one"))
			in := newIntake(t, openStore(t), source("a", pages...))
			var b pipewright.Batch
			for _, now := range tt.now {
				var err error
				b, err = in.Poll(t.Context(), at(now))
				require.NoError(t, err)
			}
			assert.Equal(t, at(tt.want), b.Lines[0].At)
			assert.Equal(t, tt.clamped, in.Stats()[0].Noted["future_clamped"] == 1)
		})
	}
}

// A record from the future has another time at each poll, and is one all the same.
func TestAClampedRecordThatComesAgainIsStoredOnce(t *testing.T) {
	s := openStore(t)
	src := source("a", lines(line(600, "tomorrow")), lines(line(-1, "x")))
	src.repeat = true
	in := newIntake(t, s, src)
	for i := range 3 {
		_, err := in.Poll(t.Context(), at(float64(i)))
		require.NoError(t, err)
	}
	assert.Len(t, stored(t, s), 2)
}

func TestLagAndReadTo(t *testing.T) {
	src := source("a", lines(line(-5, "x")))
	in := newIntake(t, openStore(t), src, source("b"))
	assert.True(t, in.ReadTo(job).Before(at(-1e6)), "nothing was read: nothing is late")
	_, err := in.Poll(t.Context(), noon)
	require.NoError(t, err)
	assert.Equal(t, 15*time.Minute, in.Stats()[0].Lag(at(10)))
	assert.Equal(t, time.Duration(0), in.Stats()[1].Lag(at(10)))
	src.set(errors.New("down"))
	_, err = in.Poll(t.Context(), at(10))
	require.Error(t, err)
	assert.Equal(t, noon, in.ReadTo(job), "its source was last read at noon")
	assert.Equal(t, noon, in.ReadTo("glue:job/never_seen"), "and nobody knows whose the other one is")
}

func TestSecretsAreTakenOutOfEveryText(t *testing.T) {
	const leak = "hunter2"
	dirty := "password=" + leak + " "
	s := openStore(t)
	in := newIntake(t, s, source("a", pipewright.Batch{
		Resources: []pipewright.Resource{{ID: job, Labels: map[string]string{"password": leak}}},
		Lines:     []pipewright.LogLine{line(-1, dirty), line(-2, "pass\x00word=x secret="+leak)},
		Runs:      []pipewright.Run{{Resource: job, ID: "r", Started: at(-5), Error: dirty, Detail: map[string]string{"password": leak, "args": dirty}}},
		Changes:   []pipewright.Change{{Resource: job, At: at(-1), Kind: pipewright.ChangeConfig, Summary: dirty, Before: dirty, After: dirty, By: dirty}},
		Schemas:   []pipewright.Schema{{Resource: table, At: at(-1), Columns: []pipewright.Column{{Name: "x", Type: dirty}}}},
		Settings:  []pipewright.Setting{setting(-2, "password", leak), setting(-1, "password", leak+"3")},
	}))
	b, err := in.Poll(t.Context(), noon)
	require.NoError(t, err)
	assert.NotEmpty(t, b.Changes)
	assert.NotContains(t, strings.ToLower(dump(b)), leak)
	assert.GreaterOrEqual(t, in.Stats()[0].Noted["redacted"], 12)
}

func TestALineOfTenMegabytes(t *testing.T) {
	s := openStore(t)
	long := strings.Repeat("x", 5<<20) + " secret=hunter2 " + strings.Repeat("y", 5<<20) + " the end"
	b, err := newIntake(t, s, source("a", lines(line(-1, long)))).Poll(t.Context(), noon)
	require.NoError(t, err)
	assert.LessOrEqual(t, len(b.Lines[0].Text), 1<<20)
	assert.True(t, strings.HasSuffix(b.Lines[0].Text, "the end"))
	assert.Equal(t, []string{b.Lines[0].Text}, stored(t, s))
}

// A secret that the cut would have split is taken out before the cut.
func TestRedactionComesBeforeTheCut(t *testing.T) {
	const limit = 1 << 20
	var page []pipewright.LogLine
	for k := range 8 { // the tail that is kept is 24 bytes short of half the limit
		page = append(page, line(-1, strings.Repeat("y", limit)+" secret=hunter2 "+strings.Repeat("x", limit/2-24-k)))
	}
	b, err := newIntake(t, openStore(t), source("a", lines(page...))).Poll(t.Context(), noon)
	require.NoError(t, err)
	require.Len(t, b.Lines, len(page))
	for _, l := range b.Lines {
		require.NotContains(t, l.Text, "er2 ")
	}
}

// A source that works every other time loses nothing and stores nothing twice.
func TestAFlappingSource(t *testing.T) {
	s := openStore(t)
	var pages []pipewright.Batch
	for i := range 10 {
		pages = append(pages, lines(line(float64(i)-20, "line "+string(rune('a'+i)))))
	}
	src := source("a", pages...)
	src.repeat = true
	in := newIntake(t, s, src)
	failures := 0
	for i := range 25 {
		src.set(nil)
		if i%2 == 0 {
			src.set(pipewright.Errorf(pipewright.Unavailable, "connection reset"))
		}
		if _, err := in.Poll(t.Context(), at(float64(i))); err != nil {
			failures++
		}
	}
	assert.Len(t, stored(t, s), 10)
	assert.Equal(t, 13, failures)
	assert.Equal(t, 13, in.Stats()[0].Failures)
	assert.Equal(t, 10, in.Stats()[0].Records)
}

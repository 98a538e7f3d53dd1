package intake_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/detect"
	"github.com/pipewright/pipewright/agent/intake"
	"github.com/pipewright/pipewright/internal/sqlite"
	"github.com/pipewright/pipewright/tools"
)

func watching(t testing.TB, s *sqlite.Store, sources ...intake.Source) (*intake.Intake, *intake.Recent) {
	in := newIntake(t, s, sources...)
	r, err := intake.NewRecent(context.Background(), s, in)
	require.NoError(t, err)
	in.Sink = r
	return in, r
}

func resource(id pipewright.ResourceID) pipewright.Resource { return pipewright.Resource{ID: id} }

// days is a page with so many days of samples (one a minute), runs and lines, up to noon.
func days(n int) pipewright.Batch {
	rng := rand.New(rand.NewPCG(1, 1))
	var b pipewright.Batch
	for m := -n * 24 * 60; m <= 0; m++ {
		for _, metric := range []string{"cpu_percent", "rows"} {
			b.Points = append(b.Points, point(metric, float64(m), 50+5*rng.NormFloat64()))
		}
		if m%15 == 0 {
			b.Runs = append(b.Runs, pipewright.Run{Resource: job, ID: fmt.Sprint("run", m), Attempt: 1, State: pipewright.RunSucceeded, Started: at(float64(m)), Ended: at(float64(m) + 3)})
		}
		if m%7 == 0 {
			b.Lines = append(b.Lines, line(float64(m), fmt.Sprint("warning ", m)))
		}
	}
	return b
}

func TestFedAndReadFromTheStoreAreTheSame(t *testing.T) {
	s := openStore(t)
	week := days(8)
	week.Schemas = schema(-600, "id int").Schemas
	next := lines(line(0.5, "it broke"))
	next.Points = []pipewright.Point{point("rows", 1, 70)}
	next.Runs = []pipewright.Run{{Resource: job, ID: "run0", Attempt: 1, State: pipewright.RunFailed, Started: at(0), Ended: at(1)}}
	next.Schemas = schema(-1, "id text").Schemas
	in, fed := watching(t, s, source("a", week, next))
	for range 2 {
		_, err := in.Poll(t.Context(), at(1))
		require.NoError(t, err)
	}
	for _, id := range []pipewright.ResourceID{job, table} {
		got, err := fed.Facts(t.Context(), resource(id), at(1))
		require.NoError(t, err)
		want, err := intake.Gather(t.Context(), s, resource(id), at(1))
		require.NoError(t, err)
		assert.Equal(t, want.Runs, got.Runs)
		assert.Equal(t, want.Lines, got.Lines)
		assert.Equal(t, want.Series, got.Series)
		assert.Equal(t, want.Past, got.Past)
		assert.Equal(t, len(want.Schemas), len(got.Schemas))
		assert.Equal(t, detect.Detect(want), detect.Detect(got))
	}
	got, err := fed.Facts(t.Context(), resource(job), at(1))
	require.NoError(t, err)
	assert.True(t, got.Past["rows"].Known(), "eight days are a past")
	assert.Equal(t, at(1), got.ReadTo)
}

func TestAfterARestartThePastIsReadAndThenFed(t *testing.T) {
	s := openStore(t)
	in, _ := watching(t, s, source("a", days(1)))
	_, err := in.Poll(t.Context(), noon)
	require.NoError(t, err)

	in, recent := watching(t, s, source("b", pipewright.Batch{Points: []pipewright.Point{point("rows", 1, 70)}}, pipewright.Batch{Points: []pipewright.Point{point("rows", 2, 71)}}))
	_, err = in.Poll(t.Context(), at(1))
	require.NoError(t, err)
	f, err := recent.Facts(t.Context(), resource(job), at(1))
	require.NoError(t, err)
	n := len(f.Series["rows"])
	assert.Greater(t, n, 500)
	assert.InDelta(t, 70, f.Series["rows"][n-1].Value, 0)
	_, err = in.Poll(t.Context(), at(2))
	require.NoError(t, err)
	f, err = recent.Facts(t.Context(), resource(job), at(2))
	require.NoError(t, err)
	assert.InDelta(t, 71, f.Series["rows"][len(f.Series["rows"])-1].Value, 0)
	assert.InDelta(t, 70, f.Series["rows"][len(f.Series["rows"])-2].Value, 0)
}

// Facts that were handed out stay as they were, whatever arrives later, late or again.
func TestFactsDoNotChangeAfterwards(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, err := intake.NewRecent(t.Context(), empty{}, nil)
		require.NoError(t, err)
		var taken []detect.Facts
		var copies []string
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			m := float64(rapid.IntRange(-30, 30).Draw(t, "at"))
			id := fmt.Sprint("r", rapid.IntRange(0, 3).Draw(t, "run"))
			r.Feed(pipewright.Batch{
				Points: []pipewright.Point{point("rows", m, rapid.Float64Range(0, 9).Draw(t, "value"))},
				Lines:  []pipewright.LogLine{line(m, "x")},
				Runs:   []pipewright.Run{{Resource: job, ID: id, State: rapid.SampledFrom([]pipewright.RunState{"running", "failed"}).Draw(t, "state"), Started: at(m)}},
			}, at(m))
			f, err := r.Facts(t.Context(), resource(job), at(m))
			require.NoError(t, err)
			taken, copies = append(taken, f), append(copies, dump(f))
		}
		for i, f := range taken {
			require.Equal(t, copies[i], dump(f))
			require.IsIncreasing(t, append(times(f), at(99)))
		}
	})
}

// times are the moments of the samples; one more than needed, so that none is fine.
func times(f detect.Facts) []time.Time {
	out := []time.Time{at(-99)}
	for _, p := range f.Series["rows"] {
		out = append(out, p.At)
	}
	return out
}

func TestAFloodOfLinesKeepsItsBeginningAndItsEnd(t *testing.T) {
	r, err := intake.NewRecent(t.Context(), empty{}, nil)
	require.NoError(t, err)
	for i := range 5000 {
		r.Feed(lines(line(float64(i)/100, fmt.Sprint(i))), noon)
	}
	f, err := r.Facts(t.Context(), resource(job), at(50))
	require.NoError(t, err)
	assert.Equal(t, noon, f.Lines[0].At)
	assert.Equal(t, "4999", f.Lines[len(f.Lines)-1].Text)
	assert.Less(t, len(f.Lines), 100)
	got := detect.Detect(f)
	require.Len(t, got, 1)
	assert.Equal(t, noon, got[0].At)
}

// broken is a store of which single parts cannot be read.
type broken struct {
	*sqlite.Store
	err error
}

func (b *broken) Runs(ctx context.Context, q pipewright.RunQuery) ([]pipewright.Run, error) {
	if b.err != nil {
		return nil, b.err
	}
	return b.Store.Runs(ctx, q)
}

func TestWhatCannotBeReadIsNamed(t *testing.T) {
	s := openStore(t)
	in, _ := watching(t, s, source("a", days(1)))
	_, err := in.Poll(t.Context(), noon)
	require.NoError(t, err)
	tel := &broken{s, errors.New("disk I/O error")}
	r, err := intake.NewRecent(t.Context(), tel, nil)
	require.NoError(t, err)
	f, err := r.Facts(t.Context(), resource(job), noon)
	require.ErrorContains(t, err, "disk I/O error")
	assert.Equal(t, []detect.Part{detect.PartRuns}, f.Unread)
	assert.NotEmpty(t, f.Series, "the rest was read")
	failed := pipewright.Signal{Kind: pipewright.RunFailedSignal, Resource: job, At: at(-100)}
	assert.Equal(t, detect.StatusUnknown, detect.Still(failed, f, at(-50)))

	tel.err = nil
	f, err = r.Facts(t.Context(), resource(job), noon)
	require.NoError(t, err)
	assert.Empty(t, f.Unread)
	assert.Equal(t, detect.StatusGone, detect.Still(failed, f, at(-50)))
}

func TestOthersAreHeard(t *testing.T) {
	r, err := intake.NewRecent(t.Context(), empty{}, nil)
	require.NoError(t, err)
	others := func(id pipewright.ResourceID) time.Time {
		f, err := r.Facts(t.Context(), resource(id), noon)
		require.NoError(t, err)
		return f.Others
	}
	assert.True(t, others(job).IsZero())
	r.Feed(pipewright.Batch{Points: []pipewright.Point{point("rows", -9, 1), point("rows", -8, 1)}}, noon)
	assert.True(t, others(job).IsZero())
	assert.Equal(t, at(-8), others(table))
	other := point("rows", -5, 1)
	other.Resource = table
	r.Feed(pipewright.Batch{Points: []pipewright.Point{other}}, noon)
	assert.Equal(t, at(-5), others(job))
	assert.Equal(t, at(-8), others(table))
	other.At = at(-1)
	r.Feed(pipewright.Batch{Points: []pipewright.Point{other}}, noon)
	assert.Equal(t, at(-1), others(job))
	assert.Equal(t, at(-8), others(table))
}

// empty is a store that holds nothing.
type empty struct{ tools.Telemetry }

func (empty) Resources(context.Context) ([]pipewright.Resource, error) { return nil, nil }

// minute is one minute of a shop: thirty resources with five metrics each, and
// a few lines and runs.
func minute(m int) pipewright.Batch {
	var b pipewright.Batch
	for r := range 30 {
		id := pipewright.ResourceID(fmt.Sprint("glue:job/j", r))
		for k := range 5 {
			b.Points = append(b.Points, pipewright.Point{Resource: id, Metric: fmt.Sprint("metric_", k), At: at(float64(m)), Value: float64(m % 7)})
		}
		if (m+r)%15 == 0 {
			b.Runs = append(b.Runs, pipewright.Run{Resource: id, ID: fmt.Sprint(m), State: pipewright.RunSucceeded, Started: at(float64(m - 3)), Ended: at(float64(m))})
		}
		if r%2 == 0 {
			b.Lines = append(b.Lines, pipewright.LogLine{Resource: id, At: at(float64(m)), Level: pipewright.Info, Text: fmt.Sprint("finished stage ", m, " of ", r)})
		}
	}
	return b
}

// endless brings one more minute at each poll.
type endless struct{ m int }

func (e *endless) Name() string { return "endless" }

func (e *endless) Poll(context.Context, string, time.Time) (pipewright.Batch, error) {
	e.m++
	b := minute(e.m)
	b.Cursor = fmt.Sprint(e.m)
	return b, nil
}

func BenchmarkPoll(b *testing.B) {
	src := &endless{}
	in, _ := watching(b, openStore(b), src)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := in.Poll(b.Context(), at(float64(src.m+1))); err != nil {
			b.Fatal(err)
		}
	}
}

// One look at all thirty resources of the shop: facts and detectors.
func BenchmarkLook(b *testing.B) {
	r, err := intake.NewRecent(b.Context(), empty{}, nil)
	require.NoError(b, err)
	for m := range 8 * 24 * 60 {
		r.Feed(minute(m), at(float64(m)))
	}
	now := at(8 * 24 * 60)
	b.ReportAllocs()
	for b.Loop() {
		for i := range 30 {
			f, err := r.Facts(b.Context(), resource(pipewright.ResourceID(fmt.Sprint("glue:job/j", i))), now)
			if err != nil {
				b.Fatal(err)
			}
			detect.Detect(f)
		}
	}
}

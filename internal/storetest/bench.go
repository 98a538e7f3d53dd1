package storetest

import (
	"context"
	"fmt"
	"testing"
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/heal"
	"github.com/stretchr/testify/require"
)

// began is when the benchmarks' week begins.
var began = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)

// week is seven days of a platform of 30 resources: 5 metrics each every
// ten minutes (151,200 points), 60,000 lines, 10,080 runs.
func week() (b pipewright.Batch) {
	const resources, span = 30, 7 * 24 * time.Hour
	name := func(i int) pipewright.ResourceID {
		return pipewright.ResourceID(fmt.Sprintf("glue:job/job_%d", i%resources))
	}
	for at := began; at.Before(began.Add(span)); at = at.Add(10 * time.Minute) {
		for r := range resources {
			for m := range 5 {
				b.Points = append(b.Points, pipewright.Point{Resource: name(r), Metric: fmt.Sprintf("metric_%d_percent", m), At: at, Value: float64(r * m)})
			}
		}
	}
	for i := range 60_000 {
		b.Lines = append(b.Lines, pipewright.LogLine{Resource: name(i), At: began.Add(span / 60_000 * time.Duration(i)), Level: pipewright.Info, Run: fmt.Sprintf("jr_%d", i/60),
			Text: fmt.Sprintf("INFO Executor: Finished task %d.0 in stage %d.0 (TID %d) in %d ms on etl-worker-1 (executor driver)", i%200, i%7, i, i%977)})
	}
	for i := range 10_080 {
		at := began.Add(span / 10_080 * time.Duration(i))
		b.Runs = append(b.Runs, pipewright.Run{Resource: name(i), ID: fmt.Sprintf("jr_%d", i), State: pipewright.RunSucceeded, Started: at, Ended: at.Add(5 * time.Minute), Detail: map[string]string{"rows": "1200"}})
	}
	return b
}

func (b Backend) filled(tb *testing.B) Store {
	s := b.Open(tb, b.Fresh(tb))
	tb.Cleanup(func() { _ = s.Close() })
	_, err := s.Ingest(context.Background(), week())
	require.NoError(tb, err)
	return s
}

// Bench measures what the loop, intake and people wait for.
func Bench(b *testing.B, k Backend) {
	for _, in := range []struct {
		name, unit string
		keep       func(pipewright.Batch) (pipewright.Batch, int)
	}{
		{"lines", "lines/s", func(w pipewright.Batch) (pipewright.Batch, int) {
			return pipewright.Batch{Lines: w.Lines}, len(w.Lines)
		}},
		{"points", "points/s", func(w pipewright.Batch) (pipewright.Batch, int) {
			return pipewright.Batch{Points: w.Points}, len(w.Points)
		}},
		{"week", "weeks/s", func(w pipewright.Batch) (pipewright.Batch, int) { return w, 1 }},
	} {
		b.Run("ingest "+in.name, func(b *testing.B) { benchIngest(b, k, in.keep, in.unit) })
	}
	b.Run("ingest poll", func(b *testing.B) { benchPoll(b, k) })
	b.Run("commit", func(b *testing.B) { benchCommit(b, k) })
	b.Run("audit verify 10000", func(b *testing.B) { benchVerify(b, k) })
	b.Run("query", func(b *testing.B) { benchQueries(b, k) })
}

func benchIngest(b *testing.B, k Backend, keep func(pipewright.Batch) (pipewright.Batch, int), unit string) {
	batch, n := keep(week())
	for b.Loop() {
		b.StopTimer()
		s := k.Open(b, k.Fresh(b))
		b.StartTimer()
		_, err := s.Ingest(context.Background(), batch)
		require.NoError(b, err)
		b.StopTimer()
		require.NoError(b, s.Close())
		b.StartTimer()
	}
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), unit)
}

// benchPoll is a poll of a quiet system: a few points and lines.
func benchPoll(b *testing.B, k Backend) {
	s := k.filled(b)
	n := 0
	for b.Loop() {
		n++
		at := began.AddDate(0, 0, 8).Add(time.Duration(n) * time.Second)
		batch := pipewright.Batch{Source: "bench", Cursor: fmt.Sprint(n)}
		for r := range 20 {
			id := pipewright.ResourceID(fmt.Sprintf("glue:job/job_%d", r))
			batch.Points = append(batch.Points, pipewright.Point{Resource: id, Metric: "metric_1_percent", At: at, Value: float64(n)})
			batch.Lines = append(batch.Lines, pipewright.LogLine{Resource: id, At: at, Text: "INFO Executor: Running task 1.0 in stage 2.0"})
		}
		_, err := s.Ingest(context.Background(), batch)
		require.NoError(b, err)
	}
}

func benchCommit(b *testing.B, k Backend) {
	s := k.Open(b, k.Fresh(b))
	defer s.Close()
	n := 0
	for b.Loop() {
		n++
		_, err := s.Commit(context.Background(), heal.Entry{Events: []pipewright.Event{{At: began, Incident: fmt.Sprintf("inc-%04d", n), To: pipewright.Open, Resource: "glue:job/a"}}})
		require.NoError(b, err)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "commits/s")
}

func benchVerify(b *testing.B, k Backend) {
	s := k.Open(b, k.Fresh(b))
	defer s.Close()
	var e heal.Entry
	for n := range 10_000 {
		e.Events = append(e.Events, pipewright.Event{At: began, Incident: fmt.Sprintf("inc-%04d", n), To: pipewright.Open, Resource: "glue:job/a"})
	}
	_, err := s.Commit(context.Background(), e)
	require.NoError(b, err)
	for b.Loop() {
		report, err := s.AuditVerify(context.Background())
		require.NoError(b, err)
		require.True(b, report.OK())
	}
}

func benchQueries(b *testing.B, k Backend) {
	s := k.filled(b)
	ctx := context.Background()
	job := []pipewright.ResourceID{"glue:job/job_7"}
	hour := pipewright.Window{Start: began.AddDate(0, 0, 5), End: began.AddDate(0, 0, 5).Add(time.Hour)}
	day := pipewright.Window{Start: began.AddDate(0, 0, 5), End: began.AddDate(0, 0, 6)}
	for _, q := range []struct {
		name string
		run  func() (int, error)
	}{
		{"points of a day", func() (int, error) {
			p, err := s.Points(ctx, pipewright.PointQuery{Resource: job[0], Metric: "metric_1_percent", Window: day})
			return len(p), err
		}},
		{"lines of a job in an hour", func() (int, error) {
			l, err := s.Logs(ctx, pipewright.LogQuery{Resources: job, Window: hour})
			return len(l), err
		}},
		{"lines of all in an hour", func() (int, error) {
			l, err := s.Logs(ctx, pipewright.LogQuery{Window: hour})
			return len(l), err
		}},
		{"newest 20 lines of a job", func() (int, error) {
			l, err := s.Logs(ctx, pipewright.LogQuery{Resources: job, Newest: true, Limit: 20})
			return len(l), err
		}},
		{"newest 20 lines of all", func() (int, error) {
			l, err := s.Logs(ctx, pipewright.LogQuery{Newest: true, Limit: 20})
			return len(l), err
		}},
		{"count of a job in a day", func() (int, error) {
			return s.CountLogs(ctx, pipewright.LogQuery{Resources: job, Window: day})
		}},
		{"runs of a job", func() (int, error) {
			r, err := s.Runs(ctx, pipewright.RunQuery{Resources: job})
			return len(r), err
		}},
		{"newest 20 runs of a job", func() (int, error) {
			r, err := s.Runs(ctx, pipewright.RunQuery{Resources: job, Limit: 20})
			return len(r), err
		}},
		{"rare word of a job in an hour", func() (int, error) {
			l, err := s.Logs(ctx, pipewright.LogQuery{Resources: job, Window: hour, Text: "12345"})
			return len(l) + 1, err
		}},
		{"search of a common word", func() (int, error) {
			h, err := s.SearchLogs(ctx, pipewright.LogQuery{Text: "finished", Limit: 20})
			return len(h), err
		}},
		{"search of a rare word", func() (int, error) {
			h, err := s.SearchLogs(ctx, pipewright.LogQuery{Text: "TID 12345", Limit: 20})
			return len(h), err
		}},
	} {
		b.Run(q.name, func(b *testing.B) {
			for b.Loop() {
				n, err := q.run()
				require.NoError(b, err)
				require.NotZero(b, n)
			}
		})
	}
}

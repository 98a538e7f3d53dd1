package storetest

import (
	"context"
	"math"
	"slices"
	"testing"
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func ingest(t testing.TB, s Store, batch pipewright.Batch) pipewright.Batch {
	t.Helper()
	fresh, err := s.Ingest(context.Background(), batch)
	require.NoError(t, err)
	return fresh
}

func runTelemetry(t *testing.T, b Backend) {
	ctx := context.Background()
	const table pipewright.ResourceID = "postgres:table/shop.orders"

	t.Run("the cursor is stored with its batch", func(t *testing.T) {
		name := b.Fresh(t)
		s := b.Open(t, name)
		none, err := s.Cursor(ctx, "glue")
		require.NoError(t, err)
		assert.Empty(t, none)
		ingest(t, s, pipewright.Batch{Source: "glue", Cursor: "7", Lines: []pipewright.LogLine{{Resource: orders, At: start, Text: "x"}}})
		ingest(t, s, pipewright.Batch{Source: "glue", Cursor: "8"})
		require.NoError(t, s.Close())
		got, err := b.open(t, name).Cursor(ctx, "glue")
		require.NoError(t, err)
		assert.Equal(t, "8", got)
	})

	t.Run("a batch that cannot be stored leaves nothing, nor its cursor", func(t *testing.T) {
		s := b.fresh(t)
		_, err := s.Ingest(ctx, pipewright.Batch{Source: "glue", Cursor: "7", Lines: []pipewright.LogLine{{Resource: orders, At: start, Text: "x"}},
			Changes: []pipewright.Change{{Resource: orders, At: start}}})
		assert.Equal(t, pipewright.Invalid, pipewright.KindOf(err), "%v", err)
		cursor, err := s.Cursor(ctx, "glue")
		require.NoError(t, err)
		assert.Empty(t, cursor)
		n, err := s.CountLogs(ctx, pipewright.LogQuery{})
		require.NoError(t, err)
		assert.Zero(t, n)
	})

	t.Run("a batch that comes again brings nothing new", func(t *testing.T) {
		s := b.fresh(t)
		batch := everything()
		fresh := ingest(t, s, batch)
		assert.Equal(t, batch.Resources, fresh.Resources)
		assert.Equal(t, batch.Edges, fresh.Edges)
		assert.Equal(t, batch.Points, fresh.Points)
		assert.Equal(t, batch.Runs, fresh.Runs)
		assert.Equal(t, batch.Changes, fresh.Changes)
		assert.Equal(t, batch.Schemas, fresh.Schemas)
		assert.Equal(t, batch.Settings, fresh.Settings)
		assert.Len(t, fresh.Lines, len(batch.Lines))
		before := observed(t, s)
		again := ingest(t, s, batch)
		assert.True(t, again.Empty(), "%+v", again)
		assert.Equal(t, before, observed(t, s))
	})

	t.Run("what was stored reads back", func(t *testing.T) {
		s := b.fresh(t)
		batch := everything()
		ingest(t, s, batch)
		got := observed(t, s)
		for i := range got.Lines {
			got.Lines[i].Line = 0
		}
		for i := range batch.Lines {
			batch.Lines[i].UID = "" // the source's name is not kept
		}
		assert.Equal(t, batch.Lines, got.Lines)
		assert.Equal(t, batch.Points, got.Points)
		assert.Equal(t, batch.Runs, got.Runs)
		assert.Equal(t, batch.Changes, got.Changes)
		assert.Equal(t, batch.Schemas, got.Schemas)
		assert.Equal(t, batch.Settings, got.Settings)
	})

	t.Run("points: a later value replaces, late points find their place, NaN is none", func(t *testing.T) {
		s := b.fresh(t)
		p := func(minute int, v float64) pipewright.Point {
			return pipewright.Point{Resource: orders, Metric: "cpu_percent", At: minutes(minute), Value: v}
		}
		ingest(t, s, pipewright.Batch{Points: []pipewright.Point{p(3, 3), p(1, 1), p(4, math.NaN()), p(5, math.Inf(1))}})
		fresh := ingest(t, s, pipewright.Batch{Points: []pipewright.Point{p(2, 2), p(1, 10), p(3, 3)}})
		assert.Equal(t, []pipewright.Point{p(2, 2), p(1, 10)}, fresh.Points)
		got, err := s.Points(ctx, pipewright.PointQuery{Resource: orders, Metric: "cpu_percent"})
		require.NoError(t, err)
		assert.Equal(t, []pipewright.Point{p(1, 10), p(2, 2), p(3, 3)}, got)
		got, err = s.Points(ctx, pipewright.PointQuery{Resource: orders, Window: pipewright.Window{Start: minutes(1), End: minutes(3)}, Limit: 1})
		require.NoError(t, err)
		assert.Equal(t, []pipewright.Point{p(2, 2)}, got)
	})

	t.Run("points of every metric of a resource, oldest first", func(t *testing.T) {
		s := b.fresh(t)
		var want []pipewright.Point
		for m := range 3 {
			for _, metric := range []string{"cpu_percent", "memory_percent"} {
				want = append(want, pipewright.Point{Resource: orders, Metric: metric, At: minutes(m), Value: float64(m)})
			}
		}
		ingest(t, s, pipewright.Batch{Points: append(want, pipewright.Point{Resource: "glue:job/other", Metric: "cpu_percent", At: start})})
		got, err := s.Points(ctx, pipewright.PointQuery{Resource: orders})
		require.NoError(t, err)
		assert.Equal(t, want, got)
		series, err := s.Series(ctx, orders)
		require.NoError(t, err)
		assert.Equal(t, []pipewright.SeriesName{{Resource: orders, Metric: "cpu_percent"}, {Resource: orders, Metric: "memory_percent"}}, series)
		series, err = s.Series(ctx, "")
		require.NoError(t, err)
		assert.Len(t, series, 3)
	})

	t.Run("runs: the later observation wins, but a done run never moves back", func(t *testing.T) {
		s := b.fresh(t)
		run := pipewright.Run{Resource: orders, ID: "jr_1", Attempt: 1, State: pipewright.RunRunning, Started: start}
		done := run
		done.State, done.Ended, done.Error, done.Detail = pipewright.RunFailed, minutes(5), "OutOfMemoryError", map[string]string{"memory_mb": "4096"}
		retried := run
		retried.Attempt, retried.Started = 2, minutes(6)
		assert.Len(t, ingest(t, s, pipewright.Batch{Runs: []pipewright.Run{run}}).Runs, 1)
		assert.Len(t, ingest(t, s, pipewright.Batch{Runs: []pipewright.Run{done, run}}).Runs, 1)
		assert.Empty(t, ingest(t, s, pipewright.Batch{Runs: []pipewright.Run{run, done}}).Runs)
		corrected := done
		corrected.State = pipewright.RunCancelled
		assert.Len(t, ingest(t, s, pipewright.Batch{Runs: []pipewright.Run{corrected, retried}}).Runs, 2)

		got, err := s.Runs(ctx, pipewright.RunQuery{Resources: []pipewright.ResourceID{orders}})
		require.NoError(t, err)
		assert.Equal(t, []pipewright.Run{corrected, retried}, got)
		for name, q := range map[string]pipewright.RunQuery{
			"by state":  {States: []pipewright.RunState{pipewright.RunRunning}},
			"by window": {Window: pipewright.Window{Start: minutes(6)}},
			"newest":    {Limit: 1},
		} {
			got, err := s.Runs(ctx, q)
			require.NoError(t, err)
			assert.Equal(t, []pipewright.Run{retried}, got, name)
		}
		got, err = s.Runs(ctx, pipewright.RunQuery{ID: "jr_2"})
		require.NoError(t, err)
		assert.Empty(t, got)
	})

	t.Run("changes: one for each id, by kind, resource and window", func(t *testing.T) {
		s := b.fresh(t)
		c := pipewright.Change{ID: "c1", Resource: table, At: start, Kind: pipewright.ChangeSchema, Summary: "renamed"}
		seen := c
		seen.Summary = "seen again"
		v := pipewright.Change{ID: "c2", Resource: orders, At: minutes(1), Kind: pipewright.ChangeVersion, Before: "1", After: "2", By: "ana"}
		assert.Len(t, ingest(t, s, pipewright.Batch{Changes: []pipewright.Change{v, c, seen}}).Changes, 2)
		for name, q := range map[string]pipewright.ChangeQuery{
			"by kind":     {Kinds: []pipewright.ChangeKind{pipewright.ChangeSchema}},
			"by resource": {Resources: []pipewright.ResourceID{table}},
			"by window":   {Window: pipewright.Window{End: minutes(1)}},
		} {
			got, err := s.Changes(ctx, q)
			require.NoError(t, err)
			assert.Equal(t, []pipewright.Change{c}, got, name)
		}
		got, err := s.Changes(ctx, pipewright.ChangeQuery{})
		require.NoError(t, err)
		assert.Equal(t, []pipewright.Change{c, v}, got)
	})

	t.Run("schemas: stored only when the columns differ, samples refreshed", func(t *testing.T) {
		s := b.fresh(t)
		_, found, err := s.LastSchema(ctx, table)
		require.NoError(t, err)
		assert.False(t, found)
		snap := func(minute int, sample, name string) pipewright.Schema {
			return pipewright.Schema{Resource: table, At: minutes(minute), Columns: []pipewright.Column{{Name: name, Type: "bigint", Sample: []string{sample}}}}
		}
		ingest(t, s, pipewright.Batch{Schemas: []pipewright.Schema{snap(0, "a", "customer_id")}})
		assert.Empty(t, ingest(t, s, pipewright.Batch{Schemas: []pipewright.Schema{snap(1, "b", "customer_id")}}).Schemas)
		renamed := snap(2, "b", "buyer_id")
		assert.Len(t, ingest(t, s, pipewright.Batch{Schemas: []pipewright.Schema{renamed}}).Schemas, 1)

		last, found, err := s.LastSchema(ctx, table)
		require.NoError(t, err)
		assert.True(t, found)
		assert.Equal(t, renamed, last)
		all, err := s.Schemas(ctx, table, pipewright.Window{}, 10)
		require.NoError(t, err)
		assert.Equal(t, []pipewright.Schema{snap(0, "b", "customer_id"), renamed}, all)
		newest, err := s.Schemas(ctx, table, pipewright.Window{End: minutes(2)}, 1)
		require.NoError(t, err)
		assert.Equal(t, all[:1], newest)
	})

	t.Run("settings: the newest value of each key", func(t *testing.T) {
		s := b.fresh(t)
		set := func(minute int, key, value string) pipewright.Setting {
			return pipewright.Setting{Resource: orders, At: minutes(minute), Key: key, Value: value, Kind: pipewright.ChangeConfig}
		}
		fresh := ingest(t, s, pipewright.Batch{Settings: []pipewright.Setting{set(0, "memory_mb", "4096"), set(1, "memory_mb", "4096"), set(2, "memory_mb", "8192"), set(1, "image", "a:1")}})
		assert.Equal(t, []pipewright.Setting{set(0, "memory_mb", "4096"), set(2, "memory_mb", "8192"), set(1, "image", "a:1")}, fresh.Settings)
		ingest(t, s, pipewright.Batch{Settings: []pipewright.Setting{set(-5, "memory_mb", "2048")}})
		last, err := s.LastSettings(ctx, orders)
		require.NoError(t, err)
		assert.Equal(t, []pipewright.Setting{set(1, "image", "a:1"), set(2, "memory_mb", "8192")}, last)
	})

	t.Run("resources: labels are merged, and seen from first to last", func(t *testing.T) {
		s := b.fresh(t)
		ingest(t, s, pipewright.Batch{Resources: []pipewright.Resource{{ID: orders, Labels: map[string]string{"env": "prod", "team": "data"}, FirstSeen: minutes(5), LastSeen: minutes(5)}}})
		fresh := ingest(t, s, pipewright.Batch{Resources: []pipewright.Resource{{ID: orders, Labels: map[string]string{"team": "ml"}, FirstSeen: minutes(3), LastSeen: minutes(9)}}})
		want := pipewright.Resource{ID: orders, Labels: map[string]string{"env": "prod", "team": "ml"}, FirstSeen: minutes(3), LastSeen: minutes(9)}
		require.Len(t, fresh.Resources, 1)
		assert.Equal(t, want.Labels, fresh.Resources[0].Labels)
		ingest(t, s, pipewright.Batch{Lines: []pipewright.LogLine{{Resource: "glue:job/a", At: start, Text: "x"}, {Resource: orders, At: minutes(7), Text: "x"}}})
		got, err := s.Resources(ctx)
		require.NoError(t, err)
		assert.Equal(t, []pipewright.Resource{{ID: "glue:job/a", Labels: map[string]string{}, FirstSeen: start, LastSeen: start}, want}, got)
	})

	t.Run("an edge alone makes nothing observed", func(t *testing.T) {
		s := b.fresh(t)
		ingest(t, s, pipewright.Batch{Edges: []pipewright.Edge{{Up: table, Down: orders}}})
		got, err := s.Resources(ctx)
		require.NoError(t, err)
		assert.Empty(t, got)
		topology, err := s.Lineage(ctx)
		require.NoError(t, err)
		assert.Equal(t, []pipewright.ResourceID{table}, topology.Upstream(orders, 3))
	})

	t.Run("a resource that nobody saw has nothing, which is no error", func(t *testing.T) {
		s := b.fresh(t)
		ingest(t, s, everything())
		none := []pipewright.ResourceID{"glue:job/none"}
		lines, err := s.Logs(ctx, pipewright.LogQuery{Resources: none})
		require.NoError(t, err)
		runs, err := s.Runs(ctx, pipewright.RunQuery{Resources: none})
		require.NoError(t, err)
		changes, err := s.Changes(ctx, pipewright.ChangeQuery{Resources: none})
		require.NoError(t, err)
		points, err := s.Points(ctx, pipewright.PointQuery{Resource: none[0]})
		require.NoError(t, err)
		schemas, err := s.Schemas(ctx, none[0], pipewright.Window{}, 2)
		require.NoError(t, err)
		assert.Empty(t, len(lines)+len(runs)+len(changes)+len(points)+len(schemas))
	})

	t.Run("an observation of nothing is invalid", func(t *testing.T) {
		_, err := b.fresh(t).Ingest(ctx, pipewright.Batch{Points: []pipewright.Point{{Metric: "cpu_percent", At: start}}})
		assert.Equal(t, pipewright.Invalid, pipewright.KindOf(err), "%v", err)
	})

	t.Run("times beyond what fits are clamped, not wrapped", func(t *testing.T) {
		s := b.fresh(t)
		far := time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
		ingest(t, s, pipewright.Batch{Lines: []pipewright.LogLine{{Resource: orders, At: far, Text: "far"}, {Resource: orders, At: start, Text: "now"}}})
		lines, err := s.Logs(ctx, pipewright.LogQuery{Window: pipewright.Window{Start: minutes(1)}})
		require.NoError(t, err)
		require.Len(t, lines, 1)
		assert.Equal(t, "far", lines[0].Text)
	})
}

// everything is a batch with some of each observation, in the order readers
// return them.
func everything() pipewright.Batch {
	const table pipewright.ResourceID = "postgres:table/shop.orders"
	return pipewright.Batch{
		Source: "test", Cursor: "1",
		Resources: []pipewright.Resource{{ID: orders, Labels: map[string]string{"env": "prod"}, FirstSeen: start, LastSeen: minutes(2)}},
		Edges:     []pipewright.Edge{{Up: table, Down: orders}},
		Lines: []pipewright.LogLine{
			{Resource: orders, At: start, Level: pipewright.Info, Text: "begin", Run: "jr_1", UID: "0"},
			{Resource: orders, At: start, Level: pipewright.Info, Text: "same words"},
			{Resource: orders, At: start, Level: pipewright.Info, Text: "same words"},
			{Resource: orders, At: minutes(1), Level: pipewright.Err, Text: "psycopg.errors.UndefinedColumn: column \"customer_id\" does not exist\n  at line 3", Run: "jr_1"},
		},
		Points:   []pipewright.Point{{Resource: orders, Metric: "cpu_percent", At: start, Value: 12.5}, {Resource: orders, Metric: "cpu_percent", At: minutes(1), Value: -0.1}},
		Runs:     []pipewright.Run{{Resource: orders, ID: "jr_1", Attempt: 1, State: pipewright.RunFailed, Started: start, Ended: minutes(1), Error: "failed", Detail: map[string]string{"rows": "7"}}},
		Changes:  []pipewright.Change{{ID: "c1", Resource: table, At: start, Kind: pipewright.ChangeSchema, Summary: "renamed", Before: "a", After: "b", By: "ana"}},
		Schemas:  []pipewright.Schema{{Resource: table, At: start, Columns: []pipewright.Column{{Name: "customer_id", Type: "bigint", Nullable: true, Sample: []string{"h1"}}}}},
		Settings: []pipewright.Setting{{Resource: orders, At: start, Key: "memory_mb", Value: "4096", Kind: pipewright.ChangeConfig, By: "ana"}},
	}
}

// observed is the telemetry that is stored of the resources, of all without any.
func observed(t require.TestingT, s Store, of ...pipewright.ResourceID) (b pipewright.Batch) {
	ctx := context.Background()
	all, err := s.Resources(ctx)
	require.NoError(t, err)
	for _, r := range all {
		if len(of) == 0 || slices.Contains(of, r.ID) {
			b.Resources = append(b.Resources, r)
		}
	}
	b.Lines, err = s.Logs(ctx, pipewright.LogQuery{Resources: of, Limit: 100_000})
	require.NoError(t, err)
	b.Runs, err = s.Runs(ctx, pipewright.RunQuery{Resources: of, Limit: 100_000})
	require.NoError(t, err)
	b.Changes, err = s.Changes(ctx, pipewright.ChangeQuery{Resources: of, Limit: 100_000})
	require.NoError(t, err)
	for _, r := range b.Resources {
		points, err := s.Points(ctx, pipewright.PointQuery{Resource: r.ID})
		require.NoError(t, err)
		settings, err := s.LastSettings(ctx, r.ID)
		require.NoError(t, err)
		schemas, err := s.Schemas(ctx, r.ID, pipewright.Window{}, 0)
		require.NoError(t, err)
		b.Points, b.Settings, b.Schemas = append(b.Points, points...), append(b.Settings, settings...), append(b.Schemas, schemas...)
	}
	return b
}

//go:build unix

package killtest

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/tools/plant"
)

func asJSON(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	require.NoError(t, err)
	return string(b)
}

// books counts records by what they are.
type books map[string]int

func (b books) add(form string, args ...any) { b[fmt.Sprintf(form, args...)]++ }

// entries writes what a batch holds into books, so that two can be compared.
// The text of a log line is left out: it is redacted on its way in.
func entries(b pipewright.Batch) books {
	out := books{}
	for _, l := range b.Lines {
		out.add("line %s %d %s %s", l.Resource, l.At.UnixNano(), l.Level, l.Run)
	}
	for _, p := range b.Points {
		out.add("point %s %s %d %v", p.Resource, p.Metric, p.At.UnixNano(), p.Value)
	}
	for _, r := range b.Runs {
		out.add("run %s %s %d %s %d", r.Resource, r.ID, r.Attempt, r.State, r.Ended.UnixNano())
	}
	for _, c := range b.Changes {
		out.add("change %s %s %d", c.Resource, c.ID, c.At.UnixNano())
	}
	return out
}

// requireAllTelemetry compares what the plant reported up to the cursor with
// what is stored: nothing lost, nothing twice.
func requireAllTelemetry(t *testing.T, w *world, db string) int {
	t.Helper()
	ctx := context.Background()
	s := openBooks(t, db)
	defer func() { assert.NoError(t, s.Close()) }()
	cursor, err := s.Cursor(ctx, "plant")
	require.NoError(t, err)
	upto, err := time.Parse(time.RFC3339Nano, cursor)
	require.NoError(t, err)
	reported, err := plant.Dial(w.url).Observe(ctx, time.Time{}, upto)
	require.NoError(t, err)
	want, have := entries(reported), entries(stored(t, s))
	var wrong []string
	for _, what := range slices.Sorted(maps.Keys(want)) {
		if have[what] != want[what] {
			wrong = append(wrong, fmt.Sprintf("%s: reported %d, stored %d", what, want[what], have[what]))
		}
	}
	for _, what := range slices.Sorted(maps.Keys(have)) {
		if want[what] == 0 && what[:6] != "change" { // intake makes changes of its own from settings and schemas
			wrong = append(wrong, fmt.Sprintf("%s: reported 0, stored %d", what, have[what]))
		}
	}
	require.Empty(t, wrong[:min(len(wrong), 20)], "%d of %d records up to %s", len(wrong), len(want), cursor)
	requireEachMinedOnce(t, s, len(reported.Lines))
	return len(want)
}

// requireEachMinedOnce compares what the templates count with how many records there are.
func requireEachMinedOnce(t *testing.T, s bookkeeper, records int) {
	t.Helper()
	all, err := s.Templates(context.Background(), "")
	require.NoError(t, err)
	sum := int64(0)
	for _, one := range all {
		sum += one.Count
	}
	require.EqualValues(t, records, sum, "records that the templates count")
}

// stored reads all telemetry of a store.
func stored(t *testing.T, s bookkeeper) (b pipewright.Batch) {
	t.Helper()
	ctx := context.Background()
	const all = 100_000_000
	var err error
	b.Resources, err = s.Resources(ctx)
	require.NoError(t, err)
	for _, r := range b.Resources {
		points, err := s.Points(ctx, pipewright.PointQuery{Resource: r.ID, Limit: all})
		require.NoError(t, err)
		b.Points = append(b.Points, points...)
	}
	b.Lines, err = s.Logs(ctx, pipewright.LogQuery{Limit: all})
	require.NoError(t, err)
	b.Runs, err = s.Runs(ctx, pipewright.RunQuery{Limit: all})
	require.NoError(t, err)
	b.Changes, err = s.Changes(ctx, pipewright.ChangeQuery{Limit: all})
	require.NoError(t, err)
	return b
}

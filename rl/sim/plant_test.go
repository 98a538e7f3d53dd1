package sim

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
)

var start = time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)

func hash(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	require.NoError(t, err)
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// some acts, right and wrong ones, to disturb a plant with.
var some = []Act{
	{Kind: "glue.scale_up", Target: glueOrders, Key: "a"},
	{Kind: "ec2.restart", Target: worker1, Key: "b"},
	{Kind: "k8s.rollback", Target: scorer, Key: "c"},
	{Kind: "redshift.scale_up", Target: warehouseID, Key: "d"},
	{Kind: "postgres.remap", Target: tableOrders, Key: "e", Args: map[string]string{"mapping": "order_id, status"}},
}

func disturb(t *testing.T, p *Plant, step time.Duration) {
	t.Helper()
	for i, a := range some {
		at := start.Add(time.Duration(i+1) * 10 * minute)
		for p.Now().Before(at) {
			p.Advance(p.Now().Add(min(step, at.Sub(p.Now()))))
		}
		_, err := p.Act(a)
		require.NoError(t, err)
	}
	for end := start.Add(90 * minute); p.Now().Before(end); {
		p.Advance(p.Now().Add(min(step, end.Sub(p.Now()))))
	}
}

func TestTheSameSeedGivesTheSameTelemetryHoweverItIsStepped(t *testing.T) {
	options := Options{Seed: 7, Start: start, History: 24 * time.Hour, Live: true}
	whole := New(options)
	disturb(t, whole, 10*minute)
	fine := New(options)
	disturb(t, fine, 7*time.Second)
	want := whole.Observe(time.Time{}, whole.Now())
	assert.Equal(t, hash(t, want), hash(t, fine.Observe(time.Time{}, fine.Now())))
	assert.Equal(t, whole.Truth(), fine.Truth())
	assert.Equal(t, hash(t, want), hash(t, whole.Observe(time.Time{}, whole.Now())), "reading changes nothing")

	options.Seed++
	other := New(options)
	disturb(t, other, 10*minute)
	assert.NotEqual(t, hash(t, want), hash(t, other.Observe(time.Time{}, other.Now())))
}

func TestWindowsOfAnySizeAddUpToTheWhole(t *testing.T) {
	p := New(Options{Seed: 8, Start: start, History: 24 * time.Hour, Live: true})
	p.Advance(start.Add(3 * time.Hour))
	whole := p.Observe(start, p.Now())
	var sum pipewright.Batch
	for at := start; at.Before(p.Now()); {
		next := at.Add(97 * time.Second)
		b := p.Observe(at, next)
		sum.Lines, sum.Points, sum.Runs = append(sum.Lines, b.Lines...), append(sum.Points, b.Points...), append(sum.Runs, b.Runs...)
		sum.Changes, sum.Settings, sum.Schemas = append(sum.Changes, b.Changes...), append(sum.Settings, b.Settings...), append(sum.Schemas, b.Schemas...)
		at = next
	}
	assert.Equal(t, whole.Lines, sum.Lines)
	assert.Equal(t, whole.Points, sum.Points)
	assert.Equal(t, whole.Settings, sum.Settings)
	assert.Equal(t, whole.Changes, sum.Changes)
	assert.Equal(t, whole.Schemas, sum.Schemas)
	type key struct {
		pipewright.ResourceID
		id      string
		attempt int
	}
	last := map[key]pipewright.Run{}
	for _, r := range sum.Runs {
		last[key{r.Resource, r.ID, r.Attempt}] = r
	}
	assert.Len(t, whole.Runs, len(last))
	for _, r := range whole.Runs {
		assert.Equal(t, r, last[key{r.Resource, r.ID, r.Attempt}])
	}
	uids := map[string]bool{}
	for _, l := range whole.Lines {
		assert.False(t, uids[l.UID], l.UID)
		uids[l.UID] = true
	}
}

// renamed spells every resource anew and keeps the shape of its name.
func renamed(id pipewright.ResourceID) pipewright.ResourceID {
	parts := regexp.MustCompile(`[a-z0-9]+`).ReplaceAllStringFunc(id.Name(), func(s string) string {
		sum := sha256.Sum256([]byte(s))
		return "q" + hex.EncodeToString(sum[:3])
	})
	return pipewright.ResourceID(id.Kind() + "/" + parts)
}

func TestRenamingEveryResourceChangesNoNumberAndLeaksNoName(t *testing.T) {
	options := Options{Seed: 9, Start: start, History: 24 * time.Hour, Live: true}
	plain := New(options)
	options.Names = renamed
	other := New(options)
	for _, p := range []*Plant{plain, other} {
		p.Advance(start.Add(4 * time.Hour))
	}
	a, b := plain.Observe(time.Time{}, plain.Now()), other.Observe(time.Time{}, other.Now())
	require.Len(t, b.Points, len(a.Points))
	for i := range a.Points {
		a.Points[i].Resource = renamed(a.Points[i].Resource)
	}
	assert.Equal(t, a.Points, b.Points)
	require.Len(t, b.Runs, len(a.Runs))
	for i := range a.Runs {
		assert.Equal(t, []any{renamed(a.Runs[i].Resource), a.Runs[i].ID, a.Runs[i].State, a.Runs[i].Started, a.Runs[i].Ended},
			[]any{b.Runs[i].Resource, b.Runs[i].ID, b.Runs[i].State, b.Runs[i].Started, b.Runs[i].Ended})
	}
	require.Len(t, b.Lines, len(a.Lines))
	text := everything(t, b)
	for _, name := range []string{"orders_etl", "customers_etl", "fraud", "enrich", "shop", "etl-worker", "fact_orders", "dim_customers", "warehouse", "raw/", "/orders", "/customers", "id=orders"} {
		if i := strings.Index(text, name); i >= 0 {
			t.Errorf("%q leaks: %s", name, text[max(0, i-80):i+60])
		}
	}
}

// everything is all the text a batch holds.
func everything(t *testing.T, b pipewright.Batch) string {
	t.Helper()
	b.Points = nil
	for i := range b.Resources {
		b.Resources[i].Labels = nil // "team": "shop"
	}
	raw, err := json.Marshal(b)
	require.NoError(t, err)
	return string(raw)
}

func TestTheTelemetryNeverNamesACause(t *testing.T) {
	p := New(Options{Seed: 10, Start: start, FaultEvery: 6 * minute, Live: true})
	p.Advance(start.Add(12 * time.Hour))
	text := everything(t, p.Observe(time.Time{}, p.Now()))
	require.Greater(t, len(p.Truth()), 15)
	for _, f := range p.Truth() {
		assert.NotContains(t, text, f.Cause)
	}
	for _, word := range []string{"fault", "spike", "hung", "rollout_", "quiet", "sim."} {
		assert.NotContains(t, text, word)
	}
}

func TestActsAreAppliedOnceForAKey(t *testing.T) {
	p := calm(1)
	a := Act{Kind: "glue.scale_up", Target: glueOrders, Key: "k"}
	first, err := p.Act(a)
	require.NoError(t, err)
	p.Advance(p.Now().Add(minute))
	again, err := p.Act(a)
	require.NoError(t, err)
	assert.Equal(t, first, again)
	assert.Equal(t, 2.0, p.job(glueOrders).memory.limit)
	found, ok := p.Find("k")
	assert.True(t, ok)
	assert.Equal(t, first, found)
	_, ok = p.Find("other")
	assert.False(t, ok)
	refusals := []Act{
		{Kind: "glue.retry", Target: glueOrders, Key: "k"},
		{Kind: "glue.retry", Target: glueOrders},
		{Kind: "glue.retry", Target: scorer, Key: "x"},
		{Kind: "glue.dance", Target: glueOrders, Key: "x"},
		{Kind: "glue.retry", Target: "glue:job/nowhere", Key: "x"},
		{Kind: "postgres.remap", Target: tableOrders, Key: "x", Args: map[string]string{"mapping": "a=nowhere"}},
	}
	for _, a := range refusals {
		_, err := p.Act(a)
		assert.Error(t, err, "%+v", a)
	}
	assert.Len(t, p.Acts(), 1, "a refused act changes nothing")
}

func TestAReplayedPlantHasTheSameFuture(t *testing.T) {
	options := Options{Seed: 11, Start: start, History: 24 * time.Hour, Live: true}
	first := New(options)
	disturb(t, first, minute)
	resumed := New(options)
	require.NoError(t, resumed.Replay(first.Acts()))
	for _, p := range []*Plant{first, resumed} {
		p.Advance(start.Add(6 * time.Hour))
	}
	assert.Equal(t, hash(t, first.Observe(time.Time{}, first.Now())), hash(t, resumed.Observe(time.Time{}, resumed.Now())))
	for _, a := range some {
		want, _ := first.Find(a.Key)
		got, ok := resumed.Find(a.Key)
		assert.True(t, ok)
		assert.Equal(t, want, got)
	}
	assert.Error(t, resumed.Replay(first.Acts()[:1]), "an act of the past cannot be replayed")
}

func TestAnActionDoesNotReshuffleWhatItDoesNotTouch(t *testing.T) {
	options := Options{Seed: 12, Start: start, History: 24 * time.Hour}
	left, right := New(options), New(options)
	_, err := right.Act(Act{Kind: "k8s.restart", Target: scorer, Key: "k"})
	require.NoError(t, err)
	for _, p := range []*Plant{left, right} {
		p.Advance(start.Add(5 * time.Hour))
	}
	assert.Equal(t, left.Truth(), right.Truth())
	series := func(p *Plant, id pipewright.ResourceID) (out []pipewright.Point) {
		for _, pt := range p.Observe(start, p.Now()).Points {
			if pt.Resource == id {
				out = append(out, pt)
			}
		}
		return out
	}
	assert.Equal(t, series(left, shopDB), series(right, shopDB))
	assert.Equal(t, series(left, glueOrders), series(right, glueOrders))
	assert.NotEqual(t, series(left, scorer), series(right, scorer))
}

func TestTheHistoryIsRichAndTheResourcesAreWhole(t *testing.T) {
	p := New(Options{Seed: 13, Start: start})
	b := p.Observe(time.Time{}, start)
	t.Logf("%d lines, %d points, %d runs", len(b.Lines), len(b.Points), len(b.Runs))
	assert.InDelta(t, 30000, len(b.Lines), 12000)
	assert.InDelta(t, 120000, len(b.Points), 30000)
	assert.GreaterOrEqual(t, len(p.Truth()), 4, "old faults")
	for _, f := range p.Truth() {
		assert.False(t, f.End.IsZero(), "%+v is over before the start", f)
	}
	ids := map[pipewright.ResourceID]bool{}
	for _, r := range b.Resources {
		_, err := pipewright.ParseResourceID(string(r.ID))
		assert.NoError(t, err)
		ids[r.ID] = true
	}
	for _, e := range b.Edges {
		assert.True(t, ids[e.Up] && ids[e.Down], "%v", e)
	}
	lineage := pipewright.NewTopology(b.Edges)
	assert.Positive(t, lineage.Distance(shopDB, scorer, 20), "data flows from the shop to the score")
	for _, l := range b.Lines {
		require.True(t, ids[l.Resource])
	}
	at := slices.IsSortedFunc(b.Points, func(a, b pipewright.Point) int { return a.At.Compare(b.At) })
	assert.True(t, at)
}

func BenchmarkNewWithAWeekOfHistory(b *testing.B) {
	for b.Loop() {
		New(Options{Seed: 1, Start: start, Live: true})
	}
}

func BenchmarkAnHourObserved(b *testing.B) {
	p := New(Options{Seed: 1, Start: start, History: 24 * time.Hour})
	for b.Loop() {
		from := p.Now()
		p.Advance(from.Add(time.Hour))
		p.Observe(from, p.Now())
	}
}

func ExamplePlant() {
	p := New(Options{Seed: 1, Start: start, Live: true})
	r, err := p.Act(Act{Kind: "glue.scale_up", Target: "glue:job/customers_etl", Key: "pw-1"})
	fmt.Println(r.Say, err)
	// Output: customers_etl: G.2X, was G.1X <nil>
}

package plant

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/rl/sim"
	"github.com/pipewright/pipewright/tools"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var start = time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)

// healthy is a small plant in which nothing breaks.
func healthy() *sim.Plant {
	return sim.New(sim.Options{Seed: 3, Start: start, History: 24 * time.Hour, FaultEvery: -1})
}

// stored serves the snapshots of a batch as a store would.
type stored struct{ batch pipewright.Batch }

func (s stored) Changes(context.Context, pipewright.ChangeQuery) ([]pipewright.Change, error) {
	return nil, nil
}

func (s stored) Schemas(_ context.Context, table pipewright.ResourceID, _ pipewright.Window, n int) ([]pipewright.Schema, error) {
	var out []pipewright.Schema
	for _, schema := range s.batch.Schemas {
		if schema.Resource == table {
			out = append(out, schema)
		}
	}
	return out[max(0, len(out)-n):], nil
}

// serve starts a server on loopback and returns its client and its record.
func serve(t *testing.T, p *sim.Plant) (World, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "record.jsonl")
	record, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	require.NoError(t, err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- Serve(ctx, l, p, record) }()
	w := Dial("http://" + l.Addr().String())
	t.Cleanup(func() {
		w.(*remote).http.CloseIdleConnections()
		stop()
		assert.NoError(t, <-ended)
		assert.NoError(t, record.Close())
	})
	return w, path
}

func readRecord(t *testing.T, path string) []Recorded {
	t.Helper()
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	var out []Recorded
	for lines := bufio.NewScanner(bytes.NewReader(b)); lines.Scan(); {
		var r Recorded
		require.NoError(t, json.Unmarshal(lines.Bytes(), &r))
		out = append(out, r)
	}
	return out
}

func TestEveryActuatorIsDeclaredInFull(t *testing.T) {
	reg := tools.NewRegistry()
	require.NoError(t, Register(reg, Local(healthy()), stored{}))
	for _, kind := range []pipewright.ActionKind{
		"glue.retry", "glue.backoff_retry", "glue.scale_up", "airflow.retry", "airflow.backoff_retry", "airflow.restart", "airflow.cancel",
		"lambda.retry", "lambda.scale_up", "lambda.rollback", "redshift.scale_up", "redshift.cancel", "redshift.retry",
		"dms.restart", "dms.retry", "k8s.restart", "k8s.scale_up", "k8s.rollback", "postgres.remap", "postgres.cancel", "ec2.restart",
	} {
		assert.True(t, slices.ContainsFunc(reg.Declared(), func(a tools.Actuator) bool { return a.Kind == kind }), kind)
	}
}

func TestThePlantKnowsEveryActionOnEveryTarget(t *testing.T) {
	ctx, p := context.Background(), healthy()
	w := Local(p)
	resources := p.Observe(time.Time{}, p.Now()).Resources
	for _, a := range Actuators(w, stored{}) {
		acted := 0
		for _, r := range resources {
			if !slices.Contains(a.Targets, r.ID.Kind()) {
				continue
			}
			acted++
			_, err := a.Prepare(ctx, pipewright.Action{Kind: a.Kind, Target: r.ID})
			require.NoError(t, err, "%s on %s", a.Kind, r.ID)
			if _, err = a.Do(ctx, pipewright.Action{Kind: a.Kind, Target: r.ID, Key: string(a.Kind) + string(r.ID)}); err != nil {
				assert.Equal(t, pipewright.Conflict, pipewright.KindOf(err), "%s on %s: %v", a.Kind, r.ID, err)
			}
			p.Advance(p.Now().Add(time.Minute))
		}
		assert.Positive(t, acted, "%s has a target", a.Kind)
	}
}

func TestEveryInverseIsAnActionOfItsOwn(t *testing.T) {
	actuators := Actuators(Local(healthy()), stored{})
	risks := map[pipewright.ActionKind]pipewright.Risk{}
	for _, a := range actuators {
		risks[a.Kind] = a.Risk
	}
	for _, a := range actuators {
		if undo := a.Inverse(pipewright.Action{Kind: a.Kind, Target: "x:y/z"}, pipewright.Receipt{}); undo != nil {
			assert.Equal(t, risks[undo.Kind], undo.Risk, "%s is undone by %s", a.Kind, undo.Kind)
			assert.NotEmpty(t, undo.Risk, undo.Kind)
			assert.EqualValues(t, "x:y/z", undo.Target)
		}
	}
}

// The conformance of actuators: a dry run changes nothing, the same key twice
// acts once, and the receipt is found again; here and over HTTP.
func TestActuatorsActOnceForAKey(t *testing.T) {
	targets := map[pipewright.ActionKind]pipewright.ResourceID{
		"glue.scale_up": "glue:job/orders_etl", "lambda.scale_up": "lambda:function/enrich_orders", "lambda.rollback": "lambda:function/enrich_orders",
		"ec2.restart": "ec2:instance/etl-worker-1", "redshift.scale_up": "redshift:cluster/warehouse", "dms.restart": "dms:task/shop_cdc",
		"k8s.restart": "k8s:deployment/fraud-scorer", "k8s.rollback": "k8s:deployment/fraud-scorer", "k8s.scale_up": "k8s:deployment/fraud-scorer",
	}
	worlds := map[string]func(*testing.T, *sim.Plant) World{
		"in this process": func(_ *testing.T, p *sim.Plant) World { return Local(p) },
		"over HTTP":       func(t *testing.T, p *sim.Plant) World { w, _ := serve(t, p); return w },
	}
	for name, open := range worlds {
		t.Run(name, func(t *testing.T) {
			ctx, p := context.Background(), healthy()
			w := open(t, p)
			for _, a := range Actuators(w, stored{}) {
				target, ok := targets[a.Kind]
				if !ok {
					continue
				}
				act := pipewright.Action{Kind: a.Kind, Target: target}
				before := len(p.Acts())
				plan, err := a.Prepare(ctx, act)
				require.NoError(t, err, a.Kind)
				assert.Empty(t, plan.Doomed, a.Kind)
				assert.NotContains(t, plan.DryRun, "{", a.Kind)
				assert.NotContains(t, plan.DryRun, "none", a.Kind)
				assert.Len(t, p.Acts(), before, "a dry run of %s acted", a.Kind)

				plan.Action.Key = "pw-" + string(a.Kind)
				_, found, err := a.Find(ctx, plan.Action)
				require.NoError(t, err)
				assert.Equal(t, tools.FoundNo, found)
				first, err := a.Do(ctx, plan.Action)
				require.NoError(t, err, a.Kind)
				again, err := a.Do(ctx, plan.Action)
				require.NoError(t, err)
				assert.Equal(t, first, again)
				assert.Len(t, p.Acts(), before+1, a.Kind)
				receipt, found, err := a.Find(ctx, plan.Action)
				require.NoError(t, err)
				assert.Equal(t, tools.FoundYes, found)
				assert.Equal(t, first, receipt)
			}
		})
	}
}

func TestDryRunsSayTheExactCall(t *testing.T) {
	w := Local(healthy())
	tests := []struct {
		kind   pipewright.ActionKind
		target pipewright.ResourceID
		says   string
		doomed string
	}{
		{kind: "glue.scale_up", target: "glue:job/orders_etl", says: "aws glue start-job-run --job-name orders_etl --worker-type G.2X (now G.1X)"},
		{kind: "glue.retry", target: "glue:job/orders_etl", says: "aws glue start-job-run --job-name orders_etl (again, for none)", doomed: noFailed},
		{kind: "k8s.rollback", target: "k8s:deployment/fraud-scorer", says: "kubectl -n default rollout undo deployment/fraud-scorer"},
		{kind: "redshift.cancel", target: "redshift:cluster/warehouse", says: "SELECT pg_terminate_backend(none)", doomed: "no session blocks another"},
		{kind: "airflow.retry", target: "airflow:task/orders.extract", says: "airflow tasks clear orders --task-regex ^extract$", doomed: noFailed},
		{kind: "glue.scale_down", target: "glue:job/orders_etl", says: "aws glue update-job", doomed: smallest},
	}
	for _, tt := range tests {
		t.Run(string(tt.kind), func(t *testing.T) {
			for _, a := range Actuators(w, stored{}) {
				if a.Kind != tt.kind {
					continue
				}
				plan, err := a.Prepare(context.Background(), pipewright.Action{Kind: a.Kind, Target: tt.target})
				require.NoError(t, err)
				assert.Contains(t, plan.DryRun, tt.says)
				assert.Equal(t, tt.doomed, plan.Doomed)
			}
		})
	}
}

func TestAnUnreachablePlantIsUnknownAndNeverFound(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, l.Close())
	for _, a := range Actuators(Dial("http://"+l.Addr().String()), stored{}) {
		_, found, err := a.Find(context.Background(), pipewright.Action{Key: "k"})
		assert.Equal(t, tools.FoundUnknown, found)
		assert.Equal(t, pipewright.Unavailable, pipewright.KindOf(err))
	}
}

func TestTheRecordHoldsEveryActBeforeItIsAnswered(t *testing.T) {
	ctx := context.Background()
	w, path := serve(t, healthy())
	good := sim.Act{Kind: "glue.scale_up", Target: "glue:job/orders_etl", Key: "k1"}
	bad := sim.Act{Kind: "glue.scale_up", Target: "glue:job/nowhere", Key: "k2"}
	_, err := w.Act(ctx, good)
	require.NoError(t, err)
	require.Len(t, readRecord(t, path), 1)
	require.NoError(t, w.Advance(ctx, start.Add(time.Minute)))
	_, err = w.Act(ctx, good)
	require.NoError(t, err)
	_, err = w.Act(ctx, bad)
	assert.Equal(t, pipewright.NotFound, pipewright.KindOf(err))
	record := readRecord(t, path)
	require.Len(t, record, 3)
	assert.Equal(t, []string{"first", "repeated", "refused"}, []string{record[0].Outcome, record[1].Outcome, record[2].Outcome})
	assert.Equal(t, start, record[0].At)
	assert.Equal(t, start.Add(time.Minute), record[1].At)
}

// history polls a source until it has told everything up to start.
func history(t *testing.T, s *Source) (all pipewright.Batch) {
	for {
		b, err := s.Poll(context.Background(), all.Cursor, start)
		require.NoError(t, err)
		if b.Cursor == all.Cursor {
			return all
		}
		all.Lines, all.Points, all.Cursor = append(all.Lines, b.Lines...), append(all.Points, b.Points...), b.Cursor
	}
}

func TestASourceReadsTheSameThroughAnyWindows(t *testing.T) {
	ctx := context.Background()
	p := healthy()
	w, _ := serve(t, p)
	near, far := NewSource(Local(p)), NewSource(w)
	first := history(t, near)
	other := history(t, far)
	assert.Equal(t, len(first.Points), len(other.Points))
	assert.Equal(t, first.Lines, other.Lines)
	assert.Equal(t, first.Cursor, other.Cursor)
	assert.Equal(t, "2026-11-20T09:00:00Z", first.Cursor)
	assert.Equal(t, len(p.Observe(time.Time{}, start).Lines), len(first.Lines), "page by page, nothing is lost or told twice")

	p.Advance(start.Add(10 * time.Minute))
	var lines []pipewright.LogLine
	cursor := first.Cursor
	for at := start; !at.After(p.Now()); at = at.Add(37 * time.Second) {
		b, err := near.Poll(ctx, cursor, at)
		require.NoError(t, err)
		lines, cursor = append(lines, b.Lines...), b.Cursor
	}
	whole, err := near.Poll(ctx, first.Cursor, start.Add(time.Hour))
	require.NoError(t, err)
	assert.Equal(t, whole.Lines[:len(lines)], lines)
	assert.Equal(t, "2026-11-20T09:10:00Z", whole.Cursor, "never beyond the plant's own time")
	_, err = near.Poll(ctx, "yesterday", start)
	assert.Equal(t, pipewright.Invalid, pipewright.KindOf(err))
}

func TestARemapIsDerivedFromTheStoredSnapshots(t *testing.T) {
	const table = "postgres:table/shop.orders"
	sample := []string{"a", "b", "c", "d", "e"}
	column := func(name string) pipewright.Column {
		return pipewright.Column{Name: name, Type: "bigint", Sample: sample}
	}
	changes := stored{pipewright.Batch{Schemas: []pipewright.Schema{
		{Resource: table, Columns: []pipewright.Column{{Name: "order_id", Type: "bigint"}, column("customer_id")}},
		{Resource: table, Columns: []pipewright.Column{{Name: "order_id", Type: "bigint"}, column("buyer_id")}},
	}}}
	ctx := context.Background()
	prepare := prepareRemap(Local(healthy()), changes)
	plan, err := prepare(ctx, pipewright.Action{Kind: "postgres.remap", Target: table})
	require.NoError(t, err)
	assert.Equal(t, "order_id, customer_id=buyer_id", plan.Action.Args[tools.MappingArg])
	assert.Equal(t, "CREATE OR REPLACE VIEW shop.orders_compat AS SELECT order_id, buyer_id AS customer_id FROM shop.orders", plan.DryRun)
	assert.Empty(t, plan.Ambiguous+plan.Doomed)

	again, err := prepare(ctx, plan.Action)
	require.NoError(t, err)
	assert.Equal(t, plan, again, "preparing twice is preparing once")

	given := plan.Action
	given.Args = map[string]string{tools.MappingArg: "order_id, customer_id=order_id"}
	plan, err = prepare(ctx, given)
	require.NoError(t, err)
	assert.NotEmpty(t, plan.Doomed, "a mapping that the snapshots do not give")

	plan, err = prepareRemap(Local(healthy()), stored{})(ctx, pipewright.Action{Kind: "postgres.remap", Target: table})
	require.NoError(t, err)
	assert.NotEmpty(t, plan.Doomed, "nothing stored")
}

func TestProbesSayWhatTheyRead(t *testing.T) {
	reg := tools.NewRegistry()
	require.NoError(t, Register(reg, Local(healthy()), stored{}))
	want := map[string]struct {
		target pipewright.ResourceID
		answer tools.Answer
	}{
		"endpoint_reachable": {"postgres:db/shop", tools.Yes}, "blocking_session": {"redshift:cluster/warehouse", tools.No},
		"queue_long": {"redshift:cluster/warehouse", tools.No}, "heartbeat_alive": {"ec2:instance/etl-worker-1", tools.Yes},
		"memory_near_limit": {"glue:job/orders_etl", tools.No},
	}
	for name, w := range want {
		probes := reg.Probes(name, w.target)
		require.Len(t, probes, 1, name)
		f, err := probes[0].Run(context.Background(), w.target)
		require.NoError(t, err)
		assert.Equal(t, w.answer, f.Answer, name)
		require.Len(t, f.Evidence, 1)
		assert.Equal(t, f.Say, f.Evidence[0].Excerpt)
	}
}

package diagnose_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/catalogue"
	"github.com/pipewright/pipewright/agent/diagnose"
	"github.com/pipewright/pipewright/tools"
)

// answers are what probes say, by "name target"; a probe that is not in it does
// not exist.
type answers map[string]tools.Answer

func (a answers) registry() *tools.Registry {
	reg := tools.NewRegistry()
	for key, answer := range a {
		name, target := cut(key)
		reg.AddProbe(tools.Probe{Name: name, Kinds: []string{target.Kind()}, Run: func(_ context.Context, id pipewright.ResourceID) (tools.Finding, error) {
			if id != target {
				return tools.Finding{Say: "not asked about " + string(id)}, nil
			}
			return tools.Finding{Answer: answer, Say: name + " was read"}, nil
		}})
	}
	return reg
}

func cut(key string) (string, pipewright.ResourceID) {
	i := slices.Index([]byte(key), ' ')
	return key[:i], pipewright.ResourceID(key[i+1:])
}

type scene struct {
	name   string
	cause  string // expected on top
	at     pipewright.ResourceID
	inc    pipewright.Incident
	probes answers
	set    func(m *memory)
}

// tried is the incident after an action that changed nothing.
func tried(inc pipewright.Incident, kind pipewright.ActionKind) pipewright.Incident {
	inc.Attempts = append(inc.Attempts, pipewright.Attempt{
		Action: pipewright.Action{Kind: kind, Target: inc.Resource}, At: onset.Add(time.Minute), Verification: pipewright.VerifyUnchanged})
	return inc
}

// scenes is one typical incident a cause of the catalogue.
var scenes = []scene{
	{
		name: "a renamed column", cause: "schema_column_renamed", at: orders, inc: incident(transform, "run_failed"),
		set: func(m *memory) {
			m.failRun(transform, "", "Traceback (most recent call last):\n  File \"orders.py\", line 71\npsycopg.errors.UndefinedColumn: column \"customer_id\" does not exist")
			m.change(orders, ago(6*time.Minute), "schema", `column "customer_id" renamed to "buyer_id"`)
			m.schema(orders, ago(6*time.Minute), "order_id bigint", "buyer_id bigint", "amount numeric")
		},
	},
	{
		name: "a type that changed", cause: "schema_type_changed", at: orders, inc: incident(transform, "run_failed"),
		set: func(m *memory) {
			m.failRun(transform, "TypeError: unsupported operand type(s) for *: 'decimal.Decimal' and 'str'")
			m.change(orders, ago(6*time.Minute), "schema", `column "amount" changed type from numeric to text`)
			m.schema(orders, ago(6*time.Minute), "order_id bigint", "customer_id bigint", "amount text")
		},
	},
	{
		name: "a network that blinks", cause: "network_transient", inc: incident(transform, "run_failed"),
		probes: answers{"endpoint_reachable " + string(db): tools.Yes},
		set:    func(m *memory) { m.failRun(transform, "", "psycopg2.OperationalError: Connection reset by peer") },
	},
	{
		name: "a source that stays away", cause: "source_unavailable", at: db, inc: tried(incident(transform, "run_failed"), "airflow.backoff_retry"),
		probes: answers{"endpoint_reachable " + string(db): tools.No},
		set: func(m *memory) {
			m.failRun(transform, "", "psycopg2.OperationalError: could not connect to server: Connection refused")
		},
	},
	{
		name: "a job without memory", cause: "memory_exhausted", at: job, inc: incident(job, "run_failed"),
		set: func(m *memory) {
			m.failRun(job, "", "ERROR Executor: Exception in task 3.0\njava.lang.OutOfMemoryError: Java heap space\n\tat java.util.Arrays.copyOf")
			m.metric(job, "memory_percent", 55, 99)
		},
	},
	{
		name: "a full queue", cause: "warehouse_contention", at: warehouse, inc: reading(warehouse, "threshold", "queue_seconds", 410, 60),
		set: func(m *memory) {
			m.metric(warehouse, "queue_seconds", 12, 410)
			m.log(warehouse, onset, pipewright.Err, "", "ERROR:  Query (1482) cancelled by WLM abort action")
		},
	},
	{
		name: "a lock that is held", cause: "table_lock_held", at: orders, inc: incident(transform, "run_failed"),
		probes: answers{"blocking_session " + string(orders): tools.Yes},
		set: func(m *memory) {
			m.failRun(transform, "psycopg2.errors.QueryCanceled: canceling statement due to statement timeout")
		},
	},
	{
		name: "a hung worker, with no line at all", cause: "worker_hung", at: transform, inc: incident(transform, "run_overdue"),
		probes: answers{"blocking_session " + string(orders): tools.No, "heartbeat_alive " + string(transform): tools.No},
		set:    func(m *memory) { m.hang(transform); m.metric(transform, "heartbeat_age_seconds", 5, 900) },
	},
	{
		name: "a bad model version", cause: "model_bad_rollout", at: scorer, inc: reading(scorer, "anomaly", "error_rate", .2, .02),
		set: func(m *memory) {
			m.metric(scorer, "error_rate", .01, .2)
			m.change(scorer, ago(8*time.Minute), "version", "image fraud:1.8.2 to fraud:1.9.0")
		},
	},
	{
		name: "a password that expired", cause: "credentials_expired", inc: incident(transform, "run_failed"),
		probes: answers{"endpoint_reachable " + string(db): tools.Yes},
		set: func(m *memory) {
			m.failRun(transform, "", `psycopg2.OperationalError: FATAL:  password authentication failed for user "etl"`)
		},
	},
	{
		name: "a bug that was deployed", cause: "code_bug_deployed", at: transform, inc: incident(transform, "run_failed"),
		set: func(m *memory) {
			m.failRun(transform, "", "AttributeError: 'NoneType' object has no attribute 'strip'")
			m.change(transform, ago(9*time.Minute), "version", "code 41f2 to 9ab0")
		},
	},
	{
		name: "late data", cause: "upstream_late", inc: incident(job, "run_overdue"),
		set: func(m *memory) {
			m.hang(job)
			m.metric(raw, "freshness_seconds", 300, 9000)
			m.metric(job, "heartbeat_age_seconds", 5, 5)
		},
	},
	{
		name: "a crash loop", cause: "pod_crash_loop", at: scorer, inc: reading(scorer, "threshold", "replicas_ready", 0, 1),
		set: func(m *memory) {
			m.metric(scorer, "replicas_ready", 3, 0)
			m.log(scorer, onset, pipewright.Warn, "", "Back-off restarting failed container scorer in pod fraud-scorer-7d9c6b5f4-x2x8k")
		},
	},
	{
		name: "a write cut off", cause: "write_interrupted", at: job, inc: incident(job, "run_failed"), probes: answers{"partial_write " + string(job): tools.Yes},
		set: func(m *memory) {
			m.failRun(job, "", "org.apache.spark.SparkException: Task failed while writing rows to fact_orders")
		},
	},
	{
		name: "throttling", cause: "rate_limited", at: enrich, inc: incident(enrich, "run_failed"),
		set: func(m *memory) {
			m.failRun(enrich, "", "An error occurred (ThrottlingException) when calling the PutRecords operation: Rate exceeded")
		},
	},
	{
		name: "a full disk", cause: "disk_full", at: warehouse, inc: reading(warehouse, "threshold", "disk_percent", 99, 90),
		set: func(m *memory) {
			m.metric(warehouse, "disk_percent", 60, 99)
			m.log(warehouse, onset, pipewright.Err, "", "ERROR: Disk Full DETAIL: error: Disk Full code: 1016")
		},
	},
	{
		name: "bad data", cause: "bad_data", inc: incident(transform, "run_failed"),
		set: func(m *memory) { m.failRun(transform, "", "ValueError: 12 of 5000 orders have a negative amount") },
	},
	{
		name: "inputs that drift", cause: "data_drift", inc: reading(scorer, "anomaly", "psi", .31, .2),
		set: func(m *memory) { m.metric(scorer, "psi", .05, .31) },
	},
}

func (x scene) diagnose(t *testing.T) (pipewright.Diagnosis, *memory) {
	t.Helper()
	m := shop()
	x.set(m)
	d, err := diagnose.New(catalogue.Default(), m, x.probes.registry()).Diagnose(t.Context(), x.inc, now)
	require.NoError(t, err)
	return d, m
}

func TestEachCausesTypicalScene(t *testing.T) {
	covered := map[string]bool{}
	for _, x := range append(slices.Clone(scenes), rareScenes...) {
		t.Run(x.name, func(t *testing.T) {
			d, m := x.diagnose(t)
			for _, h := range d.Hypotheses[:4] {
				t.Logf("%.3f %s at %s: %s", h.Confidence, h.Cause, h.Resource, h.Summary)
			}
			t.Logf("ruled out %v; unknown %q", d.RuledOut, d.Unknown)
			top := d.Hypotheses[0]
			assert.Equal(t, x.cause, top.Cause)
			assert.False(t, d.Inconclusive, "inconclusive")
			if x.at != "" {
				assert.Equal(t, x.at, top.Resource)
			}
			checkSound(t, d, m)
			covered[x.cause] = true
		})
	}
	for _, c := range catalogue.Default().Causes {
		assert.True(t, covered[c.Name], "no scene for %s", c.Name)
	}
}

// checkSound checks what holds for every diagnosis: belief sums to 1, evidence
// ids exist and run in order, and log excerpts are the records word for word.
func checkSound(t *testing.T, d pipewright.Diagnosis, m *memory) {
	t.Helper()
	sum := 0.0
	ids := map[string]bool{}
	for _, e := range d.Evidence {
		ids[e.ID] = true
	}
	for i, h := range d.Hypotheses {
		sum += h.Confidence
		for _, id := range h.Evidence {
			assert.True(t, ids[id], "%s cites %s", h.Cause, id)
		}
		assert.True(t, i == 0 || h.Confidence <= d.Hypotheses[i-1].Confidence)
	}
	assert.InDelta(t, 1, sum, 1e-9)
	for _, e := range d.Evidence {
		assert.NotEmpty(t, e.Excerpt)
		if e.Kind != pipewright.LogEvidence {
			continue
		}
		assert.True(t, slices.ContainsFunc(m.lines, func(l pipewright.LogLine) bool {
			return l.Resource == e.Source && l.Line == e.Lines[0] && l.Text == e.Excerpt
		}), "%s is not a stored record", e.ID)
	}
}

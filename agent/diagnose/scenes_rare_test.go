package diagnose_test

import (
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/tools"
)

// rareScenes are those of the causes that are rare in the catalogue.
var rareScenes = []scene{
	{
		name: "a cache that is not refreshed", cause: "cache_stale", at: features, inc: reading(features, "threshold", "freshness_seconds", 5400, 900),
		probes: answers{"upstream_present " + string(features): tools.Yes, "heartbeat_alive " + string(features): tools.Yes},
		set: func(m *memory) {
			m.metric(features, "freshness_seconds", 300, 5400)
			m.log(features, onset, pipewright.Warn, "", "WARN cache: entry for orders was not refreshed since the last materialization")
		},
	},
	{
		name: "a replication slot that is taken", cause: "cdc_slot_stuck", at: cdc, inc: reading(cdc, "threshold", "lag_seconds", 1900, 600),
		probes: answers{"heartbeat_alive " + string(cdc): tools.Yes, "endpoint_reachable " + string(cdc): tools.Yes},
		set: func(m *memory) {
			m.metric(cdc, "lag_seconds", 4, 1900)
			m.log(cdc, onset, pipewright.Err, "", `ERROR:  replication slot "dms_slot" is active for PID 20817`)
		},
	},
	{
		name: "a relation that no longer holds", cause: "concept_drift", at: model, inc: reading(scorer, "threshold", "accuracy", .81, .86),
		set: func(m *memory) {
			m.metric(scorer, "accuracy", .92, .81)
			m.metric(scorer, "psi", .05, .05)
			m.log(scorer, onset, pipewright.Warn, "", "WARN drift-monitor: concept drift detected, residuals moved by 0.4 sd")
		},
	},
	{
		name: "a quota that was lowered", cause: "config_quota_lowered", at: job, inc: incident(job, "run_failed"),
		probes: answers{"quota_reached " + string(job): tools.Yes},
		set: func(m *memory) {
			m.failRun(job, "", "ConcurrentRunsExceededException: Concurrent runs exceeded for orders_etl")
			m.change(job, ago(7*time.Minute), "config", "max_concurrent_runs changed from 10 to 2")
		},
	},
	{
		name: "no session left", cause: "connections_exhausted", at: db, inc: incident(transform, "run_failed"),
		probes: answers{"sessions_near_limit " + string(db): tools.Yes},
		set: func(m *memory) {
			m.failRun(transform, "", "psycopg2.OperationalError: FATAL:  sorry, too many clients already")
			m.metric(db, "connections", 40, 99)
		},
	},
	{
		name: "a permission that was taken away", cause: "credentials_revoked", at: db, inc: incident(transform, "run_failed"),
		probes: answers{"endpoint_reachable " + string(db): tools.Yes, "credential_valid " + string(db): tools.No},
		set: func(m *memory) {
			m.failRun(transform, "", `FATAL:  role "etl" is not permitted to log in`)
			m.change(db, ago(5*time.Minute), "config", "role etl: login revoked")
		},
	},
	{
		name: "two writers that stop each other", cause: "deadlock", at: orders, inc: incident(transform, "run_failed"),
		set: func(m *memory) {
			m.failRun(transform, "", "ERROR:  deadlock detected DETAIL:  Process 4711 waits for ShareLock on transaction 1234; blocked by process 4712.")
			m.metric(orders, "lock_waits", 0, 4)
		},
	},
	{
		name: "a slow feature store", cause: "feature_store_slow", at: features, inc: reading(features, "threshold", "latency_p99_ms", 900, 100),
		probes: answers{"heartbeat_alive " + string(features): tools.Yes},
		set: func(m *memory) {
			m.metric(features, "latency_p99_ms", 12, 900)
			m.log(features, onset, pipewright.Warn, "", "context deadline exceeded while reading features")
		},
	},
	{
		name: "a GPU that fell off the bus", cause: "gpu_failed", at: scorer, inc: reading(scorer, "threshold", "replicas_ready", 1, 3),
		probes: answers{"node_healthy " + string(scorer): tools.No},
		set: func(m *memory) {
			m.metric(scorer, "replicas_ready", 3, 1)
			m.log(scorer, onset, pipewright.Err, "", "NVRM: Xid (PCI:0000:3b:00): 79, GPU has fallen off the bus.")
		},
	},
	{
		name: "a rule that drops the traffic", cause: "route_misconfigured", at: db, inc: incident(transform, "run_failed"),
		probes: answers{"endpoint_reachable " + string(db): tools.No},
		set: func(m *memory) {
			m.failRun(transform, "", "dial tcp 10.0.3.17:5432: connect: no route to host")
			m.change(db, ago(4*time.Minute), "config", "security group etl-egress: 2 rules changed")
		},
	},
	{
		name: "a column more", cause: "schema_column_added", at: orders, inc: incident(transform, "run_failed"),
		set: func(m *memory) {
			m.failRun(transform, "", "ValueError: 3 columns passed, passed data had 4 columns")
			m.change(orders, ago(6*time.Minute), "schema", `column "channel" added (text)`)
			m.schema(orders, ago(6*time.Minute), "order_id bigint", "customer_id bigint", "amount numeric", "channel text")
		},
	},
	{
		name: "a throttle that was forgotten", cause: "throttle_left_on", at: job, inc: incident(job, "run_overdue"),
		probes: answers{"quota_reached " + string(job): tools.Yes},
		set: func(m *memory) {
			m.hang(job)
			m.metric(job, "duration_seconds", 300, 1500)
			m.log(job, onset, pipewright.Info, "", "INFO rate limiter: waiting for a permit, 412 s so far")
		},
	},
	{
		name: "too many requests", cause: "traffic_surge", at: scorer, inc: reading(scorer, "threshold", "latency_p99_ms", 4100, 300),
		probes: answers{"heartbeat_alive " + string(scorer): tools.Yes, "version_changed " + string(scorer): tools.No},
		set: func(m *memory) {
			m.metric(scorer, "latency_p99_ms", 80, 4100)
			m.metric(scorer, "requests_per_second", 60, 210)
			m.metric(scorer, "cpu_percent", 40, 98)
			m.log(scorer, onset, pipewright.Warn, "", "WARN fraud-scorer: request queue is full, 212 requests wait")
		},
	},
	{
		name: "far more rows than usual", cause: "volume_spike", at: job, inc: incident(job, "run_failed"),
		probes: answers{"volume_high " + string(job): tools.Yes},
		set: func(m *memory) {
			m.failRun(job, "", "ERROR Executor: Exception in task 3.0\njava.lang.OutOfMemoryError: Java heap space")
			m.metric(job, "rows", 12000, 61000)
		},
	},
}

package ask_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/ask"
	"github.com/pipewright/pipewright/tools"
	"github.com/pipewright/pipewright/tools/telemetry"
)

// now is the moment of every question in these tests: a Thursday, 03:10 UTC.
var now = time.Date(2026, 11, 19, 3, 10, 0, 0, time.UTC)

func ago(d time.Duration) time.Time { return now.Add(-d) }

// shop is a small platform kept in memory: telemetry, ledger, threads and a proposer
// that records what it was asked.
type shop struct {
	names     map[string]string // the usual name of a resource to the one used here
	resources []pipewright.Resource
	edges     []pipewright.Edge
	lines     []pipewright.LogLine
	points    []pipewright.Point
	runs      []pipewright.Run
	changed   []pipewright.Change
	schemas   []pipewright.Schema
	incidents []pipewright.Incident
	events    []pipewright.Event
	approvals []pipewright.Approval
	threads   map[string][]byte
	requests  []pipewright.Request
	spent     ask.Used // today
	outside   string   // what somebody else's server answers; empty: there is none
}

// usual are the resources of the shop under their usual names.
var usual = []string{
	"postgres:db/shop", "postgres:table/shop.orders", "postgres:table/shop.customers", "dms:task/shop_cdc", "s3:bucket/raw",
	"airflow:dag/orders", "airflow:task/orders.load", "airflow:task/orders.extract", "airflow:dag/customers",
	"ec2:instance/etl-worker-1", "ec2:instance/etl-worker-2", "glue:job/orders_etl", "glue:job/customers_etl",
	"lambda:function/enrich_orders", "kafka:topic/orders", "redshift:cluster/warehouse", "redshift:table/fact_orders",
	"feature:store/orders", "k8s:deployment/fraud-scorer", "mlflow:model/fraud",
}

// id is a resource by its usual id, as it is called in this shop.
func (s *shop) id(usualID string) pipewright.ResourceID {
	kind, name, _ := strings.Cut(usualID, "/")
	if n, ok := s.names[usualID]; ok {
		name = n
	}
	return pipewright.ResourceID(kind + "/" + name)
}

// newShop builds the shop: the orders Glue job fails since 02:40 because a column was
// renamed upstream and waits for approval; yesterday a rollback of the scorer was approved
// and a stuck task was restarted without asking.
func newShop(names map[string]string) *shop {
	s := &shop{names: names, threads: map[string][]byte{}}
	for _, u := range usual {
		s.resources = append(s.resources, pipewright.Resource{ID: s.id(u), FirstSeen: ago(170 * time.Hour), LastSeen: now})
	}
	slices.SortFunc(s.resources, func(a, b pipewright.Resource) int { return strings.Compare(string(a.ID), string(b.ID)) })
	for _, e := range [][2]string{{"postgres:table/shop.orders", "dms:task/shop_cdc"}, {"dms:task/shop_cdc", "airflow:dag/orders"}, {"airflow:dag/orders", "glue:job/orders_etl"},
		{"glue:job/orders_etl", "redshift:cluster/warehouse"}, {"postgres:table/shop.customers", "dms:task/shop_cdc"}, {"airflow:dag/customers", "glue:job/customers_etl"}} {
		s.edges = append(s.edges, pipewright.Edge{Up: s.id(e[0]), Down: s.id(e[1])})
	}
	s.fillRuns()
	s.fillMetrics()
	s.changed = []pipewright.Change{{ID: "c1", Resource: s.id("postgres:table/shop.orders"), At: ago(50 * time.Minute), Kind: pipewright.ChangeSchema, Summary: `column "customer_id" renamed to "buyer_id"`, By: "ann"},
		{ID: "c2", Resource: s.id("k8s:deployment/fraud-scorer"), At: ago(30 * time.Hour), Kind: pipewright.ChangeVersion, Summary: "image fraud:1.8.1 -> fraud:1.8.2"}}
	s.fillIncidents()
	return s
}

func (s *shop) fillRuns() {
	for _, u := range []string{"glue:job/orders_etl", "glue:job/customers_etl", "airflow:dag/orders", "airflow:dag/customers", "airflow:task/orders.load", "lambda:function/enrich_orders"} {
		id := s.id(u)
		for h := 48; h >= 0; h-- {
			at := ago(time.Duration(h)*time.Hour + 30*time.Minute)
			run := pipewright.Run{Resource: id, ID: fmt.Sprintf("r%d", 100-h), Attempt: 1, State: pipewright.RunSucceeded, Started: at, Ended: at.Add(5 * time.Minute)}
			if u == "glue:job/orders_etl" && h == 0 {
				run.State, run.Error = pipewright.RunFailed, `UndefinedColumn: column "customer_id" does not exist`
			}
			if u == "airflow:task/orders.load" && h == 22 {
				run.State, run.Error = pipewright.RunFailed, "Task received SIGTERM"
			}
			if h > 0 || u == "glue:job/orders_etl" {
				s.runs = append(s.runs, run)
				s.logOf(run)
			}
		}
	}
}

// logOf writes the records of a run: one when it starts, and its error.
func (s *shop) logOf(run pipewright.Run) {
	s.log(run.Resource, run.Started, pipewright.Info, "run "+run.ID+" started", run.ID)
	if run.State == pipewright.RunFailed {
		s.log(run.Resource, run.Ended.Add(-time.Second), pipewright.Err, run.Error+"\n  at etl.load(etl.py:31)", run.ID)
		s.log(run.Resource, run.Ended, pipewright.Err, "run "+run.ID+" failed", run.ID)
	}
}

func (s *shop) log(id pipewright.ResourceID, at time.Time, level pipewright.Level, text, run string) {
	n := int64(1)
	for _, l := range s.lines {
		if l.Resource == id {
			n++
		}
	}
	s.lines = append(s.lines, pipewright.LogLine{Resource: id, At: at, Level: level, Text: text, Run: run, Line: n})
}

func (s *shop) fillMetrics() {
	series := map[string][]string{
		"ec2:instance/etl-worker-1": {"cpu_percent", "memory_percent", "disk_percent"}, "ec2:instance/etl-worker-2": {"cpu_percent", "memory_percent", "disk_percent"},
		"redshift:cluster/warehouse":  {"cpu_percent", "queue_seconds", "queue_length", "connections"},
		"k8s:deployment/fraud-scorer": {"error_rate", "latency_p99_ms", "requests_per_second", "replicas_ready"},
		"dms:task/shop_cdc":           {"lag_seconds"}, "glue:job/orders_etl": {"memory_percent", "duration_seconds", "rows"}, "kafka:topic/orders": {"lag_seconds"},
		"feature:store/orders": {"freshness_seconds"},
	}
	for _, u := range usual {
		for i, m := range series[u] {
			for min := 48 * 60; min >= 0; min -= 10 {
				s.points = append(s.points, pipewright.Point{Resource: s.id(u), Metric: m, At: ago(time.Duration(min) * time.Minute), Value: float64(20 + i*10 + min%70)})
			}
		}
	}
}

func odds(v float64) *float64 { return &v }

func (s *shop) fillIncidents() {
	job, table := s.id("glue:job/orders_etl"), s.id("postgres:table/shop.orders")
	remap := pipewright.Action{Kind: "postgres.remap", Target: table, Risk: pipewright.R2}
	d := &pipewright.Diagnosis{At: ago(20 * time.Minute), Hypotheses: []pipewright.Hypothesis{
		{Cause: "schema_column_renamed", Class: "schema_drift", Resource: table, Confidence: 0.91, Evidence: []string{"e1", "e2"}, Summary: "a column was renamed upstream"},
		{Cause: "code_bug_deployed", Class: "code_or_config", Resource: job, Confidence: 0.06, Evidence: []string{"e1"}}},
		Evidence: telemetry.Cite(s.linesOf(job, pipewright.Err), "search_logs", pipewright.Window{Start: ago(time.Hour), End: now}),
		RuledOut: []pipewright.RuledOut{{Cause: "memory_exhausted", Why: "memory stayed under 60 %"}}}
	d.Evidence[0].ID = "e1"
	d.Evidence = append(d.Evidence[:1], pipewright.Evidence{ID: "e2", Source: table, Kind: pipewright.ChangeEvidence, Query: "recent_changes", Excerpt: s.changed[0].Summary})
	s.add(pipewright.Incident{ID: "inc-0003", State: pipewright.Waiting, Title: string(job) + " failed", Resource: job, Class: "schema_drift", Severity: pipewright.SevCritical, OpenedAt: ago(25 * time.Minute), UpdatedAt: ago(20 * time.Minute),
		Diagnosis: d, Action: &remap, Approval: "ap-0002", Decision: &pipewright.Decision{Recovery: odds(0.87), Low: odds(0.78), High: odds(0.94),
			Alternatives: []pipewright.Alternative{{Action: pipewright.Action{Kind: "glue.retry", Target: job}, Odds: &pipewright.Odds{Recovery: 0.1, Low: 0.05, High: 0.2}, Why: "a retry does not bring the column back"}}}, Verdict: &pipewright.Verdict{Ruling: pipewright.Ask, By: "mode", Why: "R2 asks"}})
	s.approvals = append(s.approvals, pipewright.Approval{ID: "ap-0002", Incident: "inc-0003", Action: remap, ActionHash: remap.Hash(), MayApprove: []string{"*"}, State: pipewright.ApprovalPending, AskedAt: ago(20 * time.Minute), Expires: now.Add(time.Hour)})
	s.oldIncident("inc-0001", "k8s:deployment/fraud-scorer", "k8s.rollback", "model_bad_rollout", 20*time.Hour, "dana", "ap-0001")
	s.oldIncident("inc-0002", "airflow:task/orders.load", "airflow.restart", "worker_hung", 22*time.Hour, "", "")
	slices.SortFunc(s.incidents, func(a, b pipewright.Incident) int { return strings.Compare(a.ID, b.ID) })
}

// oldIncident is one that was healed, with or without a person.
func (s *shop) oldIncident(id, where string, kind pipewright.ActionKind, cause string, before time.Duration, who, approval string) {
	r := s.id(where)
	act := pipewright.Action{Kind: kind, Target: r, Risk: pipewright.R1}
	s.add(pipewright.Incident{ID: id, State: pipewright.Closed, Title: string(r) + " in trouble", Resource: r, Class: "stuck", OpenedAt: ago(before), UpdatedAt: ago(before - time.Hour), EndedAt: ago(before - time.Hour),
		Action: &act, Approval: approval, Diagnosis: &pipewright.Diagnosis{Hypotheses: []pipewright.Hypothesis{{Cause: cause, Class: "stuck", Resource: r, Confidence: 0.8, Evidence: []string{"e1"}}},
			Evidence: []pipewright.Evidence{{ID: "e1", Source: r, Kind: pipewright.RunEvidence, Excerpt: "late"}}},
		Attempts: []pipewright.Attempt{{Action: act, At: ago(before - 10*time.Minute), Verification: pipewright.VerifyRecovered}}})
	if approval != "" {
		s.approvals = append(s.approvals, pipewright.Approval{ID: approval, Incident: id, Action: act, ActionHash: act.Hash(), MayApprove: []string{"*"}, State: pipewright.ApprovalUsed, AskedAt: ago(before - 5*time.Minute), By: who, At: ago(before - 8*time.Minute)})
	}
	s.events = append(s.events,
		pipewright.Event{At: ago(before - 4*time.Minute), Incident: id, To: pipewright.Decided, Action: &act, Decision: &pipewright.Decision{Recovery: odds(0.9), Low: odds(0.8), High: odds(0.95), Reasons: []string{"it helps almost always"}}},
		pipewright.Event{At: ago(before - 8*time.Minute), Incident: id, To: pipewright.Allowed, Who: who, Approval: approval, Verdict: &pipewright.Verdict{Ruling: pipewright.Allow, By: "mode", Why: "auto"}},
		pipewright.Event{At: ago(before - 10*time.Minute), Incident: id, To: pipewright.Acting, Action: &act},
		pipewright.Event{At: ago(before - time.Hour), Incident: id, To: pipewright.Resolved, Verification: pipewright.VerifyRecovered})
}

func (s *shop) add(inc pipewright.Incident) {
	s.incidents = append(s.incidents, inc)
	s.events = append(s.events, pipewright.Event{At: inc.OpenedAt, Incident: inc.ID, To: pipewright.Open, Resource: inc.Resource},
		pipewright.Event{At: inc.OpenedAt, Incident: inc.ID, To: pipewright.Diagnosed, Diagnosis: inc.Diagnosis})
	if inc.State == pipewright.Waiting {
		s.events = append(s.events, pipewright.Event{At: inc.UpdatedAt, Incident: inc.ID, To: pipewright.Decided, Action: inc.Action, Decision: inc.Decision},
			pipewright.Event{At: inc.UpdatedAt, Incident: inc.ID, To: pipewright.Waiting, Verdict: inc.Verdict, Approval: inc.Approval})
	}
}

func (s *shop) linesOf(id pipewright.ResourceID, level pipewright.Level) []pipewright.LogLine {
	return slices.DeleteFunc(slices.Clone(s.lines), func(l pipewright.LogLine) bool { return l.Resource != id || l.Level != level })
}

// asker builds an Asker over the shop.
func (s *shop) asker(t testing.TB) *ask.Asker {
	t.Helper()
	return ask.New(s.deps(t))
}

// deps are the parts of an Asker over the shop, with actuators for what the shop can do.
func (s *shop) deps(t testing.TB) ask.Deps {
	t.Helper()
	reg := tools.NewRegistry()
	require.NoError(t, telemetry.Register(reg, s, s))
	for kind, targets := range map[string][]string{"glue.retry": {"glue:job"}, "glue.scale_up": {"glue:job"}, "airflow.restart": {"airflow:dag", "airflow:task"}, "airflow.retry": {"airflow:dag", "airflow:task"}, "airflow.cancel": {"airflow:dag", "airflow:task"},
		"k8s.rollback": {"k8s:deployment"}, "k8s.scale_up": {"k8s:deployment"}, "k8s.restart": {"k8s:deployment"}, "postgres.remap": {"postgres:table"}, "ec2.restart": {"ec2:instance"}, "redshift.scale_up": {"redshift:cluster"}, "dms.restart": {"dms:task"}, "lambda.retry": {"lambda:function"}, "lambda.rollback": {"lambda:function"}} {
		require.NoError(t, reg.AddActuator(actuator(kind, targets)))
	}
	return ask.Deps{Tools: reg, Ledger: s, Diagnoser: s, Proposer: s, Threads: s, Policy: s}
}

func actuator(kind string, targets []string) tools.Actuator {
	return tools.Actuator{Kind: pipewright.ActionKind(kind), Targets: targets, Risk: pipewright.R1, Precondition: "p", Postcond: "p", Undo: "u", FoundBy: "f", Expected: time.Minute,
		Prepare: func(context.Context, pipewright.Action) (tools.Plan, error) {
			panic("asking must not prepare an action")
		},
		Do: func(context.Context, pipewright.Action) (pipewright.Receipt, error) { panic("asking must not act") },
		Find: func(context.Context, pipewright.Action) (pipewright.Receipt, tools.Found, error) {
			panic("asking must not look for receipts")
		},
		Inverse: func(pipewright.Action, pipewright.Receipt) *pipewright.Action { return nil }}
}

func (s *shop) Propose(_ context.Context, r pipewright.Request) (pipewright.Request, error) {
	r.ID = fmt.Sprintf("rq-%04d", len(s.requests)+1)
	s.requests = append(s.requests, r)
	return r, nil
}

func (s *shop) Rule(_ context.Context, a pipewright.Action) (pipewright.Proposal, error) {
	return pipewright.Proposal{Action: a.Kind, Target: a.Target, Risk: a.Risk, Ruling: pipewright.Ask, Why: "the mode asks"}, nil
}

func (s *shop) Explain(_ context.Context, class pipewright.FaultClass) ([]string, error) {
	return []string{string(class) + ": ask"}, nil
}

func (s *shop) Diagnose(_ context.Context, inc pipewright.Incident, at time.Time) (pipewright.Diagnosis, error) {
	return pipewright.Diagnosis{At: at, Inconclusive: true, Unknown: []string{"what the worker did"}}, nil
}

func (s *shop) Thread(_ context.Context, asker, thread string) ([]byte, error) {
	return s.threads[asker+"/"+thread], nil
}

func (s *shop) SaveThread(_ context.Context, asker, thread string, b []byte) error {
	s.threads[asker+"/"+thread] = b
	return nil
}

func (s *shop) Spent(context.Context, time.Time) (ask.Used, error) { return s.spent, nil }

func (s *shop) AddSpend(_ context.Context, _ time.Time, u ask.Used) (ask.Used, error) {
	s.spent = s.spent.Plus(u)
	return s.spent, nil
}

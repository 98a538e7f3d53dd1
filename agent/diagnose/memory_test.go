package diagnose_test

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	pipewright "github.com/pipewright/pipewright"
)

// memory is telemetry in memory: what a store would serve.
type memory struct {
	known   []pipewright.Resource
	edges   []pipewright.Edge
	lines   []pipewright.LogLine
	points  []pipewright.Point
	runs    []pipewright.Run
	changes []pipewright.Change
	schemas []pipewright.Schema
	fail    map[string]error // by method
	reads   int
}

func (m *memory) failed(method string) error { m.reads++; return m.fail[method] }

func among(ids []pipewright.ResourceID, id pipewright.ResourceID) bool {
	return len(ids) == 0 || slices.Contains(ids, id)
}

func newest[T any](all []T, limit, otherwise int) []T {
	limit = cmp.Or(limit, otherwise)
	return all[max(0, len(all)-limit):]
}

func (m *memory) Logs(_ context.Context, q pipewright.LogQuery) ([]pipewright.LogLine, error) {
	var out []pipewright.LogLine
	for _, l := range m.lines {
		if among(q.Resources, l.Resource) && q.Window.Holds(l.At) && (q.Run == "" || q.Run == l.Run) &&
			(len(q.Levels) == 0 || slices.Contains(q.Levels, l.Level)) && strings.Contains(l.Text, q.Text) {
			out = append(out, l)
		}
	}
	slices.SortStableFunc(out, func(a, b pipewright.LogLine) int { return a.At.Compare(b.At) })
	return newest(out, q.Limit, 1000), m.failed("Logs")
}

func (m *memory) CountLogs(ctx context.Context, q pipewright.LogQuery) (int, error) {
	q.Limit = 1 << 30
	lines, err := m.Logs(ctx, q)
	return len(lines), err
}

func (m *memory) Points(_ context.Context, q pipewright.PointQuery) ([]pipewright.Point, error) {
	var out []pipewright.Point
	for _, p := range m.points {
		if p.Resource == q.Resource && (q.Metric == "" || q.Metric == p.Metric) && q.Window.Holds(p.At) {
			out = append(out, p)
		}
	}
	slices.SortStableFunc(out, func(a, b pipewright.Point) int { return a.At.Compare(b.At) })
	return newest(out, q.Limit, 100_000), m.failed("Points")
}

func (m *memory) Series(context.Context, pipewright.ResourceID) ([]pipewright.SeriesName, error) {
	return nil, nil
}

func (m *memory) Runs(_ context.Context, q pipewright.RunQuery) ([]pipewright.Run, error) {
	var out []pipewright.Run
	for _, r := range m.runs {
		if among(q.Resources, r.Resource) && q.Window.Holds(r.Started) && (q.ID == "" || q.ID == r.ID) &&
			(len(q.States) == 0 || slices.Contains(q.States, r.State)) {
			out = append(out, r)
		}
	}
	slices.SortStableFunc(out, func(a, b pipewright.Run) int { return a.Started.Compare(b.Started) })
	return newest(out, q.Limit, 1000), m.failed("Runs")
}

func (m *memory) Changes(_ context.Context, q pipewright.ChangeQuery) ([]pipewright.Change, error) {
	var out []pipewright.Change
	for _, c := range m.changes {
		if among(q.Resources, c.Resource) && q.Window.Holds(c.At) {
			out = append(out, c)
		}
	}
	slices.SortStableFunc(out, func(a, b pipewright.Change) int { return a.At.Compare(b.At) })
	return out, m.failed("Changes")
}

func (m *memory) Schemas(_ context.Context, table pipewright.ResourceID, w pipewright.Window, n int) ([]pipewright.Schema, error) {
	var out []pipewright.Schema
	for _, s := range m.schemas {
		if s.Resource == table && w.Holds(s.At) {
			out = append(out, s)
		}
	}
	return newest(out, n, 1), m.failed("Schemas")
}

func (m *memory) Resources(context.Context) ([]pipewright.Resource, error) {
	return m.known, m.failed("Resources")
}

func (m *memory) Lineage(context.Context) (pipewright.Topology, error) {
	return pipewright.NewTopology(m.edges), m.failed("Lineage")
}

// The scenes' times: the symptom begins at 03:10 and is looked at five minutes
// later.
var (
	onset = time.Date(2026, 3, 2, 3, 10, 0, 0, time.UTC)
	now   = onset.Add(5 * time.Minute)
)

func ago(d time.Duration) time.Time { return onset.Add(-d) }

// The resources of the scenes: a small shop.
const (
	db        = pipewright.ResourceID("postgres:db/shop")
	orders    = pipewright.ResourceID("postgres:table/shop.orders")
	customers = pipewright.ResourceID("postgres:table/shop.customers")
	cdc       = pipewright.ResourceID("dms:task/shop_cdc")
	raw       = pipewright.ResourceID("s3:bucket/raw")
	dag       = pipewright.ResourceID("airflow:dag/orders")
	transform = pipewright.ResourceID("airflow:task/orders.transform")
	worker    = pipewright.ResourceID("ec2:instance/etl-worker-1")
	job       = pipewright.ResourceID("glue:job/orders_etl")
	enrich    = pipewright.ResourceID("lambda:function/enrich_orders")
	warehouse = pipewright.ResourceID("redshift:cluster/warehouse")
	fact      = pipewright.ResourceID("redshift:table/fact_orders")
	features  = pipewright.ResourceID("feature:store/orders")
	scorer    = pipewright.ResourceID("k8s:deployment/fraud-scorer")
	model     = pipewright.ResourceID("mlflow:model/fraud")
	stranger  = pipewright.ResourceID("glue:job/marketing_etl")
)

// shop is an ordinary day before the onset: good runs every quarter of an hour,
// quiet metrics, one snapshot of each table.
func shop() *memory {
	m := &memory{}
	chain := []pipewright.ResourceID{db, orders, cdc, raw, dag, transform, job, warehouse, fact, features, scorer}
	for i := range chain[1:] {
		m.edges = append(m.edges, pipewright.Edge{Up: chain[i], Down: chain[i+1]})
	}
	m.edges = append(m.edges, pipewright.Edge{Up: db, Down: customers}, pipewright.Edge{Up: customers, Down: cdc},
		pipewright.Edge{Up: worker, Down: transform}, pipewright.Edge{Up: raw, Down: enrich}, pipewright.Edge{Up: enrich, Down: warehouse},
		pipewright.Edge{Up: model, Down: scorer})
	for _, r := range []pipewright.ResourceID{transform, job, enrich} {
		for i := 12; i >= 1; i-- {
			at := ago(time.Duration(i) * 15 * time.Minute)
			m.runs = append(m.runs, pipewright.Run{Resource: r, ID: "run-" + at.Format("1504"), State: pipewright.RunSucceeded, Started: at, Ended: at.Add(4 * time.Minute)})
			m.log(r, at.Add(time.Minute), pipewright.Info, "run-"+at.Format("1504"), "5000 rows written")
		}
	}
	for _, t := range []pipewright.ResourceID{orders, customers} {
		m.schema(t, ago(20*time.Hour), "order_id bigint", "customer_id bigint", "amount numeric")
	}
	return m
}

func (m *memory) log(r pipewright.ResourceID, at time.Time, level pipewright.Level, run, text string) {
	n := int64(1)
	for _, l := range m.lines {
		if l.Resource == r {
			n++
		}
	}
	m.lines = append(m.lines, pipewright.LogLine{Resource: r, At: at, Level: level, Run: run, Text: text, Line: n})
}

func (m *memory) schema(t pipewright.ResourceID, at time.Time, columns ...string) {
	s := pipewright.Schema{Resource: t, At: at}
	for _, c := range columns {
		name, typ, _ := strings.Cut(c, " ")
		s.Columns = append(s.Columns, pipewright.Column{Name: name, Type: typ})
	}
	m.schemas = append(m.schemas, s)
}

// failRun lets a run of r fail at the onset with lines of its log.
func (m *memory) failRun(r pipewright.ResourceID, errText string, lines ...string) {
	m.runs = append(m.runs, pipewright.Run{Resource: r, ID: "bad", State: pipewright.RunFailed, Started: ago(2 * time.Minute), Ended: onset, Error: errText})
	for _, l := range lines {
		m.log(r, ago(10*time.Second), pipewright.Err, "bad", l)
	}
}

// hang lets a run of r go on since an hour before the onset.
func (m *memory) hang(r pipewright.ResourceID) {
	m.runs = append(m.runs, pipewright.Run{Resource: r, ID: "bad", State: pipewright.RunRunning, Started: ago(14 * time.Minute)})
}

// metric samples a series every five minutes: usual before the onset, then now's
// value.
func (m *memory) metric(r pipewright.ResourceID, name string, usual, since float64) {
	for at := ago(12 * time.Hour); !at.After(now); at = at.Add(5 * time.Minute) {
		v := usual * (1 + .02*float64(at.Minute()%15/5-1))
		if !at.Before(onset) {
			v = since
		}
		m.points = append(m.points, pipewright.Point{Resource: r, Metric: name, At: at, Value: v})
	}
}

func (m *memory) change(r pipewright.ResourceID, at time.Time, kind pipewright.ChangeKind, summary string) {
	m.changes = append(m.changes, pipewright.Change{ID: string(r) + at.String(), Resource: r, At: at, Kind: kind, Summary: summary})
}

func incident(r pipewright.ResourceID, kinds ...pipewright.SignalKind) pipewright.Incident {
	inc := pipewright.Incident{ID: "inc-0001", State: pipewright.Open, Resource: r, OpenedAt: onset}
	for _, k := range kinds {
		inc.Signals = append(inc.Signals, pipewright.Signal{Kind: k, Resource: r, At: onset, Run: "bad"})
	}
	return inc
}

func reading(r pipewright.ResourceID, kind pipewright.SignalKind, metric string, value, limit float64) pipewright.Incident {
	inc := incident(r, kind)
	inc.Signals[0].Run, inc.Signals[0].Metric, inc.Signals[0].Value, inc.Signals[0].Limit = "", metric, value, limit
	return inc
}

package telemetry

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/tools"
)

// Metric is the data of get_metric: one series summed up, with at most the asked
// number of samples.
type Metric struct {
	Resource pipewright.ResourceID `json:"resource"`
	Metric   string                `json:"metric"`
	Samples  int                   `json:"samples"`
	Min      float64               `json:"min"`
	Avg      float64               `json:"avg"`
	Max      float64               `json:"max"`
	P95      float64               `json:"p95"`
	Sum      float64               `json:"sum"`
	MaxAt    time.Time             `json:"max_at"`
	MinAt    time.Time             `json:"min_at"`
	Last     float64               `json:"last"`
	LastAt   time.Time             `json:"last_at"`
	Points   []pipewright.Point    `json:"points"` // every nth sample, the last included
}

func (r reader) getMetric() spec {
	return spec{name: "get_metric", purpose: "minimum, average, maximum and last value of one metric of one resource over a window, with samples",
		args: []tools.Arg{must(resourceArg), {Name: "metric", Type: "string", Purpose: "name of the series, such as cpu_percent", Required: true}, startArg, endArg, limitArg("at most that many samples, 24 unless said, 500 at most")},
		run: func(ctx context.Context, in input) (tools.Result, error) {
			q := pipewright.PointQuery{Resource: in.resource(), Metric: in.str("metric"), Window: in.window()}
			points, err := r.store.Points(ctx, q)
			if err != nil {
				return tools.Result{}, err
			}
			points = slices.DeleteFunc(points, func(p pipewright.Point) bool { return math.IsNaN(p.Value) })
			if len(points) == 0 {
				return r.noPoints(ctx, in, q)
			}
			m := sumUp(points, in.bound("limit", 24, 500))
			return tools.Result{Hits: len(points), Data: m, Evidence: []pipewright.Evidence{{Source: m.Resource, Kind: pipewright.MetricEvidence,
				Query: in.query(), Start: q.Window.Start, End: q.Window.End, Excerpt: m.excerpt()}}}, nil
		}}
}

// noPoints explains an empty series: it does not exist, or its newest sample is older.
func (r reader) noPoints(ctx context.Context, in input, q pipewright.PointQuery) (tools.Result, error) {
	names, err := r.store.Series(ctx, q.Resource)
	if err != nil {
		return tools.Result{}, err
	}
	has := make([]string, 0, len(names))
	for _, n := range names {
		has = append(has, n.Metric)
	}
	if len(has) > 0 && !slices.Contains(has, q.Metric) {
		return tools.Result{Empty: fmt.Sprintf("%s has no series %s; it has %s", q.Resource, q.Metric, strings.Join(has, ", "))}, nil
	}
	q.Window, q.Limit = pipewright.Window{}, 1
	last, err := r.store.Points(ctx, q)
	if err != nil {
		return tools.Result{}, err
	}
	var newest time.Time
	if len(last) > 0 {
		newest = last[len(last)-1].At
	}
	return r.nothing(ctx, in, "sample of "+in.str("metric"), newest)
}

// sumUp folds samples in order of time.
func sumUp(points []pipewright.Point, keep int) Metric {
	first, last := points[0], points[len(points)-1]
	m := Metric{Resource: first.Resource, Metric: first.Metric, Samples: len(points), Min: first.Value, Max: first.Value,
		MinAt: first.At, MaxAt: first.At, Last: last.Value, LastAt: last.At}
	values := make([]float64, 0, len(points))
	for _, p := range points {
		values = append(values, p.Value)
		m.Sum += p.Value
		if p.Value < m.Min {
			m.Min, m.MinAt = p.Value, p.At
		}
		if p.Value > m.Max {
			m.Max, m.MaxAt = p.Value, p.At
		}
	}
	m.Avg = m.Sum / float64(len(points))
	slices.Sort(values)
	m.P95 = values[int(math.Ceil(0.95*float64(len(values))))-1] // nearest rank
	step := max((len(points)+keep-1)/keep, 1)
	for i := (len(points) - 1) % step; i < len(points); i += step {
		m.Points = append(m.Points, points[i])
	}
	return m
}

func (m Metric) excerpt() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s: min %s, average %s, max %s at %s, last %s at %s, %d samples", m.Resource, m.Metric,
		Number(m.Min), Number(m.Avg), Number(m.Max), stamp(m.MaxAt), Number(m.Last), stamp(m.LastAt), m.Samples)
	for _, p := range m.Points {
		fmt.Fprintf(&b, "\n%s %s", stamp(p.At), Number(p.Value))
	}
	return b.String()
}

// Number writes a value with at most four significant digits after rounding.
func Number(v float64) string {
	switch a := math.Abs(v); {
	case a >= 1000 || v == math.Trunc(v):
		return strconv.FormatFloat(math.Round(v), 'f', -1, 64)
	case a >= 10:
		return strconv.FormatFloat(math.Round(v*10)/10, 'f', -1, 64)
	case a >= 1:
		return strconv.FormatFloat(math.Round(v*100)/100, 'f', -1, 64)
	}
	return strconv.FormatFloat(v, 'g', 3, 64)
}

func (r reader) listSeries() spec {
	return spec{name: "list_series", purpose: "which metric series are stored of a resource, or of all",
		args: []tools.Arg{resourceArg, limitArg("at most that many, 500 unless said")},
		run: func(ctx context.Context, in input) (tools.Result, error) {
			names, err := r.store.Series(ctx, in.resource())
			if err != nil {
				return tools.Result{}, err
			}
			if len(names) == 0 {
				return r.nothing(ctx, in, "metric series", time.Time{})
			}
			hits := len(names)
			return tools.Result{Hits: hits, Data: names[:min(hits, in.bound("limit", 500, 5000))]}, nil
		}}
}

package ask

import (
	"context"
	"slices"
	"strings"
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/detect"
)

// Series reads samples for charts.
type Series interface {
	Points(ctx context.Context, q pipewright.PointQuery) ([]pipewright.Point, error)
}

const (
	drawn     = 240 // points of a chart
	bandSteps = 60  // moments at which the band is computed; it moves slowly
	drawnMost = 2   // charts of one answer or incident
	learned   = 14 * 24 * time.Hour
	around    = 2 * time.Hour // shown before and after an incident
	earliest  = 6 * time.Hour // shown before it at most, when what is cited began earlier
)

// DrawSeries is the chart of a metric over a window: its samples, and what was usual at
// each of them, from the two weeks before, as the detectors see it. A chart without
// points has nothing to show.
func DrawSeries(ctx context.Context, s Series, id pipewright.ResourceID, metric string, w pipewright.Window) (pipewright.Chart, error) {
	c := pipewright.Chart{Title: metric + " of " + string(id), Resource: id, Metric: metric, Unit: strings.TrimSpace(unitOf(metric))}
	history := pipewright.Window{Start: w.Start.Add(-learned), End: w.End}
	points, err := s.Points(ctx, pipewright.PointQuery{Resource: id, Metric: metric, Window: history})
	if err != nil {
		return c, err
	}
	for _, p := range points {
		if w.Holds(p.At) && p.Value == p.Value { // not NaN
			c.Points = append(c.Points, pipewright.Sample{At: p.At, Value: p.Value})
		}
	}
	c = c.Thin(drawn)
	c.Low, c.High = usual(points, c.Points)
	return c, nil
}

// usual is what was usual at each sample, from all points up to then. It is nothing
// when it is not known at every one of them.
func usual(points []pipewright.Point, at []pipewright.Sample) (low, high []float64) {
	never := slices.ContainsFunc(points, func(p pipewright.Point) bool { return p.Value < 0 })
	every := max(1, len(at)/bandSteps)
	var l, h float64
	for i, s := range at {
		if i%every == 0 {
			b := detect.BandAt(points, s.At)
			if !b.Known() {
				return nil, nil
			}
			l, h = b.Bounds()
			if !never {
				l = max(l, 0) // what never was negative is not usually so
			}
		}
		low, high = append(low, l), append(high, h)
	}
	return low, high
}

// DrawIncident are the metrics that an incident is about, before and after it: those of
// its signals, and those that its first hypothesis cites. What was done is marked.
func DrawIncident(ctx context.Context, s Series, inc pipewright.Incident, now time.Time) ([]pipewright.Chart, error) {
	w := pipewright.Window{Start: inc.OpenedAt.Add(-around), End: now}
	if last := latest(inc.EndedAt, inc.UpdatedAt).Add(around); last.Before(now) {
		w.End = last
	}
	if inc.Diagnosis != nil {
		for _, e := range inc.Diagnosis.Evidence {
			if !e.Start.IsZero() && e.Start.Before(inc.OpenedAt) && e.Kind == pipewright.MetricEvidence {
				w.Start = earlier(w.Start, latest(e.Start, inc.OpenedAt.Add(-earliest)))
			}
		}
	}
	var out []pipewright.Chart
	for _, m := range metricsOf(inc) {
		c, err := DrawSeries(ctx, s, m.Resource, m.Metric, w)
		if err != nil {
			return nil, err
		}
		if len(c.Points) > 1 {
			c.Marks, c.Evidence = marksOf(inc), m.evidence
			out = append(out, c)
		}
		if len(out) == drawnMost {
			break
		}
	}
	return out, nil
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// pictured is a series that an incident is about.
type pictured struct {
	pipewright.SeriesName
	evidence string // id
}

func metricsOf(inc pipewright.Incident) (out []pictured) {
	add := func(id pipewright.ResourceID, metric, evidence string) {
		name := pipewright.SeriesName{Resource: id, Metric: metric}
		if metric != "" && !slices.ContainsFunc(out, func(o pictured) bool { return o.SeriesName == name }) {
			out = append(out, pictured{name, evidence})
		}
	}
	if d := inc.Diagnosis; d != nil && len(d.Hypotheses) > 0 {
		for _, e := range d.Evidence {
			if slices.Contains(d.Hypotheses[0].Evidence, e.ID) {
				add(e.Source, metricIn(e), e.ID)
			}
		}
	}
	for _, s := range inc.Signals {
		add(s.Resource, s.Metric, "")
	}
	return out
}

// metricIn is the metric that a piece of evidence read, empty when it read none.
func metricIn(e pipewright.Evidence) string {
	if e.Kind != pipewright.MetricEvidence {
		return ""
	}
	for _, word := range strings.Fields(e.Query) {
		for _, key := range []string{"name=", "metric="} {
			if name, ok := strings.CutPrefix(word, key); ok {
				return strings.Trim(name, `"`)
			}
		}
	}
	return ""
}

// marksOf are the moments of an incident.
func marksOf(inc pipewright.Incident) []pipewright.Mark {
	marks := []pipewright.Mark{{At: inc.OpenedAt, Say: "opened"}}
	for _, a := range inc.Attempts {
		marks = append(marks, pipewright.Mark{At: a.At, Say: string(a.Action.Kind)})
	}
	if !inc.EndedAt.IsZero() {
		marks = append(marks, pipewright.Mark{At: inc.EndedAt, Say: "over"})
	}
	return marks
}

// draw adds the chart of a metric that the answer speaks of.
func (t *turn) draw(id pipewright.ResourceID, metric string, w pipewright.Window, cited []pipewright.Evidence) error {
	if t.a.deps.Series == nil || len(t.ans.Charts) >= drawnMost || w.Start.IsZero() {
		return nil
	}
	if w.End.IsZero() {
		w.End = t.now
	}
	c, err := DrawSeries(t.ctx, t.a.deps.Series, id, metric, w)
	if err != nil || len(c.Points) < 2 {
		return err
	}
	if len(cited) > 0 {
		c.Evidence = t.cite(cited[0])
	}
	t.ans.Charts = append(t.ans.Charts, c)
	return nil
}

// drawIncident adds the charts of an incident that the answer explains.
func (t *turn) drawIncident(inc pipewright.Incident, d pipewright.Diagnosis, ids map[string]string) error {
	if t.a.deps.Series == nil || len(t.ans.Charts) > 0 {
		return nil
	}
	inc.Diagnosis = &d
	charts, err := DrawIncident(t.ctx, t.a.deps.Series, inc, t.now)
	for i := range charts {
		charts[i].Evidence = ids[charts[i].Evidence]
	}
	t.ans.Charts = charts
	return err
}

package telemetry

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/retrieval"
	"github.com/pipewright/pipewright/tools"
)

// What happened before: windows of a metric that looked the same, incidents that were alike.

const (
	windowsLooked = 50
	windowsCited  = 5
	fewest        = 30 * time.Minute // length of the window that is compared, unless said
	alike         = 0.6              // shape distance under which windows are called alike
)

// SimilarWindow is one result of similar_windows and search_metrics.
type SimilarWindow struct {
	Resource  pipewright.ResourceID `json:"resource"`
	Metric    string                `json:"metric"`
	Window    pipewright.Window     `json:"window"`
	Distance  float64               `json:"distance"` // 0 the same, near 2 the opposite
	Mean      float64               `json:"mean"`
	Say       string                `json:"say"`       // its shape in words
	Incidents []string              `json:"incidents"` // on the resource, open in that window
}

func (r reader) similarWindows() spec {
	return spec{name: "similar_windows", purpose: "when a metric last looked as it does in a window: earlier windows of the same length, most alike first, with the incidents of their time",
		args: []tools.Arg{must(resourceArg), {Name: "metric", Type: "string", Purpose: "name of the series, such as cpu_percent", Required: true}, startArg, must(endArg), limitArg("at most that many windows, 3 unless said, 5 at most")},
		run: func(ctx context.Context, in input) (tools.Result, error) {
			q := pipewright.PointQuery{Resource: in.resource(), Metric: in.str("metric"), Window: pipewright.Window{End: in.window().End}}
			points, err := r.store.Points(ctx, q)
			if err != nil {
				return tools.Result{}, err
			}
			w := in.window()
			if w.Start.IsZero() {
				w.Start = w.End.Add(-fewest)
			}
			now := within(points, w)
			if _, ok := retrieval.ShapeOf(now, w); !ok {
				q.Window = w
				return r.noPoints(ctx, in, q)
			}
			found, err := retrieval.SimilarWindows(points, w, windowsLooked)
			if err != nil {
				return tools.Result{}, err
			}
			return r.windows(ctx, in, points, w, alikeIn(found, points, w))
		}}
}

// windows cites the window that was asked about and those like it.
func (r reader) windows(ctx context.Context, in input, points []pipewright.Point, w pipewright.Window, found []retrieval.Similar) (tools.Result, error) {
	res := tools.Result{Evidence: []pipewright.Evidence{citeWindow(points, w)}}
	var data []SimilarWindow
	for _, s := range found[:min(len(found), in.bound("limit", 3, windowsCited))] {
		one := SimilarWindow{Resource: in.resource(), Metric: in.str("metric"), Window: s.Window, Distance: s.Distance, Mean: s.Shape.Mean, Say: s.Shape.String()}
		var err error
		if one.Incidents, err = r.openIn(ctx, in.resource(), s.Window); err != nil {
			return tools.Result{}, err
		}
		data = append(data, one)
		res.Evidence = append(res.Evidence, citeWindow(points, s.Window))
	}
	res.Hits, res.Data = len(data), data
	if len(data) == 0 {
		res.Data = []SimilarWindow{}
		res.Empty = fmt.Sprintf("%s of %s never looked like this before; samples are stored since %s", in.str("metric"), in.resource(), stamp(points[0].At))
	}
	return res, nil
}

// alikeIn are the windows whose shape is near and whose level is of the same size: at most
// twice or half.
func alikeIn(found []retrieval.Similar, points []pipewright.Point, w pipewright.Window) []retrieval.Similar {
	now, _ := retrieval.ShapeOf(points, w)
	return slices.DeleteFunc(found, func(s retrieval.Similar) bool {
		a, b := math.Abs(now.Mean), math.Abs(s.Shape.Mean)
		return s.Distance > alike || max(a, b) > 2*min(a, b)
	})
}

func within(points []pipewright.Point, w pipewright.Window) []pipewright.Point {
	return slices.DeleteFunc(slices.Clone(points), func(p pipewright.Point) bool { return !w.Holds(p.At) || math.IsNaN(p.Value) })
}

func citeWindow(points []pipewright.Point, w pipewright.Window) pipewright.Evidence {
	m := sumUp(within(points, w), 8)
	query := fmt.Sprintf("get_metric resource=%s metric=%s start=%s end=%s limit=8", m.Resource, m.Metric, stamp(w.Start), stamp(w.End))
	return pipewright.Evidence{Source: m.Resource, Kind: pipewright.MetricEvidence, Query: query, Start: w.Start, End: w.End, Excerpt: m.excerpt()}
}

// openIn lists the incidents that show on a resource and were open in a window.
func (r reader) openIn(ctx context.Context, id pipewright.ResourceID, w pipewright.Window) ([]string, error) {
	all, err := r.ledger.Incidents(ctx, pipewright.IncidentQuery{Resources: []pipewright.ResourceID{id}, Window: pipewright.Window{End: w.End}, Limit: 1000})
	ids := []string{}
	for _, inc := range all {
		if inc.EndedAt.IsZero() || inc.EndedAt.After(w.Start) {
			ids = append(ids, inc.ID)
		}
	}
	return ids, err
}

func (r reader) searchMetrics() spec {
	return spec{name: "search_metrics", purpose: "metric series that behaved as the words say in a window (rising, falling, steady, volatile), of a resource and its neighbours or of all",
		args: []tools.Arg{{Name: "text", Type: "string", Purpose: "what to look for, such as rising memory", Required: true}, resourceArg, hopsArg, must(startArg), must(endArg), limitArg("at most that many series, 5 unless said, 20 at most")},
		run: func(ctx context.Context, in input) (tools.Result, error) {
			names, err := r.seriesAround(ctx, in)
			if err != nil {
				return tools.Result{}, err
			}
			x, points, err := r.shapes(ctx, names, in.window())
			if err != nil {
				return tools.Result{}, err
			}
			hits, err := x.Search(retrieval.Query{Text: in.str("text"), Limit: in.bound("limit", 5, 20)})
			if err != nil {
				return tools.Result{}, err
			}
			res := tools.Result{Hits: len(hits)}
			var data []SimilarWindow
			for _, h := range hits {
				p := points[h.Document.ID]
				res.Evidence = append(res.Evidence, citeWindow(p, in.window()))
				s, _ := retrieval.ShapeOf(p, in.window())
				data = append(data, SimilarWindow{Resource: p[0].Resource, Metric: p[0].Metric, Window: in.window(), Mean: s.Mean, Say: s.String(), Incidents: []string{}})
			}
			if res.Data = data; len(data) == 0 {
				res.Data = []SimilarWindow{}
				res.Empty = fmt.Sprintf("none of the %d metric series%s with samples%s is %q", x.Len(), of(in), during(in.window()), in.str("text"))
			}
			return res, nil
		}}
}

// seriesAround lists the series of the resource and its neighbours, or of all.
func (r reader) seriesAround(ctx context.Context, in input) (out []pipewright.SeriesName, err error) {
	if in.resource() == "" {
		return r.store.Series(ctx, "")
	}
	ids, err := Neighbourhood(ctx, r.store, in.resource(), in.bound("hops", 0, 8))
	for _, id := range ids {
		if err != nil {
			break
		}
		var names []pipewright.SeriesName
		names, err = r.store.Series(ctx, id)
		out = append(out, names...)
	}
	return out, err
}

const mostSeries = 500 // that one search looks at

// shapes indexes what the series looked like in a window.
func (r reader) shapes(ctx context.Context, names []pipewright.SeriesName, w pipewright.Window) (*retrieval.Index, map[string][]pipewright.Point, error) {
	x, points := retrieval.NewIndex(), map[string][]pipewright.Point{}
	for _, name := range names[:min(len(names), mostSeries)] {
		p, err := r.store.Points(ctx, pipewright.PointQuery{Resource: name.Resource, Metric: name.Metric, Window: w})
		if err != nil {
			return nil, nil, err
		}
		s, ok := retrieval.ShapeOf(p, w)
		if !ok {
			continue
		}
		d := retrieval.OfWindow(name, w, s)
		points[d.ID] = within(p, w)
		if err := x.Add(d); err != nil {
			return nil, nil, err
		}
	}
	return x, points, nil
}

// Past is one result of similar_incidents.
type Past struct {
	Incident pipewright.Incident `json:"incident"`
	Score    float64             `json:"score"` // 0 to 1.3, comparable within one result
	Outcome  string              `json:"outcome"`
}

func (r reader) similarIncidents() spec {
	return spec{name: "similar_incidents", purpose: "past incidents most like one, or like a description: what they were, what was tried and what came of it",
		args: []tools.Arg{incidentArg, {Name: "text", Type: "string", Purpose: "what happened, in any words, when it is no incident"}, resourceArg, hopsArg, endArg, limitArg("at most that many, 3 unless said, 10 at most")},
		run: func(ctx context.Context, in input) (tools.Result, error) {
			text, before, res, err := r.likeWhat(ctx, in)
			if err != nil || text == "" {
				return res, err
			}
			q := pipewright.IncidentQuery{Window: pipewright.Window{End: before}, Limit: 1000}
			if in.resource() != "" {
				if q.Resources, err = Neighbourhood(ctx, r.store, in.resource(), in.bound("hops", 0, 8)); err != nil {
					return tools.Result{}, err
				}
			}
			all, err := r.ledger.Incidents(ctx, q)
			if err != nil {
				return tools.Result{}, err
			}
			all = slices.DeleteFunc(all, func(inc pipewright.Incident) bool {
				return inc.ID == in.str("incident") || inc.Class == pipewright.ClassRequested
			})
			return r.alike(in, all, text)
		}}
}

// likeWhat is the text that incidents are compared with, and the time before which they
// opened. Without a text the result says why.
func (r reader) likeWhat(ctx context.Context, in input) (text string, before time.Time, res tools.Result, err error) {
	before = in.window().End
	id := in.str("incident")
	if id == "" {
		if in.str("text") == "" {
			return "", before, res, pipewright.Errorf(pipewright.Invalid, "name the incident, or say in text what happened")
		}
		return in.str("text"), before, res, nil
	}
	inc, err := r.ledger.Incident(ctx, id)
	if pipewright.KindOf(err) == pipewright.NotFound {
		res, err = r.noIncident(ctx, in)
		return "", before, res, err
	}
	if before.IsZero() || inc.OpenedAt.Before(before) {
		before = inc.OpenedAt
	}
	return retrieval.OfIncident(unsettled(inc)).Text, before, res, err
}

// unsettled is an incident as it was when it began: what was tried since says nothing of
// what it is like.
func unsettled(inc pipewright.Incident) pipewright.Incident {
	inc.Attempts, inc.Note, inc.State = nil, "", ""
	return inc
}

// alike ranks incidents by how like a text they are.
func (r reader) alike(in input, all []pipewright.Incident, text string) (tools.Result, error) {
	x := retrieval.NewIndex()
	for _, inc := range all {
		if err := x.Add(retrieval.OfIncident(inc)); err != nil {
			return tools.Result{}, err
		}
	}
	hits, err := x.Search(retrieval.Query{Text: text, Limit: in.bound("limit", 3, 10)})
	if err != nil {
		return tools.Result{}, err
	}
	res := tools.Result{Hits: len(hits), Data: []Past{}, Evidence: []pipewright.Evidence{}}
	var data []Past
	for _, h := range hits {
		i := slices.IndexFunc(all, func(inc pipewright.Incident) bool { return "incident:"+inc.ID == h.Document.ID })
		data = append(data, Past{all[i], h.Score, outcome(all[i])})
		res.Evidence = append(res.Evidence, citeIncidents(all[i:i+1], in)...)
	}
	if res.Data = data; len(data) == 0 {
		res.Data = []Past{}
		res.Empty = fmt.Sprintf("no earlier incident%s is like it; %d were looked at", of(in), len(all))
	}
	return res, nil
}

// outcome says what came of an incident: what recovered it, or how it stands.
func outcome(inc pipewright.Incident) string {
	for _, a := range slices.Backward(inc.Attempts) {
		if a.Verification == pipewright.VerifyRecovered {
			return fmt.Sprintf("recovered by %s on %s", a.Action.Kind, a.Action.Target)
		}
	}
	return cmp.Or(oneLine(inc.Note, 160), string(inc.State))
}

package ask

import (
	"fmt"
	"slices"
	"strings"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/tools/telemetry"
)

// metric answers "what was the CPU of X between A and B".
func (t *turn) metric() error {
	w := t.span0(1)
	if t.r.has("$howlong") && !t.r.metric.said {
		t.r.metric = metricChoice{said: true, words: []string{"duration"}, names: durations(t.world.metrics)}
	}
	s, err := t.pick(t.measured())
	if err != nil || t.settle(s) {
		return err
	}
	ids := s.ids
	if len(ids) == 0 {
		ids = t.withMetric(s.kinds)
		if len(ids) > 1 && len(s.kinds) == 0 && !t.r.any("any", "which", "peak") {
			t.which(ids)
			return nil
		}
		t.ans.Resources = append(t.ans.Resources, ids...)
	}
	if len(ids) == 0 {
		t.noSeries(pipewright.ResourceID(strings.Join(s.kinds, ", ")))
		return nil
	}
	return t.measure(ids, w)
}

func durations(observed []string) []string {
	return slices.DeleteFunc(slices.Clone(observed), func(m string) bool { return !strings.HasPrefix(m, "duration") })
}

// measured prefers resources that have the metric.
func (t *turn) measured() prefer {
	return func(id pipewright.ResourceID) (float64, error) {
		if t.metricOf(id) != "" {
			return 1, nil
		}
		return 0, nil
	}
}

// metricOf is the stored series of the resource that the words mean, "" when there is none.
func (t *turn) metricOf(id pipewright.ResourceID) string {
	own := t.metricsOf(id)
	for _, name := range t.r.metric.names {
		if slices.Contains(own, name) {
			return name
		}
	}
	heads := map[string]bool{}
	for _, w := range t.r.metric.words {
		if head, ok := metricHead(metricVocabulary(own), w); ok && head != "" {
			heads[head] = true
		}
		if w == "error rate" {
			heads["error"] = true
		}
	}
	if names := bestMetrics(t.r.toks, own, heads); len(names) > 0 {
		return names[0]
	}
	return ""
}

func (t *turn) metricsOf(id pipewright.ResourceID) []string {
	var own []string
	for _, s := range t.series {
		if s.Resource == id {
			own = append(own, s.Metric)
		}
	}
	return own
}

// withMetric lists the resources, of the kinds if any, that have the metric.
func (t *turn) withMetric(kinds []string) []pipewright.ResourceID {
	var ids []pipewright.ResourceID
	for _, e := range t.world.index.entries {
		if (len(kinds) == 0 || slices.Contains(kinds, e.kind)) && t.metricOf(e.id) != "" {
			ids = append(ids, e.id)
		}
	}
	return ids
}

func (t *turn) noSeries(id pipewright.ResourceID) {
	t.ans.Verdict = pipewright.InconclusiveV
	said := strings.Join(t.r.metric.words, " ")
	switch own := t.metricsOf(id); {
	case len(own) > 0:
		t.say("No series of %s fits %q; it has %s.", id, said, strings.Join(own, ", "))
	case id != "":
		t.say("No metric of %s is stored, so %q cannot be read.", id, said)
	default:
		t.say("No stored metric fits %q; there are %s.", said, strings.Join(t.world.metrics, ", "))
	}
}

// measure reads the metric of each resource, the highest first when a comparison
// was asked for.
func (t *turn) measure(ids []pipewright.ResourceID, w pipewright.Window) error {
	type row struct {
		m telemetry.Metric
		e []pipewright.Evidence
	}
	var rows []row
	for _, id := range ids[:min(20, len(ids))] {
		name := t.metricOf(id)
		if name == "" {
			if t.r.has("$howlong") || slices.Contains(t.r.metric.words, "duration") {
				if err := t.runLengths(id); err != nil {
					return err
				}
				continue
			}
			t.noSeries(id)
			continue
		}
		t.next.Metric = name
		res, err := t.call("get_metric", within(map[string]any{"resource": id, "metric": name}, w))
		if err != nil {
			return err
		}
		if res.Hits == 0 {
			t.empty(res)
			continue
		}
		rows = append(rows, row{as[telemetry.Metric](res.Data), res.Evidence})
	}
	if len(rows) > 1 {
		slices.SortStableFunc(rows, func(a, b row) int {
			if t.r.has("lowest") {
				a, b = b, a
			}
			switch {
			case a.m.Max > b.m.Max:
				return -1
			case a.m.Max < b.m.Max:
				return 1
			}
			return 0
		})
	}
	for _, r := range rows {
		t.claim(r.e, "%s", t.metricWords(r.m))
		if err := t.draw(r.m.Resource, r.m.Metric, w, r.e); err != nil {
			return err
		}
	}
	return nil
}

// metricWords puts what was asked for first: the peak, the average, the last value.
func (t *turn) metricWords(m telemetry.Metric) string {
	unit := unitOf(m.Metric)
	n := func(v float64) string { return telemetry.Number(v) + unit }
	head := fmt.Sprintf("%s of %s", m.Metric, m.Resource)
	last := fmt.Sprintf("last %s at %s", n(m.Last), t.clock(m.LastAt))
	rest := fmt.Sprintf("min %s, average %s, max %s at %s", n(m.Min), n(m.Avg), n(m.Max), t.clock(m.MaxAt))
	switch {
	case t.r.has("peak"):
		return fmt.Sprintf("%s peaked at %s at %s; min %s, average %s, %s, %s", head, n(m.Max), t.clock(m.MaxAt), n(m.Min), n(m.Avg), last, times(m.Samples, "sample"))
	case t.r.has("average"):
		return fmt.Sprintf("%s averaged %s; min %s, max %s at %s, %s, %s", head, n(m.Avg), n(m.Min), n(m.Max), t.clock(m.MaxAt), last, times(m.Samples, "sample"))
	case t.r.has("lowest"):
		return fmt.Sprintf("%s was lowest with %s at %s; average %s, max %s, %s, %s", head, n(m.Min), t.clock(m.MinAt), n(m.Avg), n(m.Max), last, times(m.Samples, "sample"))
	case !t.r.timed || t.r.has("now"):
		return fmt.Sprintf("%s is %s (%s); over the window %s, %s", head, n(m.Last), t.clock(m.LastAt), rest, times(m.Samples, "sample"))
	}
	return fmt.Sprintf("%s: %s, %s, %s", head, rest, last, times(m.Samples, "sample"))
}

// runLengths answers how long runs took from the runs themselves.
func (t *turn) runLengths(id pipewright.ResourceID) error {
	w := t.r.window
	if !t.r.timed {
		w = pipewright.Window{Start: t.now.AddDate(0, 0, -1), End: t.now}
		t.ans.Window = w
	}
	res, err := t.call("list_runs", within(map[string]any{"resource": id}, w))
	if err != nil {
		return err
	}
	if res.Hits == 0 {
		t.empty(res)
		return nil
	}
	runs := as[[]pipewright.Run](res.Data)
	last := runs[len(runs)-1]
	end := last.Ended
	if end.IsZero() {
		end = t.now
	}
	t.claim(res.Evidence[:1], "Run %s of %s %s after %s; %s in the window", last.ID, id, stateWord(last), end.Sub(last.Started).Round(1e9), times(len(runs), "run"))
	return nil
}

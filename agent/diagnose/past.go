package diagnose

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	pipewright "github.com/pipewright/pipewright"
)

// shapeWindow is the least window whose shape is compared with earlier ones.
const shapeWindow = 30 * time.Minute

// recall adds to the likeliest cause what the read tools know of the past: an incident that was
// like it and recovered, a window in which the metric looked the same and an incident was
// open, the first record that is new since the last good run, and what the team wrote
// down. Each is cited and none is counted: earlier diagnoses are this code's own
// word, and counted again they would only confirm themselves. A tool that is missing, fails
// or finds nothing adds nothing.
func (d *Diagnoser) recall(ctx context.Context, s *scene, x suspect) []*citation {
	var out []*citation
	for _, look := range []func(context.Context, *scene, suspect) *citation{d.newRecord, d.sameShape, d.likeIncident, d.written} {
		if c := look(ctx, s, x); c != nil {
			out = append(out, c)
		}
	}
	return out
}

// ask calls a read tool and reads its data, as JSON, into data.
func (d *Diagnoser) ask(ctx context.Context, tool string, args map[string]any, data any) []pipewright.Evidence {
	t, ok := d.reg.Tool(tool)
	if !ok {
		return nil
	}
	res, err := t.Call(ctx, args)
	if err != nil || res.Hits == 0 {
		return nil
	}
	raw, err := json.Marshal(res.Data)
	if err != nil || json.Unmarshal(raw, data) != nil {
		return nil
	}
	return res.Evidence
}

func recalled(e pipewright.Evidence) *citation { return &citation{key: e.Query, evidence: e} }

// likeIncident is the most similar incident on the same resource that recovered, if its
// cause was this one or this one is not known.
func (d *Diagnoser) likeIncident(ctx context.Context, s *scene, x suspect) *citation {
	if s.inc.ID == "" {
		return nil
	}
	var past []struct {
		Incident pipewright.Incident `json:"incident"`
		Outcome  string              `json:"outcome"`
	}
	evidence := d.ask(ctx, "similar_incidents", map[string]any{"incident": s.inc.ID, "resource": string(s.inc.Resource)}, &past)
	for i, p := range past {
		was, _ := diagnosed(p.Incident)
		if i < len(evidence) && !p.Incident.State.Live() && strings.HasPrefix(p.Outcome, "recovered") && (x.spare || was == x.cause.Name) {
			c := recalled(evidence[i])
			c.key += " " + p.Incident.ID
			return c
		}
	}
	return nil
}

// diagnosed is the cause that an incident was put down to.
func diagnosed(inc pipewright.Incident) (cause string, ok bool) {
	if inc.Diagnosis == nil {
		return "", false
	}
	h, ok := inc.Diagnosis.Top()
	return h.Cause, ok
}

// sameShape is the last window in which the metric that speaks for the cause looked as it does
// now while an incident was open.
func (d *Diagnoser) sameShape(ctx context.Context, s *scene, x suspect) *citation {
	o, ok := x.best(metricFacet)
	if !ok || o.cite == nil || o.cite.shift.metric == "" {
		return nil
	}
	m := o.cite.shift
	start := m.start
	if s.now.Sub(start) < shapeWindow {
		start = s.now.Add(-shapeWindow)
	}
	var windows []struct {
		Incidents []string `json:"incidents"`
	}
	evidence := d.ask(ctx, "similar_windows", map[string]any{"resource": string(m.resource), "metric": m.metric, "start": start, "end": s.now}, &windows)
	for i, w := range windows {
		before := slices.DeleteFunc(w.Incidents, func(id string) bool { return id == s.inc.ID })
		if len(before) > 0 && i+1 < len(evidence) {
			e := evidence[i+1] // the first is the window that was asked about
			e.Excerpt = "it looked like this while " + strings.Join(before, ", ") + " was open: " + e.Excerpt
			return recalled(e)
		}
	}
	return nil
}

// newRecord is the first error of a kind that was never logged before the last good run, where no
// record speaks for the cause.
func (d *Diagnoser) newRecord(ctx context.Context, s *scene, x suspect) *citation {
	if o, ok := x.best(logFacet); ok && o.cite != nil {
		return nil
	}
	var found struct{}
	args := map[string]any{"resource": string(s.inc.Resource), "new": true, "level": "error", "end": s.now.Add(time.Second), "limit": 1}
	evidence := d.ask(ctx, "search_logs", args, &found)
	if len(evidence) == 0 || evidence[0].Excerpt == "" {
		return nil
	}
	return recalled(evidence[0])
}

// written is the section of a runbook that names the place, or what the cause is about.
func (d *Diagnoser) written(ctx context.Context, s *scene, x suspect) *citation {
	words := strings.ReplaceAll(x.cause.Name, "_", " ")
	var sections []struct {
		Text string `json:"text"`
	}
	evidence := d.ask(ctx, "read_runbook", map[string]any{"text": words + " " + x.at.Name() + " " + s.inc.Resource.Name()}, &sections)
	for i, one := range sections {
		if i < len(evidence) && about(strings.ToLower(one.Text), words, x.at.Name(), s.inc.Resource.Name()) {
			return recalled(evidence[i])
		}
	}
	return nil
}

// about tells whether a text names one of the places, or two of the words.
func about(text, words string, places ...string) bool {
	if slices.ContainsFunc(places, func(p string) bool { return p != "" && strings.Contains(text, strings.ToLower(p)) }) {
		return true
	}
	n := 0
	for _, w := range strings.Fields(words) {
		n += truth(len(w) > 3 && strings.Contains(text, w))
	}
	return n >= 2
}

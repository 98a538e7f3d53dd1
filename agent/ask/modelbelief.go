package ask

import (
	"slices"

	pipewright "github.com/pipewright/pipewright"
)

// concerned finds the incident that the answer is about: the one named, one that was
// read, or the newest on the resources of the answer.
func (m *thought) concerned(d draft) (pipewright.Incident, bool, error) {
	if m.r.incident != "" {
		inc, ok, err := m.readIncident(m.r.incident)
		return inc, ok && inc.ID != "", err
	}
	var fits []pipewright.Incident
	for _, inc := range m.incidents {
		if m.touches(inc, d) {
			fits = append(fits, inc)
		}
	}
	if inc, ok := newest(fits); ok {
		return inc, true, nil
	}
	if m.intent != "diagnose" && len(d.hypotheses) == 0 || len(m.ans.Resources) == 0 {
		return pipewright.Incident{}, false, nil
	}
	id, w := m.ans.Resources[0], m.ans.Window
	incidents, err := m.incidentsOf(id, w)
	if err != nil {
		return pipewright.Incident{}, false, err
	}
	if inc, ok := newest(incidents); ok {
		return inc, true, nil
	}
	failed, err := m.call("list_runs", within(map[string]any{"resource": id, "state": "failed"}, w))
	if runs := as[[]pipewright.Run](failed.Data); err == nil && len(runs) > 0 {
		return suppose(runs[len(runs)-1]), true, nil
	}
	return pipewright.Incident{}, false, err
}

func (m *thought) touches(inc pipewright.Incident, d draft) bool {
	top, _ := topOf(inc)
	where := append(slices.Clone(inc.Resources()), top.Resource)
	return slices.ContainsFunc(m.ans.Resources, func(id pipewright.ResourceID) bool { return slices.Contains(where, id) }) ||
		slices.ContainsFunc(d.hypotheses, func(h draftHypothesis) bool {
			return h.resource != "" && slices.Contains(where, pipewright.ResourceID(h.resource))
		})
}

// believe writes the diagnosis. The model may only lower a confidence.
func (m *thought) believe(inc pipewright.Incident, d draft) error {
	diag, err := m.diagnosisOf(inc)
	if err != nil {
		return err
	}
	ids := map[string]string{}
	for _, e := range diag.Evidence {
		ids[e.ID] = m.cite(e)
	}
	believed := slices.Clone(diag.Hypotheses)
	for i, h := range believed {
		var renamed []string
		for _, id := range h.Evidence {
			if now, ok := ids[id]; ok && !slices.Contains(renamed, now) {
				renamed = append(renamed, now)
			}
		}
		believed[i].Evidence = append([]string{}, renamed...)
		believed[i].Confidence = min(lowered(h, d.hypotheses), m.ceiling)
	}
	slices.SortStableFunc(believed, func(a, b pipewright.Hypothesis) int {
		switch {
		case a.Confidence > b.Confidence:
			return -1
		case a.Confidence < b.Confidence:
			return 1
		}
		return 0
	})
	m.ans.Hypotheses, m.ans.RuledOut = append(m.ans.Hypotheses, believed...), append(m.ans.RuledOut, diag.RuledOut...)
	m.ans.Unknown = append(m.ans.Unknown, diag.Unknown...)
	m.doubts(diag, d)
	m.next.Incident = inc.ID
	if len(believed) == 0 {
		return nil
	}
	m.ans.Confidence = believed[0].Confidence
	lead := "Measured cause"
	if diag.Inconclusive {
		m.ans.Verdict, lead = pipewright.InconclusiveV, "Inconclusive. Most likely"
	}
	m.sayHypothesis(lead, believed[0])
	m.sayRuledOut(diag)
	return nil
}

// lowered is a measured confidence, or the model's when that is lower.
func lowered(h pipewright.Hypothesis, said []draftHypothesis) float64 {
	c := h.Confidence
	for _, s := range said {
		if s.cause == h.Cause && s.confidence < c { // false for NaN
			c = s.confidence
		}
	}
	return c
}

// doubts names the catalogue's causes that the model suspects and nothing measured
// shows. Other names are not causes.
func (m *thought) doubts(diag pipewright.Diagnosis, d draft) {
	for _, h := range d.hypotheses {
		measured := slices.ContainsFunc(diag.Hypotheses, func(x pipewright.Hypothesis) bool { return x.Cause == h.cause })
		if c := m.a.deps.Catalogue; measured || c == nil {
			continue
		} else if _, real := c.Cause(h.cause); real {
			m.gap("the model also suspects %s, which nothing measured supports", h.cause)
		}
	}
}

package ask

import (
	"fmt"
	"slices"
	"strings"
	"time"

	pipewright "github.com/pipewright/pipewright"
)

// tell writes what is believed about an incident. asked is what the question named,
// nil for the incident's own resources.
func (t *turn) tell(inc pipewright.Incident, asked []pipewright.ResourceID) error {
	d, err := t.diagnosisOf(inc)
	if err != nil {
		return err
	}
	ids := map[string]string{} // evidence ids of the diagnosis, in this answer
	for _, e := range d.Evidence {
		ids[e.ID] = t.cite(e)
	}
	rename := func(old []string) []string {
		out := []string{}
		for _, id := range old {
			if now, ok := ids[id]; ok && !slices.Contains(out, now) {
				out = append(out, now)
			}
		}
		return out
	}
	believed := slices.Clone(d.Hypotheses)
	for i := range believed {
		believed[i].Evidence = rename(believed[i].Evidence)
	}
	t.ans.Hypotheses = append(t.ans.Hypotheses, believed...)
	t.ans.RuledOut = append(t.ans.RuledOut, d.RuledOut...)
	t.ans.Unknown = append(t.ans.Unknown, d.Unknown...)
	what := inc.Resource
	if len(asked) > 0 {
		what = asked[0]
	} else if len(t.ans.Resources) == 0 {
		t.ans.Resources = inc.Resources()
	}
	if err := t.drawIncident(inc, d, ids); err != nil {
		return err
	}
	t.verdictOf(inc, d, believed, what)
	if err := t.support(inc, d, what); err != nil {
		return err
	}
	t.sayRuledOut(d)
	if t.r.has("evidence") {
		t.sayEvidence()
	}
	return t.propose(inc, d)
}

// diagnosisOf is the stored diagnosis, or a fresh one.
func (t *turn) diagnosisOf(inc pipewright.Incident) (pipewright.Diagnosis, error) {
	if inc.Diagnosis != nil {
		return *inc.Diagnosis, nil
	}
	if t.a.deps.Diagnoser == nil {
		return pipewright.Diagnosis{Inconclusive: true, Unknown: []string{"no diagnosis is stored, and none can be made here"}}, nil
	}
	d, err := t.a.deps.Diagnoser.Diagnose(t.ctx, inc, t.now)
	if err != nil && pipewright.KindOf(err) == pipewright.Unavailable {
		return pipewright.Diagnosis{Inconclusive: true, Unknown: []string{"the diagnosis could not be made: " + err.Error()}}, nil
	}
	return d, err
}

// verdictOf writes the first sentences: what broke, why, and how sure that is.
func (t *turn) verdictOf(inc pipewright.Incident, d pipewright.Diagnosis, believed []pipewright.Hypothesis, what pipewright.ResourceID) {
	top, sure := d.Top()
	name := string(what)
	if inc.ID != "" {
		name = fmt.Sprintf("%s (%s, %s)", what, inc.ID, inc.State)
	}
	if t.ans.Confidence == 0 {
		t.ans.Confidence = top.Confidence
	}
	trouble := "is in trouble"
	if slices.ContainsFunc(inc.Signals, func(s pipewright.Signal) bool { return s.Kind == pipewright.RunFailedSignal }) || inc.ID == "" {
		trouble = "failed"
	} else if inc.State == pipewright.Closed || inc.State == pipewright.Resolved {
		trouble = "was in trouble"
	}
	switch {
	case !sure && len(d.Hypotheses) == 0:
		t.ans.Verdict = pipewright.InconclusiveV
		t.say("Inconclusive: %s %s and nothing that was read explains it.", name, trouble)
	case !sure:
		t.ans.Verdict = pipewright.InconclusiveV
		t.sayHypothesis(fmt.Sprintf("Inconclusive for %s. Most likely", name), believed[0])
	default:
		t.ans.Verdict = pipewright.NoAction
		t.sayHypothesis(name+" "+trouble+". Cause", believed[0])
	}
	if len(believed) > 1 && believed[1].Confidence >= 0.05 {
		t.sayHypothesis("Next most likely", believed[1])
	}
}

// sayHypothesis states a cause with its confidence, or says that nothing supports it.
func (t *turn) sayHypothesis(lead string, h pipewright.Hypothesis) {
	text := fmt.Sprintf("%s: %s on %s, confidence %.2f", lead, t.causeWords(h), h.Resource, h.Confidence)
	if len(h.Evidence) == 0 {
		t.gap("%s has no evidence of its own", h.Cause)
		return
	}
	t.report(pipewright.ProgressClaim, text+".")
	t.say("%s [%s].", text, strings.Join(h.Evidence, ", "))
}

// causeWords is a cause's name with its summary for people.
func (t *turn) causeWords(h pipewright.Hypothesis) string {
	summary := h.Summary
	if c := t.a.deps.Catalogue; summary == "" && c != nil {
		if cause, ok := c.Cause(h.Cause); ok {
			summary = cause.Summary
		}
	}
	if summary == "" {
		return h.Cause
	}
	return fmt.Sprintf("%s (%s)", h.Cause, strings.TrimSuffix(firstLine(summary, 260), "."))
}

// support lists what the top hypothesis rests on, and at least one log record of the
// resource when there is one.
func (t *turn) support(inc pipewright.Incident, d pipewright.Diagnosis, what pipewright.ResourceID) error {
	top, _ := d.Top()
	logged := false
	var said []string
	for _, e := range d.Evidence {
		if id := t.cite(e); slices.Contains(top.Evidence, e.ID) && !slices.Contains(said, id) {
			said = append(said, id)
			t.say("  %s %s: %s [%s]", e.Kind, e.Source, firstLine(e.Excerpt, 220), id)
		}
		logged = logged || e.Kind == pipewright.LogEvidence
	}
	if logged {
		return nil
	}
	w := pipewright.Window{Start: inc.OpenedAt.Add(-2 * time.Hour), End: inc.OpenedAt.Add(30 * time.Minute)}
	res, err := t.call("search_logs", within(map[string]any{"resource": what, "level": "error", "limit": 3}, w))
	if err != nil {
		return err
	}
	for _, e := range res.Evidence[:min(2, len(res.Evidence))] {
		if res.Hits > 0 {
			t.say("  %s %s: %s [%s]", e.Kind, e.Source, firstLine(e.Excerpt, 220), t.cite(e))
		}
	}
	return nil
}

func (t *turn) sayRuledOut(d pipewright.Diagnosis) {
	for _, r := range d.RuledOut[:min(3, len(d.RuledOut))] {
		t.say("Ruled out: %s, because %s.", r.Cause, strings.TrimSuffix(r.Why, "."))
	}
}

// sayEvidence prints what was cited, word for word.
func (t *turn) sayEvidence() {
	for i, e := range t.ans.Evidence {
		if i == t.most(8) {
			t.say("and %d more; say \"more\".", len(t.ans.Evidence)-i)
			break
		}
		lines := ""
		if len(e.Lines) == 2 {
			lines = fmt.Sprintf(" lines %d-%d", e.Lines[0], e.Lines[1])
		}
		t.say("[%s] %s %s%s: %s", e.ID, e.Kind, e.Source, lines, e.Excerpt)
	}
}

// readIncident reads one incident, or says that it does not exist.
func (t *turn) readIncident(id string) (pipewright.Incident, bool, error) {
	res, err := t.call("get_incident", map[string]any{"incident": id})
	if err != nil {
		return pipewright.Incident{}, false, err
	}
	if res.Hits == 0 {
		t.ans.Verdict = pipewright.Clarify
		t.empty(res)
		return pipewright.Incident{}, false, nil
	}
	inc := as[pipewright.Incident](res.Data)
	if inc.ID != "" {
		t.cite(res.Evidence[0])
	}
	return inc, true, nil
}

package ask

import (
	"fmt"
	"slices"
	"strings"
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/tools/telemetry"
)

func hour(n int) time.Duration { return time.Duration(n) * time.Hour }

// diagnose answers "why did X fail" and "show me the logs of X".
func (t *turn) diagnose() error {
	w := t.span0(24)
	if t.r.incident != "" {
		inc, ok, err := t.readIncident(t.r.incident)
		if err != nil || !ok {
			return err
		}
		t.next.Incident = inc.ID
		return t.tell(inc, nil)
	}
	s, err := t.pick(t.trouble(w))
	if err != nil || t.settle(s) {
		return err
	}
	switch {
	case s.none():
		return t.diagnoseAnything(w)
	case len(s.kinds) > 0:
		return t.failures()
	case t.r.has("log") && !t.r.any("why", "cause", "diagnose"):
		return t.logs(s.ids[0], w)
	}
	for _, id := range s.ids[:min(2, len(s.ids))] {
		if err := t.diagnoseOne(id, w); err != nil {
			return err
		}
	}
	return nil
}

// trouble prefers resources with a live incident, then with an incident or a failed
// run in the window.
func (t *turn) trouble(w pipewright.Window) prefer {
	return func(id pipewright.ResourceID) (float64, error) {
		incidents, err := t.incidentsOf(id, w)
		if err != nil {
			return 0, err
		}
		failed, err := t.call("list_runs", within(map[string]any{"resource": id, "state": "failed"}, w))
		if err != nil {
			return 0, err
		}
		score := 0.0
		if failed.Hits > 0 {
			score = 2
		}
		for _, inc := range incidents {
			score = max(score, 1.5)
			if over := inc.State == pipewright.Resolved || inc.State == pipewright.Closed; !over {
				score = 3
			}
		}
		return score, nil
	}
}

// incidentsOf lists the incidents that show on a resource or whose cause sits there,
// oldest first.
func (t *turn) incidentsOf(id pipewright.ResourceID, w pipewright.Window) ([]pipewright.Incident, error) {
	res, err := t.call("list_incidents", within(map[string]any{}, w))
	if err != nil {
		return nil, err
	}
	var out []pipewright.Incident
	for _, inc := range as[[]pipewright.Incident](res.Data) {
		top, _ := topOf(inc)
		if inc.Class != pipewright.ClassRequested && (slices.Contains(inc.Resources(), id) || top.Resource == id && inc.State.Live()) {
			out = append(out, inc)
		}
	}
	return out, nil
}

func topOf(inc pipewright.Incident) (pipewright.Hypothesis, bool) {
	if inc.Diagnosis == nil {
		return pipewright.Hypothesis{}, false
	}
	return inc.Diagnosis.Top()
}

// diagnoseAnything answers "why did it fail" when nothing was named: with the only
// live incident, or by asking which.
func (t *turn) diagnoseAnything(w pipewright.Window) error {
	res, err := t.call("list_incidents", map[string]any{"live": true})
	if err != nil {
		return err
	}
	live := as[[]pipewright.Incident](res.Data)
	switch {
	case len(live) == 1:
		t.ans.Resources = append(t.ans.Resources, live[0].Resource)
		return t.tell(live[0], nil)
	case len(live) > 1:
		var ids []pipewright.ResourceID
		for _, inc := range live {
			ids = append(ids, inc.Resource)
		}
		t.which(ids)
		return nil
	}
	return t.failuresIn(w, scope{})
}

// diagnoseOne explains one resource: by its live or newest incident, or by its newest
// failed run.
func (t *turn) diagnoseOne(id pipewright.ResourceID, w pipewright.Window) error {
	incidents, err := t.incidentsOf(id, w)
	if err != nil {
		return err
	}
	if inc, ok := newest(incidents); ok {
		t.next.Incident = inc.ID
		return t.tell(inc, []pipewright.ResourceID{id})
	}
	failed, err := t.call("list_runs", within(map[string]any{"resource": id, "state": "failed"}, w))
	if err != nil {
		return err
	}
	if failed.Hits > 0 {
		runs := as[[]pipewright.Run](failed.Data)
		return t.tell(suppose(runs[len(runs)-1]), []pipewright.ResourceID{id})
	}
	return t.nothingFailed(id, w)
}

// newest prefers incidents that are not over, then the newest.
func newest(incidents []pipewright.Incident) (pipewright.Incident, bool) {
	var found pipewright.Incident
	for _, inc := range incidents {
		over := inc.State == pipewright.Resolved || inc.State == pipewright.Closed
		was := found.ID == "" || found.State == pipewright.Resolved || found.State == pipewright.Closed
		if was || !over {
			found = inc
		}
	}
	return found, found.ID != ""
}

// suppose builds an incident of a failed run that never became one, to diagnose it.
func suppose(run pipewright.Run) pipewright.Incident {
	at := run.Ended
	if at.IsZero() {
		at = run.Started
	}
	return pipewright.Incident{State: pipewright.Open, Title: fmt.Sprintf("%s failed", run.Resource), Resource: run.Resource,
		Class: pipewright.ClassUnknown, Severity: pipewright.SevCritical, OpenedAt: at, UpdatedAt: at,
		Signals: []pipewright.Signal{{Kind: pipewright.RunFailedSignal, Resource: run.Resource, Run: run.ID, At: at, Severity: pipewright.SevCritical,
			Summary: firstLine(run.Error, 200), Fingerprint: pipewright.Fingerprint(pipewright.RunFailedSignal, run.Resource, "")}}}
}

// nothingFailed says that a resource shows no failure, and what its newest run and
// errors were.
func (t *turn) nothingFailed(id pipewright.ResourceID, w pipewright.Window) error {
	t.ans.Verdict = pipewright.NoAction
	runs, err := t.call("list_runs", within(map[string]any{"resource": id, "limit": 20}, w))
	if err != nil {
		return err
	}
	errs, err := t.call("count_logs", within(map[string]any{"resource": id}, w))
	if err != nil {
		return err
	}
	t.say("%s did not fail in this window: no failed run and no incident of its own was stored.", id)
	if err := t.newestRun(id, w); err != nil {
		return err
	}
	if runs.Hits == 0 && len(t.metricsOf(id)) == 0 {
		t.empty(runs)
	}
	if errs.Hits > 0 {
		t.claim(errs.Evidence, "It did log %s", times(errs.Hits, "error"))
	}
	return t.neighbours(id, w)
}

// neighbours explains the nearest incident along lineage when the resource itself
// shows nothing.
func (t *turn) neighbours(id pipewright.ResourceID, w pipewright.Window) error {
	res, err := t.call("lineage", map[string]any{"resource": id, "hops": 4})
	if err != nil {
		return err
	}
	lineage := as[telemetry.Lineage](res.Data)
	for _, near := range append(slices.Clone(lineage.Upstream), lineage.Downstream...) {
		incidents, err := t.incidentsOf(near, w)
		if err != nil {
			return err
		}
		inc, ok := newest(incidents)
		if !ok || inc.State == pipewright.Closed || inc.State == pipewright.Resolved {
			continue
		}
		t.claim(res.Evidence, "%s stands next to it along the lineage and is in trouble", near)
		t.next.Incident = inc.ID
		return t.tell(inc, []pipewright.ResourceID{near})
	}
	return nil
}

func stateWord(run pipewright.Run) string {
	switch run.State {
	case pipewright.RunRunning:
		return "is running"
	case pipewright.RunQueued:
		return "is queued"
	case pipewright.RunCancelled:
		return "was cancelled"
	}
	return string(run.State)
}

// logs shows the newest records of a resource, word for word.
func (t *turn) logs(id pipewright.ResourceID, w pipewright.Window) error {
	args := map[string]any{"resource": id, "limit": 10}
	if t.r.has("error") {
		args["level"] = "error"
	}
	res, err := t.call("search_logs", within(args, w))
	if err != nil {
		return err
	}
	if res.Hits == 0 {
		t.empty(res)
		return nil
	}
	t.say("%s wrote %s; the newest are:", id, times(res.Hits, "log record"))
	for _, e := range res.Evidence {
		t.say("[%s] %s", t.cite(e), e.Excerpt)
	}
	return nil
}

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
			if now, ok := ids[id]; ok {
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
	t.verdictOf(inc, d, believed, what)
	if err := t.support(inc, d, what); err != nil {
		return err
	}
	t.sayRuledOut(d)
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
	for _, e := range d.Evidence {
		if slices.Contains(top.Evidence, e.ID) {
			t.say("  %s %s: %s [%s]", e.Kind, e.Source, firstLine(e.Excerpt, 220), t.cite(e))
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

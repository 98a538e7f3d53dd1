package ask

import (
	"fmt"
	"slices"
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/tools"
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
		t.saySure(inc)
		return t.tell(inc, t.keptInSight())
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

// keptInSight is the resource that the thread speaks of while it asks about an incident.
// It stays the subject: "retry it" after "why?" means it, wherever the incident first showed.
func (t *turn) keptInSight() []pipewright.ResourceID {
	var ids []pipewright.ResourceID
	for _, m := range t.r.mentions {
		if len(m.candidates) == 1 && best(m.candidates) >= 2 {
			ids = append(ids, m.candidates[0].id)
		}
	}
	if len(ids) != 1 {
		return nil
	}
	t.ans.Resources = append(t.ans.Resources, ids...)
	return ids
}

// saySure answers "how sure are you" with the number first.
func (t *turn) saySure(inc pipewright.Incident) {
	if !t.r.has("sure") {
		return
	}
	if h, ok := topOf(inc); ok {
		t.claim(citationOf(tools.Result{}, inc), "%.0f %% sure that %s is %s on %s", 100*h.Confidence, inc.ID, h.Cause, h.Resource)
		return
	}
	t.claim(citationOf(tools.Result{}, inc), "Not sure at all: %s has no cause that is more likely than the others", inc.ID)
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

package ask

import (
	"fmt"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/tools"
)

// alternatives answers "what else could you have done".
func (t *turn) alternatives() error {
	w := t.span0(24)
	inc, ok, err := t.oneIncident(w)
	if err != nil || !ok {
		return err
	}
	t.ans.Resources = uniqueIDs(append(t.ans.Resources, inc.Resource))
	return t.sayAlternatives(inc)
}

// oneIncident is the incident that was named, else the newest one of the resource.
func (t *turn) oneIncident(w pipewright.Window) (pipewright.Incident, bool, error) {
	incidents, ok, err := t.subject(w)
	if err != nil || !ok {
		return pipewright.Incident{}, false, err
	}
	inc, found := newest(incidents)
	if !found {
		t.ans.Verdict = pipewright.NoAction
		t.say("There is no incident%s in the window, so nothing was decided.", onThese(t.ans.Resources))
		return inc, false, nil
	}
	t.next.Incident = inc.ID
	return inc, true, nil
}

func onThese(ids []pipewright.ResourceID) string {
	if len(ids) == 0 {
		return ""
	}
	return " on " + some(ids, 3)
}

// sayAlternatives lists what was decided and what was weighed against it, with odds.
func (t *turn) sayAlternatives(inc pipewright.Incident) error {
	res, err := t.call("list_events", map[string]any{"incident": inc.ID})
	if err != nil {
		return err
	}
	last := lastDecision(as[[]pipewright.Event](res.Data))
	if last == nil {
		t.claim(citationOf(tools.Result{}, inc), "No decision was made in %s yet", inc.ID)
		return nil
	}
	e := steps([]pipewright.Event{*last}, inc.Resource)
	evidence := res.Evidence
	if len(e) > 0 {
		evidence = []pipewright.Evidence{e[0].evidence}
		t.claim(evidence, "In %s Pipewright %s", inc.ID, e[0].text)
	}
	if len(last.Decision.Alternatives) == 0 {
		t.claim(evidence, "No other action was weighed")
	}
	for _, alt := range last.Decision.Alternatives {
		odds := ""
		if alt.Odds != nil {
			odds = fmt.Sprintf(", predicted %.2f (%.2f to %.2f)", alt.Odds.Recovery, alt.Odds.Low, alt.Odds.High)
		}
		t.claim(evidence, "  instead: %s on %s%s%s", alt.Action.Kind, alt.Action.Target, odds, after(alt.Why))
	}
	return nil
}

// whatIf gives what is known of an action that was not taken: its odds as they were
// weighed, and what the guards would say now.
func (t *turn) whatIf() error {
	w := t.span0(24)
	inc, found, err := t.oneIncident(w)
	if err != nil {
		return err
	}
	if found {
		t.ans.Resources = uniqueIDs(append(t.ans.Resources, inc.Resource))
		told, err := t.supposed(inc)
		if err != nil {
			return err
		}
		if !told {
			t.say("That was not weighed; this is what is known.")
			if err := t.sayAlternatives(inc); err != nil {
				return err
			}
		}
	}
	if len(t.ans.Choices) > 0 || len(t.ans.Resources) == 0 {
		return nil
	}
	action, ok := t.actionFor(t.ans.Resources[0])
	if !ok {
		return nil
	}
	return t.rule(action)
}

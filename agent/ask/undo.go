package ask

import (
	"slices"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/tools"
)

// undo answers "undo that": the inverse of an incident's last action, as a request.
func (t *turn) undo() error {
	w := t.span0(24)
	if t.r.incident == "" && t.prev.Incident != "" && len(t.r.mentions) == 0 {
		t.r.incident = t.prev.Incident
	}
	incidents, ok, err := t.subject(w)
	if err != nil || !ok {
		return err
	}
	var acted []pipewright.Incident
	for _, inc := range incidents {
		if inc.LastAttempt() != nil {
			acted = append(acted, inc)
		}
	}
	if len(acted) == 0 && len(t.ans.Resources) == 1 && len(t.r.mentions) > 0 && !t.r.seq("you did|do|done") { // nothing of mine: "revert X" is to its version before
		t.intent, t.ans.Intent = "act", "act"
		if action, ok := t.actionFor(t.ans.Resources[0]); ok {
			if err := t.rule(action); err != nil {
				return err
			}
			return t.file(action)
		}
		t.intent, t.ans.Intent = "undo", "undo"
	}
	if len(acted) == 0 {
		t.ans.Verdict = pipewright.NoAction
		if t.r.incident != "" {
			t.say("There is nothing to undo in %s: no action ran there. Name another incident or a resource.", t.r.incident)
			return nil
		}
		t.say("There is nothing to undo%s: no action ran in the window.", onThese(t.ans.Resources))
		return nil
	}
	inc := slices.MaxFunc(acted, func(a, b pipewright.Incident) int { return a.LastAttempt().At.Compare(b.LastAttempt().At) })
	last := inc.LastAttempt()
	t.next.Incident = inc.ID
	t.ans.Resources = uniqueIDs(append(t.ans.Resources, last.Action.Target))
	t.claim(citationOf(tools.Result{}, inc), "The last action of %s was %s on %s at %s", inc.ID, last.Action.Kind, last.Action.Target, t.clock(last.At))
	return t.request(pipewright.Request{Kind: pipewright.RequestUndo, Incident: inc.ID, Resource: last.Action.Target})
}

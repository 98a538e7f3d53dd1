package ask

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

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
	t.sayWeighed(last.Decision.Alternatives, evidence)
	return nil
}

// sayWeighed lists what else was weighed, the likeliest to help first.
func (t *turn) sayWeighed(all []pipewright.Alternative, evidence []pipewright.Evidence) {
	if len(all) == 0 {
		t.claim(evidence, "No other action was weighed")
	}
	all = slices.Clone(all)
	slices.SortStableFunc(all, func(a, b pipewright.Alternative) int { return cmp.Compare(recoveryOf(b), recoveryOf(a)) })
	for i, alt := range all {
		if i == t.most(5) {
			t.say("  and %d more%s; say \"more\".", len(all)-i, noneOver(alt))
			break
		}
		t.claim(evidence, "  instead: %s on %s%s", alt.Action.Kind, alt.Action.Target, weighedWords(alt))
	}
}

// recoveryOf is the predicted recovery of an alternative, under any prediction when there is none.
func recoveryOf(a pipewright.Alternative) float64 {
	if a.Odds == nil {
		return -1
	}
	return a.Odds.Recovery
}

func noneOver(a pipewright.Alternative) string {
	if a.Odds == nil {
		return ""
	}
	return fmt.Sprintf(", none predicted over %.2f", a.Odds.Recovery)
}

// weighedWords are the odds of an alternative and why it was not taken, the odds once.
func weighedWords(a pipewright.Alternative) string {
	if a.Odds == nil || strings.HasPrefix(a.Why, "predicted recovery") {
		return strings.Replace(after(a.Why), ": ", ", ", 1)
	}
	return fmt.Sprintf(", predicted %.2f (%.2f to %.2f)%s", a.Odds.Recovery, a.Odds.Low, a.Odds.High, after(a.Why))
}

// whatIf gives what is known of an action that was not taken: its odds as they were
// weighed, and what the guards would say now.
func (t *turn) whatIf() error {
	if t.r.has("$rerun") {
		return t.mayRunAgain()
	}
	w := t.span0(24)
	inc, found, err := t.oneIncident(w)
	if err != nil {
		return err
	}
	if found {
		t.ans.Resources = uniqueIDs(append(t.ans.Resources, inc.Resource))
		told, err := t.consequence(inc)
		if !told && err == nil {
			told, err = t.supposed(inc)
		}
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

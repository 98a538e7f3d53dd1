package ask

import (
	"fmt"
	"slices"

	pipewright "github.com/pipewright/pipewright"
)

// Why a person is asked.

// deriveWhyAsk recognises "why do you ask me" and "why didn't you just fix it yourself".
func (r *reading) deriveWhyAsk(set func(concept, bool)) {
	asks := r.seq("you ask|asking|asked|bother|bothering|wait|waiting", "need|needs|want|require|requires me|us|my|our|approval|permission|somebody|someone|person|human|ok|okay", "waits|waiting|wait|stuck for|on me|us|my|approval|somebody|someone|person|human|anyone", "asked|asking me|us")
	alone := r.says("yourself", "itself", "alone", "automatically", "own", "just", "already") && r.says("not") && (r.has("heal") || r.says("do", "did", "act", "run", "done", "restart", "fix", "fixed", "go", "apply"))
	alone = alone && (r.says("yourself", "itself", "alone", "automatically", "own", "already") || !r.has("$acts")) // "why not just restart it" asks after the restart
	set("$whyask", r.has("why") && (asks || alone && r.any("you", "it")) && !r.any("approve", "who"))
}

// whyAsk answers with the guard that asked, for each thing that waits and is meant.
func (t *turn) whyAsk() error {
	res, err := t.call("list_incidents", map[string]any{"live": true})
	if err != nil {
		return err
	}
	var waiting []pipewright.Incident
	for _, inc := range as[[]pipewright.Incident](res.Data) {
		if inc.State == pipewright.Waiting && (t.r.incident == "" || t.r.incident == inc.ID) && (t.r.approval == "" || t.r.approval == inc.Approval) {
			waiting = append(waiting, inc)
		}
	}
	if s, err := t.pick(nil); err == nil && len(s.ids) > 0 {
		if of := slices.DeleteFunc(slices.Clone(waiting), func(inc pipewright.Incident) bool { return !touches(inc, s) }); len(of) > 0 {
			waiting = of
		}
	}
	if len(waiting) == 0 {
		t.ans.Verdict = pipewright.NoAction
		t.say("I ask nobody at the moment: nothing waits for a person.")
		return nil
	}
	for _, inc := range waiting {
		t.ans.Resources = append(t.ans.Resources, inc.Resource)
		t.next.Incident = inc.ID
		t.claim(citationOf(res, inc), "%s", whyAsked(inc))
	}
	t.ans.Resources = uniqueIDs(t.ans.Resources)
	t.verdictOfLive(waiting)
	return t.offerPending(waiting)
}

// whyAsked is why one incident waits for a person: what the guards said of its action.
func whyAsked(inc pipewright.Incident) string {
	what := "what is proposed"
	if inc.Action != nil {
		what = fmt.Sprintf("%s on %s (%s)", inc.Action.Kind, inc.Action.Target, inc.Action.Risk)
	}
	if inc.Verdict == nil || inc.Verdict.Why == "" {
		return fmt.Sprintf("I ask in %s about %s; why was not recorded", inc.ID, what)
	}
	return fmt.Sprintf("I ask in %s about %s, because %s (guard %s)", inc.ID, what, firstLine(inc.Verdict.Why, 300), inc.Verdict.By)
}

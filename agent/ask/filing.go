package ask

import (
	"strings"

	pipewright "github.com/pipewright/pipewright"
)

// rule adds the proposal with what the guards would say now.
func (t *turn) rule(action pipewright.Action) error {
	if t.a.deps.Proposer == nil {
		t.gap("what the guards would say about %s", action.Kind)
		return nil
	}
	p, err := t.a.deps.Proposer.Rule(t.ctx, action)
	if err != nil {
		return err
	}
	if p.Args == nil {
		p.Args = map[string]string{}
	}
	t.ans.Proposals = append(t.ans.Proposals, p)
	t.say("%s on %s (%s): the guards would %s, %s.", p.Action, p.Target, p.Risk, rulingWord(p.Ruling), strings.TrimSuffix(firstLine(p.Why, 240), "."))
	return nil
}

func rulingWord(r pipewright.Ruling) string {
	switch r {
	case pipewright.Allow:
		return "allow it"
	case pipewright.Ask:
		return "ask a person first"
	}
	return "deny it"
}

// file sends the request for an action unless the guards deny it now.
func (t *turn) file(action pipewright.Action) error {
	if n := len(t.ans.Proposals); n > 0 && t.ans.Proposals[n-1].Ruling == pipewright.Deny {
		t.ans.Verdict = pipewright.NoAction
		t.say("So it was not filed.")
		return nil
	}
	t.next.Wished = &action
	return t.request(pipewright.Request{Kind: pipewright.RequestAct, Action: &action, ActionHash: action.Hash(), Resource: action.Target})
}

// request files what the asker wishes.
func (t *turn) request(r pipewright.Request) error {
	if t.a.deps.Proposer == nil {
		t.ans.Verdict = pipewright.Unsupported
		t.say("Nothing can be filed from here.")
		return nil
	}
	r.Who, r.Surface, r.At = t.q.Asker, t.q.Surface, t.now.UTC()
	if r.Reason = firstLine(t.q.Text, 300); t.why != "" {
		r.Reason = firstLine(t.why, 300)
	}
	filed, err := t.a.deps.Proposer.Propose(t.ctx, r)
	if err != nil {
		switch pipewright.KindOf(err) {
		case pipewright.Denied, pipewright.Conflict, pipewright.NotFound, pipewright.Invalid:
			t.ans.Verdict = pipewright.NoAction
			t.say("Not filed: %s.", strings.TrimSuffix(err.Error(), "."))
			return nil
		}
		return err
	}
	t.ans.Verdict = pipewright.ActionSuggested
	switch {
	case filed.Result != "":
		t.say("%s: %s.", filed.ID, strings.TrimSuffix(filed.Result, "."))
	default:
		t.say("Filed as %s; the loop checks it again before anything runs.", filed.ID)
	}
	return nil
}

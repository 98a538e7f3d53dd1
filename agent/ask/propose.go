package ask

import (
	"slices"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/tools"
)

// offerPending shows the pending approvals of incidents, so that "do it" has a meaning.
func (t *turn) offerPending(live []pipewright.Incident) error {
	waiting := slices.ContainsFunc(live, func(inc pipewright.Incident) bool { return inc.State == pipewright.Waiting })
	if !waiting {
		return nil
	}
	res, err := t.call("list_approvals", map[string]any{"state": "pending"})
	if err != nil {
		return err
	}
	for _, a := range as[[]pipewright.Approval](res.Data) {
		k := slices.IndexFunc(live, func(inc pipewright.Incident) bool { return inc.ID == a.Incident })
		if k < 0 {
			continue
		}
		t.next.Offers = append(t.next.Offers, offer{Approval: a.ID, Hash: a.ActionHash, Action: a.Action, Incident: a.Incident})
		t.ans.Proposals = append(t.ans.Proposals, proposalOf(a, live[k]))
		t.claim(approvalEvidence(a), "%s waits for approval: %s on %s%s; say %q or %q", a.ID, a.Action.Kind, a.Action.Target, oddsOf(live[k].Decision), "approve "+a.ID, "deny "+a.ID)
	}
	return nil
}

func proposalOf(a pipewright.Approval, inc pipewright.Incident) pipewright.Proposal {
	p := pipewright.Proposal{Action: a.Action.Kind, Target: a.Action.Target, Args: a.Action.Args, Risk: a.Action.Risk, Ruling: pipewright.Ask, Why: "it waits for approval " + a.ID}
	if p.Args == nil {
		p.Args = map[string]string{}
	}
	if inc.Verdict != nil && inc.Verdict.Why != "" {
		p.Ruling, p.Why = inc.Verdict.Ruling, inc.Verdict.Why
	}
	return p
}

// propose says what is done about an incident, or what could be.
func (t *turn) propose(inc pipewright.Incident, d pipewright.Diagnosis) error {
	switch {
	case inc.State == pipewright.Waiting:
		t.ans.Verdict = pipewright.ActionRequired
		return t.offerPending([]pipewright.Incident{inc})
	case inc.ID == "":
		return t.suggest(inc, d)
	}
	e := citationOf(tools.Result{}, inc)
	if last := inc.LastAttempt(); last != nil {
		t.claim(e, "Tried: %s on %s at %s%s", last.Action.Kind, last.Action.Target, t.clock(last.At), after(string(last.Verification)))
	}
	switch inc.State {
	case pipewright.Escalated:
		t.ans.Verdict = pipewright.ActionRequired
		t.claim(e, "It was escalated to a person%s", after(firstLine(inc.Note, 200)))
		return t.suggest(inc, d)
	case pipewright.Resolved, pipewright.Closed:
		t.claim(e, "It is %s since %s", inc.State, t.clock(inc.EndedAt))
	case pipewright.Decided, pipewright.Allowed, pipewright.Acting, pipewright.Acted, pipewright.Verifying:
		if t.ans.Verdict == pipewright.NoAction {
			t.ans.Verdict = pipewright.ActionSuggested
		}
		if inc.Action != nil {
			t.claim(e, "Pipewright is on it: %s, %s on %s%s", inc.State, inc.Action.Kind, inc.Action.Target, oddsOf(inc.Decision))
		}
	}
	return nil
}

// suggest proposes the action that the catalogue says helps most against the top
// cause and that something here can do. It is filed only when the asker says so.
func (t *turn) suggest(inc pipewright.Incident, d pipewright.Diagnosis) error {
	top, sure := d.Top()
	if !sure || t.a.deps.Catalogue == nil || t.a.deps.Proposer == nil {
		return nil
	}
	cause, ok := t.a.deps.Catalogue.Cause(top.Cause)
	if !ok {
		return nil
	}
	var found *pipewright.Action
	odds := 0.0
	for _, help := range cause.Helps {
		target := inc.Resource
		if help.On == "cause" {
			target = top.Resource
		}
		for _, act := range t.a.deps.Tools.For(target) {
			tried := slices.ContainsFunc(inc.Attempts, func(a pipewright.Attempt) bool { return a.Action.Kind == act.Kind })
			if act.Kind.Verb() == help.Verb && help.Level.P() > odds && !tried {
				odds, found = help.Level.P(), &pipewright.Action{Kind: act.Kind, Target: target, Risk: act.Risk}
			}
		}
	}
	if found == nil {
		return nil
	}
	if err := t.rule(*found); err != nil {
		return err
	}
	if p := t.ans.Proposals[len(t.ans.Proposals)-1]; p.Ruling != pipewright.Deny {
		t.next.Offers = append(t.next.Offers, offer{Hash: found.Hash(), Action: *found, Incident: inc.ID})
		t.say("Say \"do it\" to file it.")
		if t.ans.Verdict == pipewright.NoAction {
			t.ans.Verdict = pipewright.ActionSuggested
		}
	}
	return nil
}

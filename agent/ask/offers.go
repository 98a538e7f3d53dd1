package ask

import (
	"slices"

	pipewright "github.com/pipewright/pipewright"
)

// What was offered, and filing somebody's word on it.

// shown keeps the offers that the last answer showed.
func (t *turn) shown(offers []offer) []offer {
	if t.r.approval != "" || t.r.incident != "" || len(t.r.mentions) > 0 {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(offers), func(o offer) bool {
		return !slices.ContainsFunc(t.prev.Offers, func(p offer) bool { return p.Approval == o.Approval })
	})
}

// settleOffer files the word when one thing is meant, asks which when several are.
func (t *turn) settleOffer(offers []offer, kind pipewright.RequestKind) error {
	switch len(offers) {
	case 0:
		return t.nothingOffered(kind)
	case 1:
		return t.fileOffer(offers[0], kind)
	}
	t.ans.Verdict = pipewright.Clarify
	t.next.Offers, t.next.Pending = offers, string(kind)
	t.say("Several things wait; which one?")
	for _, o := range offers[:min(8, len(offers))] {
		name := o.Approval
		if name == "" {
			name = string(o.Action.Target)
		}
		t.ans.Choices = append(t.ans.Choices, name)
		t.say("  %s: %s on %s%s", name, o.Action.Kind, o.Action.Target, inIncident(o.Incident))
	}
	return nil
}

func inIncident(id string) string {
	if id == "" {
		return ""
	}
	return " in " + id
}

// nothingOffered answers a "do it" that has nothing to refer to. What waits
// elsewhere is shown, so that the next word can mean it; it is never settled unseen.
func (t *turn) nothingOffered(kind pipewright.RequestKind) error {
	pending, err := t.pendingApprovals()
	if err != nil {
		return err
	}
	if len(pending) == 0 {
		t.ans.Verdict = pipewright.NoAction
		t.say("There is nothing to %s here: no approval is pending and nothing was proposed in this conversation.", kind)
		return nil
	}
	t.ans.Verdict = pipewright.Clarify
	t.say("Nothing was proposed in this conversation. This waits for an approval; say which you mean:")
	for _, a := range pending[:min(8, len(pending))] {
		t.next.Offers = append(t.next.Offers, offer{Approval: a.ID, Hash: a.ActionHash, Action: a.Action, Incident: a.Incident})
		t.ans.Choices = append(t.ans.Choices, a.ID)
		t.say("  %s %s: %s on %s%s", kind, a.ID, a.Action.Kind, a.Action.Target, inIncident(a.Incident))
	}
	t.next.Pending = string(kind)
	return nil
}

// fileOffer files an approval or denial, or the proposed action itself.
func (t *turn) fileOffer(o offer, kind pipewright.RequestKind) error {
	t.next.Incident = o.Incident
	t.ans.Resources = []pipewright.ResourceID{o.Action.Target}
	if o.Approval == "" {
		if kind == pipewright.RequestDeny {
			t.ans.Verdict = pipewright.NoAction
			t.say("Dropped: %s on %s is not filed.", o.Action.Kind, o.Action.Target)
			return nil
		}
		if err := t.rule(o.Action); err != nil {
			return err
		}
		return t.file(o.Action)
	}
	stored, err := t.stored(o.Approval)
	if err != nil {
		return err
	}
	if err := stored.Check(o.Hash, t.q.Asker, t.now); err != nil {
		t.ans.Verdict = pipewright.NoAction
		t.say("Not filed: %s.", err)
		return nil
	}
	word := "Approve"
	if kind == pipewright.RequestDeny {
		word = "Deny"
	}
	t.say("%s %s: %s on %s%s.", word, o.Approval, o.Action.Kind, o.Action.Target, inIncident(o.Incident))
	return t.request(pipewright.Request{Kind: kind, Approval: o.Approval, ActionHash: o.Hash, Incident: o.Incident, Resource: o.Action.Target})
}

// stored reads the approval again: it may have been settled since it was shown.
func (t *turn) stored(id string) (pipewright.Approval, error) {
	res, err := t.call("list_approvals", map[string]any{})
	if err != nil {
		return pipewright.Approval{}, err
	}
	for _, a := range as[[]pipewright.Approval](res.Data) {
		if a.ID == id {
			return a, nil
		}
	}
	return pipewright.Approval{ID: id, State: pipewright.ApprovalExpired}, nil
}

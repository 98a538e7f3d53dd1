package ask

import (
	"slices"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/tools"
)

// approve answers "approve it", "do it" and "go ahead".
func (t *turn) approve() error { return t.settleApproval(pipewright.RequestApprove) }

// deny answers "deny it". "Do not approve it" denies nothing: it only is no approval.
func (t *turn) deny() error {
	if t.r.has("$not") && !t.r.has("$denybase") || t.r.has("$handsoff") && !t.r.has("$denybase") {
		t.ans.Verdict = pipewright.NoAction
		t.say("Understood: nothing was approved or filed. What waits keeps waiting; say \"deny\" with its id to turn it down, or \"pause healing for\" a resource to keep me off it.")
		return nil
	}
	return t.settleApproval(pipewright.RequestDeny)
}

// settleApproval finds what is meant and files the word of the asker on it, bound to
// the exact action that was shown.
func (t *turn) settleApproval(kind pipewright.RequestKind) error {
	if t.next.Pending == "agree" {
		t.next.Pending = ""
		if len(t.prev.Offers) > 0 {
			return t.settleOffer(t.prev.Offers, kind)
		}
		if t.r.has("do") || kind == pipewright.RequestDeny || t.prev.Intent == "" {
			return t.nothingOffered(kind)
		}
	}
	pending, err := t.pendingApprovals()
	if err != nil {
		return err
	}
	pending, ok, err := t.meant(pending)
	if err != nil || !ok {
		return err
	}
	var offers []offer
	for _, a := range pending {
		offers = append(offers, offer{Approval: a.ID, Hash: a.ActionHash, Action: a.Action, Incident: a.Incident})
	}
	if shown := t.shown(offers); len(shown) == 1 {
		offers = shown
	}
	return t.settleOffer(offers, kind)
}

// shown keeps the offers that the last answer showed.
func (t *turn) shown(offers []offer) []offer {
	if t.r.approval != "" || t.r.incident != "" || len(t.r.mentions) > 0 {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(offers), func(o offer) bool {
		return !slices.ContainsFunc(t.prev.Offers, func(p offer) bool { return p.Approval == o.Approval })
	})
}

func (t *turn) pendingApprovals() ([]pipewright.Approval, error) {
	res, err := t.call("list_approvals", map[string]any{"state": "pending"})
	if err != nil {
		return nil, err
	}
	for _, e := range res.Evidence {
		if res.Hits <= 3 {
			t.cite(e)
		}
	}
	return slices.DeleteFunc(slices.Clone(as[[]pipewright.Approval](res.Data)), func(a pipewright.Approval) bool { return !t.now.Before(a.Expires) && !a.Expires.IsZero() }), nil
}

// meant narrows the pending approvals to the id, incident, resource and verb that were said.
func (t *turn) meant(pending []pipewright.Approval) ([]pipewright.Approval, bool, error) {
	keep := func(f func(pipewright.Approval) bool) {
		pending = slices.DeleteFunc(pending, func(a pipewright.Approval) bool { return !f(a) })
	}
	switch {
	case t.r.approval != "":
		keep(func(a pipewright.Approval) bool { return a.ID == t.r.approval })
		if len(pending) == 0 {
			t.ans.Verdict = pipewright.NoAction
			t.say("There is no pending approval %s.", t.r.approval)
			return nil, false, nil
		}
	case t.r.incident != "":
		keep(func(a pipewright.Approval) bool { return a.Incident == t.r.incident })
	default:
		s, err := t.pick(func(id pipewright.ResourceID) (float64, error) {
			if slices.ContainsFunc(pending, func(a pipewright.Approval) bool { return a.Action.Target == id }) {
				return 1, nil
			}
			return 0, nil
		})
		if err != nil || t.settle(s) {
			return nil, false, err
		}
		if len(s.ids)+len(s.kinds) > 0 {
			keep(func(a pipewright.Approval) bool {
				return slices.Contains(s.ids, a.Action.Target) || slices.Contains(s.kinds, a.Action.Target.Kind())
			})
		}
	}
	if verbs := t.wanted(); len(verbs) > 0 && len(pending) > 1 {
		keep(func(a pipewright.Approval) bool { return slices.Contains(verbs, a.Action.Kind.Verb()) })
	}
	return pending, true, nil
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

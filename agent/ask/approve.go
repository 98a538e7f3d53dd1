package ask

import (
	"slices"
	"strings"

	pipewright "github.com/pipewright/pipewright"
)

// approve answers "approve it", "do it" and "go ahead".
func (t *turn) approve() error {
	for _, k := range t.r.toks {
		if k.mended && slices.ContainsFunc(k.senses, func(s sense) bool { return s.concept == "approve" }) {
			t.ans.Verdict = pipewright.Clarify
			t.say("I take no misspelled word for an approval; say \"approve\" and the id.")
			return nil
		}
	}
	return t.settleApproval(pipewright.RequestApprove)
}

// deny answers "deny it". "Do not approve it" denies nothing: it only is no approval.
func (t *turn) deny() error {
	if t.r.has("$not") && !t.r.has("$denybase") || t.r.has("$handsoff") && !t.r.has("$denybase") {
		t.ans.Verdict = pipewright.NoAction
		t.say("Understood: nothing was approved or filed. What waits keeps waiting; say \"deny\" with its id to turn it down, or \"pause healing for\" a resource to keep me off it.")
		return nil
	}
	if strings.HasSuffix(strings.TrimSpace(t.own), "?") && !t.r.says("please") {
		t.ans.Verdict = pipewright.Clarify
		t.say("That is a question, so nothing was approved or denied: say \"approve\" or \"deny\" with the id.")
		return nil
	}
	return t.settleApproval(pipewright.RequestDeny)
}

// settleApproval finds what is meant and files the word of the asker on it, bound to
// the exact action that was shown.
func (t *turn) settleApproval(kind pipewright.RequestKind) error {
	if kind == pipewright.RequestApprove && !t.plainly() {
		pending, err := t.pendingApprovals()
		t.unclear(pending)
		return err
	}
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
	} else if own := t.ownWish(offers); len(own) == 1 {
		offers = own
	}
	return t.settleOffer(offers, kind)
}

// ownWish keeps the offers that came of what the asker asked for here: "restart X", and
// then "approve it".
func (t *turn) ownWish(offers []offer) []offer {
	w := t.prev.Wished
	if w == nil || t.r.approval != "" || t.r.incident != "" || len(t.r.mentions) > 0 && !t.r.has("it") {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(offers), func(o offer) bool { return o.Action.Kind != w.Kind || o.Action.Target != w.Target })
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

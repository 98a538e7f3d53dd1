package ask

import (
	"fmt"
	"slices"

	pipewright "github.com/pipewright/pipewright"
)

// asksWho reports whether the question is who said yes or no to something.
func (t *turn) asksWho() bool {
	return t.r.any("approve", "approval", "deny", "$saidyes") && (t.r.any("who", "when", "any") || t.r.has("$past"))
}

// consent answers "who approved it": the people first; when nobody was asked, what
// allowed the action.
func (t *turn) consent(incidents []pipewright.Incident, verbs []pipewright.Verb) error {
	res, err := t.call("list_approvals", map[string]any{})
	if err != nil {
		return err
	}
	var asked []int
	approvals := as[[]pipewright.Approval](res.Data)
	for i, a := range approvals {
		of := slices.ContainsFunc(incidents, func(inc pipewright.Incident) bool { return inc.ID == a.Incident })
		if of && (len(verbs) == 0 || slices.Contains(verbs, a.Action.Kind.Verb())) && (t.r.approval == "" || t.r.approval == a.ID) {
			asked = append(asked, i)
		}
	}
	if len(asked) == 0 {
		return t.unasked(incidents, verbs)
	}
	slices.SortStableFunc(asked, func(i, j int) int { // what a person settled first, then the newest
		a, b := approvals[i], approvals[j]
		if (a.By != "") != (b.By != "") {
			return len(b.By) - len(a.By)
		}
		return b.AskedAt.Compare(a.AskedAt)
	})
	if approvals[asked[0]].By == "" {
		t.say("Nobody%s.", nobody(len(asked)))
	}
	for n, i := range asked {
		if n == t.most(6) {
			t.say("  and %d more; say \"more\".", len(asked)-n)
			break
		}
		t.claim(approvalEvidence(approvals[i]), "%s", t.settledWords(approvals[i]))
		t.ans.Resources = append(t.ans.Resources, approvals[i].Action.Target)
		if n == 0 {
			t.next.Incident = approvals[i].Incident
		}
	}
	t.ans.Resources = uniqueIDs(t.ans.Resources)
	return nil
}

func nobody(asked int) string {
	if asked == 1 {
		return ": the approval that was asked for was not given"
	}
	return fmt.Sprintf(": none of the %d approvals that were asked for was given", asked)
}

// settledWords is one approval in one sentence, the person first.
func (t *turn) settledWords(a pipewright.Approval) string {
	what := fmt.Sprintf("%s, %s on %s%s", a.ID, a.Action.Kind, a.Action.Target, inIncident(a.Incident))
	switch {
	case a.By != "" && (a.State == pipewright.ApprovalGiven || a.State == pipewright.ApprovalUsed):
		return fmt.Sprintf("%s approved %s at %s%s", a.By, what, t.clock(a.At), after(a.Reason))
	case a.By != "":
		return fmt.Sprintf("%s settled %s at %s: %s%s", a.By, what, t.clock(a.At), a.State, after(a.Reason))
	case a.State == pipewright.ApprovalPending:
		return fmt.Sprintf("  %s: waits since %s", what, t.clock(a.AskedAt))
	}
	return fmt.Sprintf("  %s: asked at %s, %s%s", what, t.clock(a.AskedAt), a.State, after(a.Reason))
}

// unasked says what allowed the actions for which no person was asked.
func (t *turn) unasked(incidents []pipewright.Incident, verbs []pipewright.Verb) error {
	told := 0
	for _, inc := range slices.Backward(incidents) {
		last := inc.LastAttempt()
		if last == nil || told == 3 || len(verbs) > 0 && !slices.Contains(verbs, last.Action.Kind.Verb()) {
			continue
		}
		res, err := t.call("list_events", map[string]any{"incident": inc.ID})
		if err != nil {
			return err
		}
		for _, s := range slices.Backward(steps(as[[]pipewright.Event](res.Data), inc.Resource)) {
			if !s.allowed {
				continue
			}
			t.claim([]pipewright.Evidence{s.evidence}, "Nobody was asked about %s on %s in %s: it was %s", last.Action.Kind, last.Action.Target, inc.ID, s.text)
			t.ans.Resources = append(t.ans.Resources, last.Action.Target)
			t.next.Incident = inc.ID
			told++
			break
		}
	}
	t.ans.Resources = uniqueIDs(t.ans.Resources)
	if told == 0 {
		t.ans.Verdict = pipewright.NoAction
		t.say("Nobody: no approval was asked for and no action ran%s in the window; %s in it were searched.", onThese(t.ans.Resources), times(len(incidents), "incident"))
	}
	return nil
}

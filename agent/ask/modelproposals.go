package ask

import (
	"fmt"
	"slices"
	"strings"

	pipewright "github.com/pipewright/pipewright"
)

func (m *thought) liveOnes(inc pipewright.Incident, found bool) []pipewright.Incident {
	var live []pipewright.Incident
	add := func(i pipewright.Incident) {
		over := i.ID == "" || i.State == pipewright.Resolved || i.State == pipewright.Closed
		if !over && !slices.ContainsFunc(live, func(l pipewright.Incident) bool { return l.ID == i.ID }) {
			live = append(live, i)
		}
	}
	if found {
		add(inc)
	}
	for _, i := range m.incidents {
		if m.intent == "status" || m.touches(i, draft{}) {
			add(i)
		}
	}
	return live
}

// mostProposals is how many proposals of one answer are taken.
const mostProposals = 3

// proposeAll asks the guards about what the model proposes. A target must have been
// observed and be part of this answer; the arguments are left to the actuator.
// Nothing is filed, and "do it" does not mean any of these: the asker names the action.
func (m *thought) proposeAll(d draft, inc pipewright.Incident, kept []groundedClaim) (allowed bool, err error) {
	if m.a.deps.Proposer == nil {
		return false, nil
	}
	done := map[string]bool{}
	for _, p := range d.proposals {
		act, can := m.a.deps.Tools.Actuator(p.action, p.target)
		key := string(p.action) + " " + string(p.target)
		if !m.observed(p.target) || !can || !m.inAnswer(p.target, inc, kept) {
			m.left["its proposal is for something that was not observed, is not part of this answer, or cannot be done"]++
			continue
		}
		if done[key] || len(done) == mostProposals || m.proposed(p) {
			continue
		}
		done[key] = true
		if err := m.rule(pipewright.Action{Kind: act.Kind, Target: p.target, Risk: act.Risk}); err != nil {
			return allowed, err
		}
		if last := m.ans.Proposals[len(m.ans.Proposals)-1]; last.Ruling != pipewright.Deny {
			allowed = true
			m.say("Say %q to file it.", fmt.Sprintf("%s %s", strings.ReplaceAll(string(act.Kind.Verb()), "_", " "), p.target))
		}
	}
	return allowed, nil
}

func (m *thought) proposed(p draftProposal) bool {
	return slices.ContainsFunc(m.ans.Proposals, func(x pipewright.Proposal) bool { return x.Action == p.action && x.Target == p.target })
}

// inAnswer reports whether a resource is what the answer is about: named by the asker,
// cited, part of the incident, or where a cause sits.
func (m *thought) inAnswer(id pipewright.ResourceID, inc pipewright.Incident, kept []groundedClaim) bool {
	if inc.ID != "" && slices.Contains(inc.Resources(), id) || slices.Contains(m.about(draft{}), id) {
		return true
	}
	for _, c := range kept {
		if slices.ContainsFunc(c.evidence, func(e pipewright.Evidence) bool { return e.Source == id }) {
			return true
		}
	}
	return slices.ContainsFunc(m.ans.Hypotheses, func(h pipewright.Hypothesis) bool { return h.Resource == id })
}

// judge sets the verdict from what is known; only where nothing is does the model's
// word count.
func (m *thought) judge(d draft, live []pipewright.Incident, allowed bool) {
	switch {
	case len(live) > 0 && m.ans.Verdict != pipewright.InconclusiveV:
		m.verdictOfLive(live)
	case m.ans.Verdict == pipewright.InconclusiveV:
	case allowed:
		m.ans.Verdict = pipewright.ActionSuggested
	case d.verdict == pipewright.InconclusiveV:
		m.ans.Verdict = pipewright.InconclusiveV
	default:
		m.ans.Verdict = pipewright.NoAction
	}
	if slices.ContainsFunc(live, func(i pipewright.Incident) bool {
		return i.State == pipewright.Waiting || i.State == pipewright.Escalated
	}) {
		m.ans.Verdict = pipewright.ActionRequired
	}
}

package ask

import (
	"slices"
	"strings"
	"unicode"

	pipewright "github.com/pipewright/pipewright"
)

// ground turns the draft into the answer: only what evidence shows is said, and causes,
// odds, rulings and the verdict are code's.
func (m *thought) ground(d draft) error {
	m.ans.Resources = m.about(d)
	if choices := m.observedOf(d.choices); d.verdict == pipewright.Clarify && len(choices) > 1 {
		m.which(choices)
		return nil
	}
	kept := m.review(m.supported(d.claims))
	for _, c := range kept {
		m.claim(c.evidence, "%s", c.text)
	}
	if len(kept) == 0 {
		return nil
	}
	if len(m.ans.Resources) == 0 {
		m.ans.Resources = sourcesOf(kept)
	}
	for _, u := range d.unknown[:min(4, len(d.unknown))] {
		u = firstLine(inlineRefs.ReplaceAllString(Visible(u), ""), 200)
		if u != "" && m.unsafe(u, nil) == "" && !strings.ContainsFunc(u, unicode.IsDigit) {
			m.gap("%s", strings.TrimSuffix(u, "."))
		}
	}
	return m.conclude(d, kept)
}

// about lists the resources that the asker named in full, and those that the model
// names as its subject and has read something of.
func (m *thought) about(d draft) []pipewright.ResourceID {
	ids := []pipewright.ResourceID{}
	for _, id := range m.observedOf(d.resources) {
		if slices.ContainsFunc(m.shown, func(s shown) bool { return s.evidence.Source == id }) {
			ids = append(ids, id)
		}
	}
	for _, mention := range m.r.mentions {
		if top := closest(slices.Clone(mention.candidates)); len(top) == 1 && top[0].score >= 1 && !slices.Contains(ids, top[0].id) {
			ids = append(ids, top[0].id)
		}
	}
	return ids
}

func (m *thought) observedOf(names []string) []pipewright.ResourceID {
	ids := []pipewright.ResourceID{}
	for _, n := range names {
		if id := pipewright.ResourceID(n); m.observed(id) && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

func (m *thought) observed(id pipewright.ResourceID) bool {
	return slices.ContainsFunc(m.world.index.entries, func(e entry) bool { return e.id == id })
}

func sourcesOf(kept []groundedClaim) []pipewright.ResourceID {
	ids := []pipewright.ResourceID{}
	for _, c := range kept {
		for _, e := range c.evidence {
			if e.Source != "" && e.Kind != pipewright.OutsideEvidence && !slices.Contains(ids, e.Source) && len(ids) < 3 {
				ids = append(ids, e.Source)
			}
		}
	}
	return ids
}

// conclude adds what code knows: the diagnosis, pending approvals, the guards' rulings
// on what was proposed, and the verdict.
func (m *thought) conclude(d draft, kept []groundedClaim) error {
	inc, found, err := m.concerned(d)
	if err != nil {
		return err
	}
	if found && (m.intent == "diagnose" || m.intent == "explain" || len(d.hypotheses) > 0) {
		if err := m.believe(inc, d); err != nil {
			return err
		}
	} else if n := len(d.hypotheses); n > 0 {
		m.gap("%s: no incident or failed run here to hold it against", times(n, "suspected cause"))
	}
	live := m.liveOnes(inc, found)
	if err := m.offerPending(live); err != nil {
		return err
	}
	allowed, err := m.proposeAll(d, inc, kept)
	if err != nil {
		return err
	}
	m.judge(d, live, allowed)
	return nil
}

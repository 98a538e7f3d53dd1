package ask

import (
	"slices"

	pipewright "github.com/pipewright/pipewright"
)

// Which of several resources is meant, and asking back.

// decide takes the one candidate that fits best. Among equals the preference
// decides; then parts of names are considered; several are returned as they are.
func (t *turn) decide(all []candidate, p prefer) ([]pipewright.ResourceID, error) {
	top := closest(slices.Clone(all))
	if len(top) == 1 && top[0].score >= 1 {
		return []pipewright.ResourceID{top[0].id}, nil
	}
	for _, set := range [][]candidate{top, all} {
		ids, err := preferred(set, p)
		if err != nil {
			return nil, err
		}
		if len(ids) == 1 {
			return ids, nil
		}
		if len(ids) > 1 {
			return ids, nil
		}
	}
	var ids []pipewright.ResourceID
	for _, c := range top {
		ids = append(ids, c.id)
	}
	return ids, nil
}

// preferred returns the candidates with the highest preference above zero.
func preferred(set []candidate, p prefer) ([]pipewright.ResourceID, error) {
	if p == nil {
		return nil, nil
	}
	var ids []pipewright.ResourceID
	top := 0.0
	for _, c := range set {
		s, err := p(c.id)
		if err != nil {
			return nil, err
		}
		switch {
		case s > top:
			top, ids = s, []pipewright.ResourceID{c.id}
		case s == top && s > 0:
			ids = append(ids, c.id)
		}
	}
	return ids, nil
}

// settle answers for a scope that names nothing, or too much. It returns false when
// there is something to go on with.
func (t *turn) settle(s scope) bool {
	switch {
	case s.missing != "":
		t.notThere(s)
	case len(s.choices) > 0:
		t.which(s.choices)
	default:
		return false
	}
	return true
}

// notThere says that a resource does not exist, with the nearest names.
func (t *turn) notThere(s scope) {
	t.ans.Verdict, t.ans.Resources = pipewright.Clarify, []pipewright.ResourceID{}
	t.say("There is no resource called %q: nothing with that name was ever observed.", firstLine(s.missing, 80))
	if len(s.near) == 0 {
		t.say("%d resources were observed; name one of them, or ask \"which resources do you know\".", len(t.world.index.entries))
		return
	}
	t.offerChoices(s.near)
	t.say("The nearest names are %s.", some(s.near, 4))
}

// which asks which of several resources is meant.
func (t *turn) which(ids []pipewright.ResourceID) {
	t.ans.Verdict = pipewright.Clarify
	ids = uniqueIDs(ids)
	t.offerChoices(ids)
	t.say("Which one do you mean: %s?", some(ids, 8))
}

func uniqueIDs(ids []pipewright.ResourceID) []pipewright.ResourceID {
	ids = slices.Clone(ids)
	slices.Sort(ids)
	return slices.Compact(ids)
}

func (t *turn) offerChoices(ids []pipewright.ResourceID) {
	for _, id := range ids[:min(8, len(ids))] {
		t.ans.Choices = append(t.ans.Choices, string(id))
	}
	t.next.Pending, t.next.Timed, t.next.Metric = t.r.text, t.r.timed, t.prev.Metric
}

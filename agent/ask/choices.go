package ask

import (
	"slices"

	pipewright "github.com/pipewright/pipewright"
)

// pickChoice answers the question that was pending with the choice of that number.
func (t *turn) pickChoice(prev *pipewright.Window) {
	n := t.r.ordinal
	if n < 0 {
		n = len(t.prev.Choices)
	}
	if n > len(t.prev.Choices) {
		return
	}
	t.again(t.prev.Choices[n-1], prev)
}

// pickNamed answers the pending question with the resource that was named.
func (t *turn) pickNamed(prev *pipewright.Window) {
	if len(t.prev.Choices) == 0 {
		t.fillIn(prev)
		return
	}
	for _, c := range t.prev.Choices {
		for _, m := range t.r.mentions {
			if slices.ContainsFunc(m.candidates, func(x candidate) bool { return string(x.id) == c }) {
				t.again(c, prev)
				return
			}
		}
	}
	var fits []string
	for _, c := range t.prev.Choices {
		if len(t.r.mentions) == 1 && t.world.index.partOf(t.r.mentions[0].text, pipewright.ResourceID(c)) {
			fits = append(fits, c)
		}
	}
	if len(fits) == 1 {
		t.again(fits[0], prev)
		return
	}
	fits = nil
	for _, c := range t.prev.Choices {
		if len(t.r.kinds) > 0 && slices.Contains(narrow(t.r.kinds), pipewright.ResourceID(c).Kind()) {
			fits = append(fits, c)
		}
	}
	if len(fits) == 1 && len(t.r.mentions) == 0 {
		t.again(fits[0], prev)
	}
}

// again reads the pending question anew with the choice as its resource, or names the
// approval that was chosen.
func (t *turn) again(choice string, prev *pipewright.Window) {
	pending := t.prev.Pending
	if pending == "" {
		return
	}
	r := t.world.read(pending, t.now, prev)
	t.intent = r.top().intent
	if t.prev.Intent != "" && t.prev.Intent != "unknown" {
		t.intent = t.prev.Intent
	}
	if approvalID.MatchString(choice) {
		r.approval = choice
	} else {
		r.mentions = []mention{{text: choice, candidates: []candidate{{pipewright.ResourceID(choice), 2}}}}
		r.kinds = nil
	}
	if !r.timed && t.prev.Timed {
		r.window, r.timed = t.prev.Window, true
	}
	t.r = r
}

// fillIn reads the pending question anew with the resources that this message names.
func (t *turn) fillIn(prev *pipewright.Window) {
	r := t.world.read(t.prev.Pending, t.now, prev)
	r.mentions, r.kinds = t.r.mentions, t.r.kinds
	t.intent, t.r = r.top().intent, r
}

// partOf reports whether every word of a text is in the resource's name.
func (x *index) partOf(text string, id pipewright.ResourceID) bool {
	i := slices.IndexFunc(x.entries, func(e entry) bool { return e.id == id })
	return i >= 0 && !slices.ContainsFunc(pieces(text), func(w string) bool { return wordIn(x.entries[i], w) == 0 })
}

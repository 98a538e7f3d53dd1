package ask

import (
	pipewright "github.com/pipewright/pipewright"
)

var moreWords = wordSet("more show me next the rest all of them details detail please go on tell give us see list full and everything")

// wantsMore reports whether the message only asks for the rest of the last answer.
func (t *turn) wantsMore() bool {
	return t.prev.Text != "" && t.only(moreWords) && t.r.says("more", "rest", "next", "details", "full")
}

// more asks the last question again with room for longer lists.
func (t *turn) more() {
	r := t.world.read(t.prev.Text, t.now, nil)
	t.page = t.prev.Page + 1
	r.window, r.timed = pipewright.Window{Start: t.prev.Window.Start.In(t.q.Zone), End: t.prev.Window.End.In(t.q.Zone)}, t.prev.Timed
	r.incident = t.prev.Asked.Incident
	if len(t.prev.Asked.Resources) > 0 {
		r.mentions, r.kinds = nil, nil
	}
	for _, id := range t.prev.Asked.Resources {
		r.mentions = append(r.mentions, mention{text: string(id), candidates: []candidate{{id, 2}}})
	}
	t.r, t.intent = r, t.prev.Intent
}

// most is how long a list may be: more when more was asked for.
func (t *turn) most(n int) int { return n * (1 + 4*t.page) }

package ask

import (
	"strings"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/tools"
)

// lastDecision is the event of an incident's last decision; nil when none was made.
func lastDecision(events []pipewright.Event) *pipewright.Event {
	var last *pipewright.Event
	for i, e := range events {
		if e.Decision != nil {
			last = &events[i]
		}
	}
	return last
}

// reasoned says why a decision was made, from its own record. What cannot be
// explained any more is left out: the journal's sentences have said what was done.
func (t *turn) reasoned(inc pipewright.Incident, d *pipewright.Decision) {
	if t.a.deps.Counsel == nil || d == nil || len(d.Record) == 0 {
		return
	}
	if why, err := t.a.deps.Counsel.Why(t.ctx, *d); err == nil && why != "" {
		t.claim(citationOf(tools.Result{}, inc), "%s", why)
	}
}

// changeWords are what people call a change, by kind.
var changeWords = []struct {
	kind  pipewright.ChangeKind
	words []string
}{
	{pipewright.ChangeVersion, []string{"deploy", "release", "version", "rollout"}},
	{pipewright.ChangeConfig, []string{"config", "setting"}},
	{pipewright.ChangeSchema, []string{"schema", "column"}},
}

// supposition is what the question would have different: a change that did or did not
// happen, or another action first.
func (t *turn) supposition() (pipewright.Supposition, bool) {
	text := " " + strings.ToLower(t.r.text) + " "
	happened := strings.Contains(text, " happened") || strings.Contains(text, " had been ") || strings.Contains(text, " there was") || strings.Contains(text, " there were") ||
		strings.Contains(text, " no ") || strings.Contains(text, " had not") || strings.Contains(text, " without ")
	for _, c := range changeWords {
		for _, w := range c.words {
			if happened && strings.Contains(text, w) {
				denied := strings.Contains(text, " no ") || strings.Contains(text, " not ") || strings.Contains(text, "n't ") || strings.Contains(text, " without ")
				return pipewright.Supposition{Change: c.kind, Happened: !denied}, true
			}
		}
	}
	if verbs := t.wanted(); len(verbs) > 0 {
		return pipewright.Supposition{Verb: verbs[0]}, true
	}
	return pipewright.Supposition{}, false
}

// supposed says what would be decided then, or what the action would be expected to
// do. ok is false when that cannot be computed.
func (t *turn) supposed(inc pipewright.Incident) (ok bool, err error) {
	s, clear := t.supposition()
	if t.a.deps.Counsel == nil || !clear {
		return false, nil
	}
	res, err := t.call("list_events", map[string]any{"incident": inc.ID})
	if err != nil {
		return false, err
	}
	e := lastDecision(as[[]pipewright.Event](res.Data))
	if e == nil || len(e.Decision.Record) == 0 {
		return false, nil
	}
	say, err := t.a.deps.Counsel.WhatIf(t.ctx, *e.Decision, s)
	if err != nil {
		return false, nil //nolint:nilerr // what is known of it is told instead
	}
	t.claim(citationOf(tools.Result{}, inc), "In %s: %s. Nothing was done", inc.ID, strings.TrimSuffix(say, "."))
	return true, nil
}

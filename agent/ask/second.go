package ask

import (
	"slices"

	pipewright "github.com/pipewright/pipewright"
)

// reads are the intents that only read. A second wish of another kind is not taken
// up: what changes anything is asked for on its own.
var reads = []pipewright.Intent{"diagnose", "status", "count", "metric", "failures", "changes", "explain", "incident", "alternatives", "policy"}

// answerAlso answers the second question of a message below the first, about the same
// resource unless it names another. Intent, verdict and window stay those of the first.
func (t *turn) answerAlso() error {
	if t.also == nil || !slices.Contains(reads, t.also.top().intent) || t.ans.Verdict == pipewright.Clarify || t.ans.Verdict == pipewright.Unsupported {
		return nil
	}
	first, next, resources := t.ans, t.next, t.ans.Resources
	if !t.also.named() && t.also.incident == "" {
		for _, id := range next.Asked.Resources {
			t.also.mentions = append(t.also.mentions, mention{text: string(id), candidates: []candidate{{id, 2}}})
		}
	}
	if !t.also.timed {
		t.also.window, t.also.timed = t.r.window, t.r.timed
	}
	r, intent := t.r, t.intent
	t.r, t.intent, t.ans.Resources = t.also, t.also.top().intent, []pipewright.ResourceID{}
	t.say("%s:", upper(t.second))
	err := t.answer()
	if err == nil && t.ans.Window != first.Window {
		t.say("For that: %s.", t.span(t.ans.Window))
	}
	t.r, t.intent, t.next, t.second = r, intent, next, ""
	t.ans.Intent, t.ans.Verdict, t.ans.Window, t.ans.Confidence = first.Intent, first.Verdict, first.Window, first.Confidence
	for _, id := range t.ans.Resources {
		if !slices.Contains(resources, id) {
			resources = append(resources, id)
		}
	}
	t.ans.Resources = resources
	return err
}

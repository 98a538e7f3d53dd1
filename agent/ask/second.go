package ask

import (
	"slices"

	pipewright "github.com/pipewright/pipewright"
)

// reads are the intents that only read.
var reads = []pipewright.Intent{"diagnose", "status", "count", "metric", "failures", "changes", "explain", "incident", "alternatives", "policy"}

// meetable reports whether the second wish of a message is met with it: what only reads,
// and what the loop checks again. An approval in passing needs its id, since the answer
// that it stands beside was not read when it was typed.
func (t *turn) meetable() bool {
	intent := t.also.top().intent
	switch {
	case slices.Contains(reads, intent):
		return true
	case intent == "approve" || intent == "deny" || intent == "undo":
		return t.also.approval+t.also.incident != ""
	}
	return intent == "act" || intent == "pause" || intent == "resume"
}

// answerAlso meets the second wish of a message below the first, about the same resource
// unless it names another. Intent and window stay those of the first; the verdict is the
// stronger one.
func (t *turn) answerAlso() error {
	if t.also == nil || !t.meetable() || t.ans.Verdict == pipewright.Clarify || t.ans.Verdict == pipewright.Unsupported {
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
	r, intent, own := t.r, t.intent, t.own
	t.r, t.intent, t.ans.Resources = t.also, t.also.top().intent, []pipewright.ResourceID{}
	t.own, t.also = t.second, nil
	t.say("%s:", upper(t.second))
	err := t.answer()
	if err == nil && t.ans.Window != first.Window && t.ans.Window != (pipewright.Window{}) {
		t.say("For that: %s.", t.span(t.ans.Window))
	}
	wished := t.next.Wished
	t.r, t.intent, t.own, t.next, t.second = r, intent, own, next, ""
	if wished != nil { // "approve it" may mean it
		t.next.Wished = wished
	}
	t.ans.Intent, t.ans.Verdict, t.ans.Window, t.ans.Confidence = first.Intent, stronger(first.Verdict, t.ans.Verdict), first.Window, first.Confidence
	for _, id := range t.ans.Resources {
		if !slices.Contains(resources, id) {
			resources = append(resources, id)
		}
	}
	t.ans.Resources = resources
	return err
}

// strength orders verdicts by what they ask of whoever reads them.
var strength = []pipewright.AnswerVerdict{pipewright.NoAction, pipewright.InconclusiveV, pipewright.ActionSuggested, pipewright.ActionRequired}

// stronger is the verdict of two that asks for more; what was not understood asks nothing.
func stronger(a, b pipewright.AnswerVerdict) pipewright.AnswerVerdict {
	if slices.Index(strength, b) > slices.Index(strength, a) {
		return b
	}
	return a
}

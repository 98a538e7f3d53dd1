package ask

import (
	"regexp"
	"slices"

	pipewright "github.com/pipewright/pipewright"
)

// Wishes that are none now: how something is done, and what should be done later.

// heed turns a question of how something is done into one for help: it wishes nothing.
func (t *turn) heed() {
	i := t.r.head()
	if slices.Contains(wishes, t.intent) && t.r.word(i) == "how" && slices.Contains([]string{"do", "does", "can", "could", "would", "should", "to", "may", "might"}, t.r.word(i+1)) {
		t.intent, t.also, t.second = "help", nil, ""
	}
}

// laterSaid is a time to come: "tomorrow", "in an hour", "at 6pm".
var laterSaid = regexp.MustCompile(`(?i)\b(?:tomorrow|later|tonight|eventually|someday|next (?:week|month|monday|tuesday|wednesday|thursday|friday|saturday|sunday)|in (?:an?|\d+|half an|a few) ?(?:min|minutes?|hours?|h|days?)|at \d{1,2}(?::\d\d)? ?(?:am|pm|utc|o'?clock)?)\b`)

// notNow answers a wish for a later time. Only a pause has times; everything else is done
// when it is said or not at all.
func (t *turn) notNow() bool {
	if !slices.Contains([]pipewright.Intent{"act", "deny", "undo"}, t.intent) || !laterSaid.MatchString(t.own) {
		return false
	}
	t.ans.Verdict = pipewright.Clarify
	t.say("Nothing was filed: I put nothing off to a later time. Say it again when it should be done.")
	return true
}

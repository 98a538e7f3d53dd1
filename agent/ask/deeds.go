package ask

import (
	"fmt"
	"slices"
	"strings"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/tools"
)

// deed is one action that ran, with the incident that it was for.
type deed struct {
	inc     pipewright.Incident
	attempt pipewright.Attempt
}

// deeds answers "what did you do" over many incidents: counts first, then one line an
// action, newest first.
func (t *turn) deeds(incidents []pipewright.Incident, verbs []pipewright.Verb) {
	var done []deed
	var left []pipewright.Incident
	for _, inc := range incidents {
		for _, a := range inc.Attempts {
			if len(verbs) == 0 || slices.Contains(verbs, a.Action.Kind.Verb()) {
				done = append(done, deed{inc, a})
			}
		}
		if inc.State == pipewright.Escalated || inc.State == pipewright.Waiting {
			left = append(left, inc)
		}
	}
	if len(done) == 0 {
		t.nothingDone(verbs, len(incidents))
	} else {
		t.sayDeeds(done)
	}
	if len(left) > 0 && len(verbs) == 0 {
		t.claim(citationOf(tools.Result{}, left[len(left)-1]), "Left to a person: %s", incidentNames(left))
	}
	t.ans.Resources = uniqueIDs(t.ans.Resources)
}

func (t *turn) sayDeeds(done []deed) {
	slices.SortStableFunc(done, func(a, b deed) int { return b.attempt.At.Compare(a.attempt.At) })
	t.say("Pipewright ran %s: %s. Newest first:", times(len(done), "action"), outcomes(done))
	for i, d := range done {
		if i == t.most(8) {
			t.say("  and %d more; say \"more\".", len(done)-i)
			break
		}
		against := ""
		if h, ok := topOf(d.inc); ok {
			against = fmt.Sprintf(", against %s (%.2f)", h.Cause, h.Confidence)
		}
		t.claim(citationOf(tools.Result{}, d.inc), "  %s %s on %s: %s%s, %s", t.clock(d.attempt.At), d.attempt.Action.Kind, d.attempt.Action.Target, outcome(d.attempt), against, d.inc.ID)
		t.ans.Resources = append(t.ans.Resources, d.attempt.Action.Target)
	}
	t.next.Incident = done[0].inc.ID
}

func outcome(a pipewright.Attempt) string {
	if a.Verification == "" {
		return "not verified yet"
	}
	return string(a.Verification)
}

// outcomes counts how the actions ended: "7 recovered, 2 unchanged".
func outcomes(done []deed) string {
	count := map[string]int{}
	for _, d := range done {
		count[outcome(d.attempt)]++
	}
	var parts []string
	for _, o := range sortedKeys(count) {
		parts = append(parts, fmt.Sprintf("%d %s", count[o], o))
	}
	return strings.Join(parts, ", ")
}

func incidentNames(incidents []pipewright.Incident) string {
	var out []string
	for i, inc := range slices.Backward(incidents) {
		if len(out) == 5 {
			out = append(out, fmt.Sprintf("%d more", i+1))
			break
		}
		out = append(out, fmt.Sprintf("%s (%s)", inc.ID, inc.Resource))
	}
	return strings.Join(out, ", ")
}

// acts counts the actions of the verbs, of any when there are none.
func acts(incidents []pipewright.Incident, verbs []pipewright.Verb) int {
	n := 0
	for _, inc := range incidents {
		for _, a := range inc.Attempts {
			if len(verbs) == 0 || slices.Contains(verbs, a.Action.Kind.Verb()) {
				n++
			}
		}
	}
	return n
}

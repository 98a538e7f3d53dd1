package ask

import (
	"cmp"
	"slices"
	"strings"

	pipewright "github.com/pipewright/pipewright"
)

// scored is an intent and how strongly the words speak for it.
type scored struct {
	intent pipewright.Intent
	score  float64
}

const (
	understood = 2   // the least score of a question that is understood at all
	clear      = 4.4 // the least score of a wish of its own within a longer message
)

// intentOrder breaks ties: what changes least comes first.
var intentOrder = []pipewright.Intent{"what_if", "explain", "alternatives", "deny", "count", "metric", "failures", "changes", "diagnose",

	"status", "incident", "policy", "help", "undo", "pause", "resume", "approve", "act", "unknown"}

// classify scores every intent, best first.
func (r *reading) classify() {
	r.derive()
	sum := map[pipewright.Intent]float64{}
	for _, rule := range rules {
		if r.fits(rule) {
			sum[rule.intent] = max(sum[rule.intent], rule.weight) + 0.1*min(sum[rule.intent], rule.weight)
		}
	}
	r.intents = nil
	for _, intent := range intentOrder {
		if s := sum[intent]; s > 0 && (!switches(intent) || r.orders()) {
			r.intents = append(r.intents, scored{intent, s})
		}
	}
	slices.SortStableFunc(r.intents, func(a, b scored) int { return cmp.Compare(b.score, a.score) })
}

func (r *reading) fits(x rule) bool {
	for _, c := range strings.Fields(x.all) {
		if !r.concepts[concept(c)] {
			return false
		}
	}
	for _, c := range strings.Fields(x.none) {
		if r.concepts[concept(c)] {
			return false
		}
	}
	anyOf := strings.Fields(x.any)
	return len(anyOf) == 0 || slices.ContainsFunc(anyOf, func(c string) bool { return r.concepts[concept(c)] })
}

// top is the best intent, unknown when nothing speaks for any.
func (r *reading) top() scored {
	if len(r.intents) == 0 || r.intents[0].score < understood {
		return scored{intent: "unknown"}
	}
	return r.intents[0]
}

package heal

import (
	"context"
	"slices"
	"strings"

	pipewright "github.com/pipewright/pipewright"
)

// What people say of a diagnosis, beside the name of the cause that it really had.
const (
	saidRight = "right"
	saidWrong = "wrong"
)

// feedback takes down what a person says of an incident's cause. The request itself
// is the record: it is durable and audited. It moves nothing here; Label says what
// may be learned from it.
func (l *Loop) feedback(ctx context.Context, rq pipewright.Request) error {
	inc, err := l.Recovery.Incident(ctx, rq.Incident)
	if err != nil {
		return err
	}
	said := strings.TrimSpace(rq.Reason)
	if _, known := l.Catalogue.Cause(said); !known && said != saidRight && said != saidWrong {
		return pipewright.Errorf(pipewright.Invalid, "%.60q is neither right, nor wrong, nor a cause of the catalogue: `pipewright policy show` lists those", said)
	}
	rq.Reason, rq.OK, rq.Result = said, true, "taken down: "+said+" about "+inc.ID
	if !slices.ContainsFunc(l.outcomes, func(o pipewright.Outcome) bool { return o.Incident == inc.ID && verified(o) }) {
		rq.Result += "; nothing is learned from it before an action there has a verified outcome"
	}
	return l.commit(ctx, Entry{Handled: []pipewright.Request{rq}})
}

// verified reports whether it was seen what an action did.
func verified(o pipewright.Outcome) bool {
	switch o.Verification {
	case pipewright.VerifyRecovered, pipewright.VerifyUnchanged, pipewright.VerifyWorse:
		return true
	}
	return false
}

// Label returns the outcomes with the cause that people say their incidents really
// had. Only a verified outcome gains a label, and only when nobody disagrees: of each
// person the last word counts. Both lists are in the order in which they were stored.
func Label(outcomes []pipewright.Outcome, feedback []pipewright.Request) []pipewright.Outcome {
	out := slices.Clone(outcomes)
	last := map[string]string{} // incident: the cause of its last verified outcome
	for _, o := range out {
		if verified(o) {
			last[o.Incident] = o.Cause
		}
	}
	words := wordsOf(feedback)
	for i, o := range out {
		if verified(o) {
			out[i].Label = words[o.Incident].agreed(last[o.Incident])
		}
	}
	return out
}

// words are what each person said last of one incident.
type words map[string]string

func wordsOf(feedback []pipewright.Request) map[string]words {
	all := map[string]words{}
	for _, rq := range feedback {
		if rq.Kind != pipewright.RequestFeedback || !rq.OK {
			continue
		}
		if all[rq.Incident] == nil {
			all[rq.Incident] = words{}
		}
		all[rq.Incident][rq.By()] = rq.Reason
	}
	return all
}

// agreed is the cause on which everybody who spoke agrees, empty when there is none.
// believed is what "right" and "wrong" are about.
func (w words) agreed(believed string) string {
	label, wrong := "", false
	for _, said := range w { // the order does not matter: one disagreement ends it
		switch said {
		case saidWrong:
			wrong = true
			continue
		case saidRight:
			said = believed
		}
		if label != "" && label != said {
			return ""
		}
		label = said
	}
	if wrong && label == believed {
		return ""
	}
	return label
}

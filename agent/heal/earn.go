package heal

import (
	"fmt"
	"slices"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/rl"
)

// learnLadder folds the journal's outcomes anew.
func (l *Loop) learnLadder() {
	l.evidence, l.doubts = rl.NewLadder(l.cfg.Needs(), Facts(l.outcomes, l.moves)), rl.NewDoubts(ended(l.outcomes))
}

// weigh folds the outcome of an entry into the ladder, and adds to the entry what
// moved, as a note on the incident before what ends it: every move is journaled.
func (l *Loop) weigh(e *Entry) {
	if e.Outcome == nil || l.evidence == nil {
		return
	}
	o := *e.Outcome
	before, tripped := l.ladder().Standing(o.Class, o.Action, cellOf(o).Env), l.evidence.Tripped()
	for _, f := range factsOf(o) {
		l.evidence.Add(f)
	}
	for _, p := range ended([]pipewright.Outcome{o}) {
		l.doubts.Add(p)
	}
	after := l.ladder().Standing(o.Class, o.Action, cellOf(o).Env)
	was, is := unproved(l.outcomes), unproved(append(slices.Clip(l.outcomes), o))
	for _, note := range []string{sayBreaker(tripped, l.evidence.Tripped()), sayRung(o, before, after), sayGuard(was, is)} {
		if note != "" {
			e.Events = append([]pipewright.Event{{At: o.At, Incident: o.Incident, Note: note}}, e.Events...)
		}
	}
}

func sayBreaker(before, after string) string {
	if before != "" || after == "" {
		return ""
	}
	return "everything is asked about from now on: " + after + "; `pipewright policy reset` ends that"
}

func sayRung(o pipewright.Outcome, before, after Standing) string {
	what := fmt.Sprintf("%s on %s", o.Action.Kind, o.Class)
	switch {
	case before.Rung == after.Rung:
		return ""
	case after.Rung == pipewright.Auto:
		return fmt.Sprintf("%s may run alone from now on: %d of %d held", what, after.Held, after.Runs)
	}
	return fmt.Sprintf("%s is asked about from now on: %s", what, after.Why)
}

package main

import (
	"encoding/json"
	"fmt"

	pipewright "github.com/pipewright/pipewright"
)

// journalPrinter shows journaled events as they come: JSON for machines, cards
// and lines for people. It folds the events itself: a card is a view of the
// journal.
type journalPrinter struct {
	p    program
	json *json.Encoder
	incs map[string]pipewright.Incident
}

func newJournalPrinter(p program, asJSON bool) *journalPrinter {
	j := &journalPrinter{p: p, incs: map[string]pipewright.Incident{}}
	if asJSON {
		j.json = json.NewEncoder(p.out)
	}
	return j
}

// remember takes in an event that was shown before.
func (j *journalPrinter) remember(e pipewright.Event) pipewright.Incident {
	next, err := j.incs[e.Incident].Apply(e)
	if err == nil { // the store has applied it already; an error cannot happen twice
		j.incs[e.Incident] = next
	}
	return next
}

func (j *journalPrinter) event(e pipewright.Event) {
	if j.json != nil {
		_ = j.json.Encode(e) // a reader that left ends the process by SIGPIPE
		return
	}
	inc := j.remember(e)
	s := j.p.style()
	switch {
	case e.To == pipewright.Diagnosed && len(inc.Attempts) == 0:
		fmt.Fprint(j.p.out, s.Card(inc))
	case e.To == pipewright.Waiting:
		fmt.Fprint(j.p.out, s.Ask(inc))
	case e.To == pipewright.Open && inc.Reopened == 0:
	default:
		fmt.Fprint(j.p.out, s.Line(e, inc))
	}
}

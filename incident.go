package pipewright

import (
	"slices"
	"time"
)

// State is where an incident stands.
type State string

const (
	Open      State = "open"
	Diagnosed State = "diagnosed"
	Decided   State = "decided"
	Waiting   State = "waiting" // for a person
	Allowed   State = "allowed"
	Acting    State = "acting"
	Acted     State = "acted"
	Verifying State = "verifying"
	Resolved  State = "resolved"
	Escalated State = "escalated"
	Closed    State = "closed"
)

// States lists every state in the order of an incident's life.
var States = []State{Open, Diagnosed, Decided, Waiting, Allowed, Acting, Acted, Verifying, Resolved, Escalated, Closed}

// moves is the only table of legal moves. The empty state is an incident that
// does not exist yet.
var moves = map[State][]State{
	"":        {Open},
	Open:      {Diagnosed},
	Diagnosed: {Decided, Escalated},
	Decided:   {Waiting, Allowed, Escalated, Decided},
	Waiting:   {Allowed, Escalated, Closed},
	Allowed:   {Acting},
	Acting:    {Acted, Escalated},
	Acted:     {Verifying},
	Verifying: {Resolved, Diagnosed, Escalated},
	Escalated: {Closed, Diagnosed},
	Resolved:  {Closed, Open},
	Closed:    nil,
}

// CanMove reports whether an incident may go from one state to another.
func CanMove(from, to State) bool { return slices.Contains(moves[from], to) }

// Live reports whether the incident still needs something to happen.
func (s State) Live() bool { return s != Closed && s != "" }

// Event is one journaled step of an incident. Only the fields of the step are
// set. An event with an empty To is a note: something joined the incident, and
// it stays where it is. Applied in order of Seq, events rebuild the incident.
type Event struct {
	Seq          int64        `json:"seq"` // given by the store
	At           time.Time    `json:"at"`
	Incident     string       `json:"incident"`
	To           State        `json:"to,omitempty"`
	Due          time.Time    `json:"due,omitzero"`
	Resource     ResourceID   `json:"resource,omitempty"`
	Class        FaultClass   `json:"fault_class,omitempty"`
	Severity     Severity     `json:"severity,omitempty"`
	Title        string       `json:"title,omitempty"`
	Signal       *Signal      `json:"signal,omitempty"`
	Diagnosis    *Diagnosis   `json:"diagnosis,omitempty"`
	Action       *Action      `json:"action,omitempty"`
	Decision     *Decision    `json:"decision,omitempty"`
	Verdict      *Verdict     `json:"verdict,omitempty"`
	Approval     string       `json:"approval,omitempty"`
	Receipt      *Receipt     `json:"receipt,omitempty"`
	Verification Verification `json:"verification,omitempty"`
	Outcome      *Outcome     `json:"outcome,omitempty"`
	Who          string       `json:"who,omitempty"`  // the person behind the step, empty for Pipewright
	Call         []string     `json:"call,omitempty"` // who is to take over, when nobody who was asked did
	Note         string       `json:"note,omitempty"`
}

// Attempt is an action that was tried within an incident.
type Attempt struct {
	Action       Action       `json:"action"`
	At           time.Time    `json:"at"`
	Receipt      *Receipt     `json:"receipt,omitempty"`
	Verification Verification `json:"verification,omitempty"`
	Decision     *Decision    `json:"decision,omitempty"`
	Approval     string       `json:"approval,omitempty"` // under which it ran; empty: alone
}

// Incident is the fold of its events.
type Incident struct {
	ID        string     `json:"id"`
	State     State      `json:"state"`
	Title     string     `json:"title"`
	Resource  ResourceID `json:"resource"` // where it was first seen
	Class     FaultClass `json:"fault_class"`
	Severity  Severity   `json:"severity"`
	OpenedAt  time.Time  `json:"opened_at"`
	UpdatedAt time.Time  `json:"updated_at"`
	EndedAt   time.Time  `json:"ended_at,omitzero"` // resolved or closed
	Due       time.Time  `json:"due,omitzero"`      // when it wants attention next; zero: at once
	Signals   []Signal   `json:"signals"`
	Diagnosis *Diagnosis `json:"diagnosis,omitempty"`
	Action    *Action    `json:"action,omitempty"` // decided and not finished
	Decision  *Decision  `json:"decision,omitempty"`
	Verdict   *Verdict   `json:"verdict,omitempty"`
	Approval  string     `json:"approval,omitempty"` // id of the pending or last approval
	Requester string     `json:"requester,omitempty"`
	Attempts  []Attempt  `json:"attempts,omitempty"`
	Reopened  int        `json:"reopened,omitempty"`
	Note      string     `json:"note,omitempty"` // the last word: why escalated, why closed
	Call      []string   `json:"call,omitempty"` // who is to take over, since nobody who was asked did
	Seq       int64      `json:"seq"`            // of the last event applied
}

// Resources lists where the incident shows: its first resource, then those of
// its signals, without repeats.
func (i Incident) Resources() []ResourceID {
	ids := []ResourceID{i.Resource}
	for _, s := range i.Signals {
		if !slices.Contains(ids, s.Resource) {
			ids = append(ids, s.Resource)
		}
	}
	return ids
}

// LastAttempt returns the action tried last, nil when nothing was tried.
func (i *Incident) LastAttempt() *Attempt {
	if len(i.Attempts) == 0 {
		return nil
	}
	return &i.Attempts[len(i.Attempts)-1]
}

// Macros are the attempts in order, the steps of one back-pressure together.
func (i Incident) Macros() (out [][]Attempt) {
	for n, at := range i.Attempts {
		if n > 0 && at.Action.Pressure() && at.Action.SameMacro(i.Attempts[n-1].Action) {
			out[len(out)-1] = append(out[len(out)-1], at)
			continue
		}
		out = append(out, []Attempt{at})
	}
	return out
}

// Apply returns the incident after the event. It is pure: the receiver is not
// changed. An event of another incident or an illegal move is a Conflict error.
func (i Incident) Apply(e Event) (Incident, error) {
	if i.ID != "" && e.Incident != i.ID {
		return i, Errorf(Conflict, "event %d belongs to %s, not to %s", e.Seq, e.Incident, i.ID)
	}
	if e.To == "" && i.State == "" {
		return i, Errorf(Conflict, "event %d is a note on %s, which does not exist", e.Seq, e.Incident)
	}
	if e.To != "" && !CanMove(i.State, e.To) {
		return i, Errorf(Conflict, "%s cannot go from %q to %q", e.Incident, i.State, e.To)
	}
	i.absorb(e)
	if e.To != "" {
		i.move(e)
	}
	return i, nil
}

// absorb takes over the facts that an event carries, whatever its move.
func (i *Incident) absorb(e Event) {
	i.ID, i.Seq, i.UpdatedAt = e.Incident, e.Seq, e.At
	if e.Signal != nil {
		i.Signals = append(slices.Clip(i.Signals), *e.Signal)
	}
	if e.Severity.Worse(i.Severity) || i.Severity == "" {
		i.Severity = e.Severity
	}
	if e.Title != "" {
		i.Title = e.Title
	}
	if e.Class != "" {
		i.Class = e.Class
	}
	if e.Diagnosis != nil {
		i.Diagnosis = e.Diagnosis
	}
	if e.Decision != nil {
		i.Decision = e.Decision
	}
	if e.Action != nil {
		i.Action = e.Action
	}
	if e.Verdict != nil {
		i.Verdict = e.Verdict
	}
	if e.Approval != "" {
		i.Approval = e.Approval
	}
	if e.Note != "" {
		i.Note = e.Note
	}
}

// move changes the state and what follows from it.
func (i *Incident) move(e Event) {
	from := i.State
	i.State, i.Due, i.Call = e.To, e.Due, e.Call
	switch e.To {
	case Open:
		if from == "" {
			i.Resource, i.OpenedAt, i.Requester = e.Resource, e.At, e.Who
		} else {
			i.Reopened++
		}
		i.EndedAt = time.Time{}
	case Acting:
		i.Attempts = append(slices.Clip(i.Attempts), Attempt{Action: *i.Action, At: e.At, Decision: i.Decision, Approval: i.Approval})
	case Acted:
		i.settle(func(a *Attempt) { a.Receipt = e.Receipt })
	case Resolved:
		i.settle(func(a *Attempt) { a.Verification = e.Verification })
		i.EndedAt = e.At
	case Diagnosed:
		if from == Verifying {
			i.settle(func(a *Attempt) { a.Verification = e.Verification })
		}
		i.Action, i.Decision, i.Verdict, i.Approval = e.Action, nil, nil, "" // a person's request brings its action along
	case Escalated:
		if e.Verification != "" {
			i.settle(func(a *Attempt) { a.Verification = e.Verification })
		}
	case Closed:
		if i.EndedAt.IsZero() {
			i.EndedAt = e.At
		}
	}
}

// settle changes the last attempt without touching the slice that an earlier
// value of the incident shares.
func (i *Incident) settle(f func(*Attempt)) {
	if len(i.Attempts) == 0 {
		return
	}
	i.Attempts = slices.Clone(i.Attempts)
	f(&i.Attempts[len(i.Attempts)-1])
}

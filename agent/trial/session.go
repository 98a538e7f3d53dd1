package trial

import (
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/rl"
	"github.com/pipewright/pipewright/rl/sim/gym"
)

// session is one incident as a policy sees it, from the first look to the end.
type session struct {
	Case  gym.Case
	Seen  []rl.Seen // what it looks like, answers of probes last
	Class string    // fault class most believed at the first decision; "" when the policy has no belief
	Cause string    // likewise
	Tried []pipewright.Verb
	Left  int // actions that may still be taken
	Seed  uint64

	Steps []deed
	First move // the first decision
	// Refused is what a person was asked about last and did not approve.
	Refused pipewright.Verb
	ask     func(probe string) gym.Answer
}

// deed is one thing that was done, as far as a policy sees it.
type deed struct {
	Verb      pipewright.Verb
	Approved  bool
	Predicted float64 // that it recovers; 0 when the policy has no odds
	Seen      gym.Status
	Minutes   float64
	Cost      float64
}

// how a verb is to be carried out. The zero value calls a person.
type how int

const (
	callPerson how = iota
	askFirst
	runAlone
)

// move is what a policy wants to do next.
type move struct {
	How       how
	Verb      pipewright.Verb
	Predicted float64 // that the plan recovers alone, without harm; 0 when the policy has no odds
	Plan      int     // arms in it
	Next      float64 // that the next arm recovers
	choice    rl.Choice
	posed     rl.Case
	believed  []rl.Hypothesis // then; nil without a gate
}

// policy decides about incidents. What it may read is in the session.
type policy interface {
	next(s *session) move
	// closed is called when an incident has ended, with what was seen on the way.
	closed(s *session)
	// settled is called later, with the verified account.
	settled(s *session, o gym.Outcome)
}

// play lets a policy handle the open incident.
func play(g *gym.Gym, s *session, p policy) {
	s.ask = g.Probe
	s.Left, _ = g.Left()
	for {
		m := p.next(s)
		if len(s.Steps) == 0 {
			s.First = m
		}
		if m.How == callPerson || s.Left == 0 && m.Verb != rl.Wait {
			break
		}
		approved := false
		if m.How == askFirst && m.Verb != rl.Wait {
			if approved = g.Ask(m.Verb).Approved; !approved {
				s.Refused = m.Verb
				break
			}
		}
		switch s.carryOut(g, m, approved) {
		case gym.Recovered:
			p.closed(s)
			return
		case gym.Worse:
			g.Escalate()
			p.closed(s)
			return
		}
	}
	g.Escalate()
	p.closed(s)
}

// mostSteps ends an incident in which a policy only waits.
const mostSteps = 8

// carryOut does one thing, and watches when it seems to have helped.
func (s *session) carryOut(g *gym.Gym, m move, approved bool) gym.Status {
	var r gym.Result
	v := m.Verb
	if v == rl.Wait {
		r = g.Wait(waitMinutes * time.Minute)
	} else {
		r = g.Act(v)
	}
	seen := r.Seen
	if seen == gym.Recovered {
		seen = g.Close().Seen
	}
	s.Steps = append(s.Steps, deed{v, approved, m.Next, seen, r.Minutes, r.Cost})
	s.Tried = append(s.Tried, v)
	if s.Left, _ = gLeft(g, seen); len(s.Steps) >= mostSteps {
		s.Left = 0
	}
	return seen
}

// gLeft is what may still be done; nothing once the incident is over.
func gLeft(g *gym.Gym, seen gym.Status) (int, float64) {
	if seen == gym.Recovered {
		return 0, 0
	}
	return g.Left()
}

// terms are what an incident's minutes and people cost. They are the company's
// own numbers, not the plant's.
func terms(c gym.Case, people gym.People) rl.Terms {
	t := rl.DefaultTerms()
	t.Criticality = c.Criticality
	t.HumanMinutes, t.AskMinutes = people.Escalate.Day, people.Ask.Day
	if c.Night {
		t.HumanMinutes, t.AskMinutes = people.Escalate.Night, people.Ask.Night
	}
	t.HumanPrice, t.AskPrice = people.EscalateCost, people.AskCost
	t.ApproveGood, t.ApproveBad = people.ApproveGood, people.ApproveBad
	return t
}

package heal

import (
	"context"
	"fmt"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/rl"
)

// lessons are the log as a Learner keeps it: what is new is added, nothing is read
// twice, and of an incident only what teaches is kept.
type lessons struct {
	log Log
	seq int64 // of the last event that was read
}

// Journaled is what lessons are read from.
type Journaled interface {
	Events(ctx context.Context, q pipewright.EventQuery) ([]pipewright.Event, error)
	Incident(ctx context.Context, id string) (pipewright.Incident, error)
	Feedback(ctx context.Context) ([]pipewright.Request, error)
}

// page is how many events are read at once.
const page = 1000

// read adds what the journal holds since the last time.
func (s *lessons) read(ctx context.Context, j Journaled) error {
	for {
		events, err := j.Events(ctx, pipewright.EventQuery{AfterSeq: s.seq, Limit: page})
		if err != nil {
			return fmt.Errorf("read events: %w", err)
		}
		for _, e := range events {
			if err := s.add(ctx, j, e); err != nil {
				return err
			}
		}
		if len(events) < page {
			break
		}
	}
	words, err := j.Feedback(ctx)
	if err != nil {
		return fmt.Errorf("read feedback: %w", err)
	}
	s.log.Feedback = words
	return nil
}

func (s *lessons) add(ctx context.Context, j Journaled, e pipewright.Event) error {
	if e.To == pipewright.Closed {
		inc, err := j.Incident(ctx, e.Incident)
		if err != nil {
			return fmt.Errorf("read incident: %w", err)
		}
		s.keep(inc)
	}
	if e.Outcome != nil {
		s.log.Outcomes = append(s.log.Outcomes, *e.Outcome)
	}
	s.seq = e.Seq
	return nil
}

// keep takes in a closed incident without what it does not teach by: evidence, texts,
// and its records as they are stored, which are read once.
func (s *lessons) keep(inc pipewright.Incident) {
	if s.log.records == nil {
		s.log.records = map[string][]*rl.Record{}
	}
	var records []*rl.Record
	for i, at := range inc.Attempts {
		var kept *rl.Record
		if rec, ok := s.log.recordOf(inc, i); ok {
			rec.Posed, rec.Grounds = rl.Posed{}, nil
			kept = &rec
		}
		records = append(records, kept)
		inc.Attempts[i] = pipewright.Attempt{Action: at.Action, At: at.At, Approval: at.Approval, Verification: at.Verification}
	}
	if d := inc.Diagnosis; d != nil {
		inc.Diagnosis = &pipewright.Diagnosis{Hypotheses: d.Hypotheses[:min(1, len(d.Hypotheses))], Inconclusive: d.Inconclusive}
	}
	var places []pipewright.Signal
	for _, id := range inc.Resources() {
		places = append(places, pipewright.Signal{Resource: id})
	}
	inc.Signals, inc.Decision, inc.Action, inc.Verdict = places, nil, nil, nil
	s.log.records[inc.ID] = records
	s.log.Incidents = append(s.log.Incidents, inc)
}

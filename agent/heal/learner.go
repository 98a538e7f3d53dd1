package heal

import (
	"context"
	"fmt"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/catalogue"
	"github.com/pipewright/pipewright/rl"
)

// Learner trains policy versions from the journal, off the healing path, and says
// how far each may go. It moves nothing itself: what it returns is a request, which
// the loop checks and journals.
type Learner struct {
	cat     *catalogue.Catalogue
	cfg     Config
	history Past
	taught  int                   // episodes of the newest version that was looked at
	busiest pipewright.ResourceID // where most incidents were seen
}

// Past is what a Learner reads.
type Past interface {
	History
	PolicyMoves(ctx context.Context) ([]pipewright.PolicyMove, error)
}

// NewLearner makes a learner that has read nothing yet.
func NewLearner(cat *catalogue.Catalogue, cfg Config, history Past) *Learner {
	return &Learner{cat: cat, cfg: cfg, history: history}
}

// canaryIncidents is how many incidents a canary must have decided alone before it
// may become active.
const canaryIncidents = 10

// Study reads the journal and, when it teaches something new, returns the move of the
// version that comes of it; nil when there is nothing new.
func (lr *Learner) Study(ctx context.Context) (*pipewright.PolicyMove, error) {
	if lr.cfg.Policy == Runbook {
		return nil, nil // rules do not learn
	}
	log, err := ReadLog(ctx, lr.history)
	if err != nil {
		return nil, err
	}
	moves, err := lr.history.PolicyMoves(ctx)
	if err != nil {
		return nil, fmt.Errorf("read policy moves: %w", err)
	}
	return lr.study(log, moves)
}

func (lr *Learner) study(log Log, moves []pipewright.PolicyMove) (*pipewright.PolicyMove, error) {
	candidate, err := Train(lr.cat, lr.cfg, log)
	if err != nil {
		return nil, err
	}
	n := candidate.Model.Episodes()
	if n == 0 || n == lr.taught || Newest(moves, candidate.Name) != nil {
		return nil, nil
	}
	lr.taught, lr.busiest = n, busiest(log)
	p, end := Point(moves), log.End()
	m := pipewright.PolicyMove{Version: candidate.Name, Stage: pipewright.PolicyShadow, Seq: end.Seq, Feedback: end.Feedback, Episodes: n}
	on := p.Canary // a version on trial is judged before another one is tried
	if on != nil {
		if candidate, err = Train(lr.cat, lr.cfg, log.Upto(Mark{on.Seq, on.Feedback})); err != nil {
			return nil, err
		}
	}
	verdict, err := lr.compare(log, candidate, p.Active)
	if err != nil {
		return nil, err
	}
	if on != nil {
		return lr.trial(log, *on, m, verdict), nil
	}
	m.Promote, m.Reasons = verdict.Promote, verdict.Reasons
	return &m, nil
}

// compare judges a candidate against the active version on the log, by an evaluator
// that is neither's model.
func (lr *Learner) compare(log Log, candidate Policy, active *pipewright.PolicyMove) (rl.Comparison, error) {
	until := Mark{}
	if active != nil {
		until = Mark{active.Seq, active.Feedback}
	}
	incumbent, err := Train(lr.cat, lr.cfg, log.Upto(until))
	if err != nil {
		return rl.Comparison{}, err
	}
	a, err := actor(candidate)
	if err != nil {
		return rl.Comparison{}, err
	}
	b, err := actor(incumbent)
	if err != nil {
		return rl.Comparison{}, err
	}
	return rl.Compare(Prior(lr.cat), rl.DefaultHyper(), log.Logged(), a, b)
}

func actor(p Policy) (rl.Actor, error) {
	planner, ok := p.Chooser.(*rl.Planner)
	if !ok {
		return nil, pipewright.Errorf(pipewright.Invalid, "the runbook is not evaluated")
	}
	return rl.Greedy{Model: p.Model, Planner: planner}, nil
}

// trial is what becomes of a canary: active when the verdict holds after enough
// incidents, back in the shadow when it did harm. Until then the new version waits.
func (lr *Learner) trial(log Log, on, fresh pipewright.PolicyMove, verdict rl.Comparison) *pipewright.PolicyMove {
	on.Promote, on.Reasons = verdict.Promote, verdict.Reasons
	decided := 0
	for _, t := range log.told() {
		first := t.steps[0].record
		if first.Model != on.Version {
			continue
		}
		decided++
		for _, s := range t.steps {
			if s.result == rl.Worse {
				on.Stage, on.Reasons = pipewright.PolicyBack, append([]string{"it made " + t.id + " worse on its trial"}, verdict.Reasons...)
				return &on
			}
		}
	}
	if decided >= canaryIncidents && verdict.Promote {
		on.Stage = pipewright.PolicyActive
		return &on
	}
	fresh.Reasons = []string{fmt.Sprintf("%s is on its trial first: %d of %d incidents", name(on.Version), decided, canaryIncidents)}
	return &fresh
}

// Next is the move by which a version that passed goes on a trial, on the pipeline
// with most incidents; nil when it did not pass.
func (lr *Learner) Next(m pipewright.PolicyMove) *pipewright.PolicyMove {
	if m.Stage != pipewright.PolicyShadow || !m.Promote {
		return nil
	}
	m.Stage, m.Pipeline = pipewright.PolicyCanary, lr.busiest
	return &m
}

func busiest(log Log) (most pipewright.ResourceID) {
	count := map[pipewright.ResourceID]int{}
	for _, inc := range log.Incidents { // the first of equals, by the journal's order
		count[inc.Resource]++
		if count[inc.Resource] > count[most] {
			most = inc.Resource
		}
	}
	return most
}

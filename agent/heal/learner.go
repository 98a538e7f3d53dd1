package heal

import (
	"context"
	"fmt"
	"slices"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/catalogue"
	"github.com/pipewright/pipewright/rl"
)

// Learner trains policy versions from the journal, off the healing path, and says
// how far each may go. It moves nothing itself: what it returns is a request, which
// the loop checks and journals. It reads only what the journal has gained.
type Learner struct {
	cat     *catalogue.Catalogue
	cfg     Config
	history Past
	lessons lessons
	shadow  learned
	busiest pipewright.ResourceID // where most incidents were seen
	kept    map[string]Policy     // active and canary, by version
}

// Past is what a Learner reads.
type Past interface {
	Journaled
	PolicyMoves(ctx context.Context) ([]pipewright.PolicyMove, error)
}

// NewLearner makes a learner that has read nothing yet.
func NewLearner(cat *catalogue.Catalogue, cfg Config, history Past) *Learner {
	return &Learner{cat: cat, cfg: cfg, history: history, kept: map[string]Policy{}}
}

const (
	// canaryIncidents is how many incidents a canary must have decided alone before it
	// may become active.
	canaryIncidents = 10
	// moreBy is the share by which a version must have learned more than the one before
	// it to be compared anew: a comparison costs as much as the log is long.
	moreBy = .05
)

// Study reads what is new in the journal and, when it teaches something, returns the
// move of the version that comes of it; nil when there is nothing new.
func (lr *Learner) Study(ctx context.Context) (*pipewright.PolicyMove, error) {
	if lr.cfg.Policy == Runbook {
		return nil, nil // rules do not learn
	}
	if err := lr.lessons.read(ctx, lr.history); err != nil {
		return nil, err
	}
	moves, err := lr.history.PolicyMoves(ctx)
	if err != nil {
		return nil, fmt.Errorf("read policy moves: %w", err)
	}
	return lr.study(lr.lessons.log.Upto(lr.lessons.log.End()), moves)
}

func (lr *Learner) study(log Log, moves []pipewright.PolicyMove) (*pipewright.PolicyMove, error) {
	if err := lr.shadow.learn(lr.cat, log.Episodes()); err != nil {
		return nil, err
	}
	p := Point(moves)
	if p.Canary != nil {
		if back := lr.harmed(log, *p.Canary); back != nil {
			return back, nil
		}
	}
	n, judged := lr.shadow.model.Episodes(), newestJudged(moves)
	if n == 0 || n < judged+max(1, int(moreBy*float64(judged))) {
		return nil, nil
	}
	candidate, err := policyOf(lr.cfg.Policy, lr.shadow.model, lr.cfg)
	if err != nil || Newest(moves, candidate.Name) != nil {
		return nil, err
	}
	lr.busiest = busiest(log)
	end := log.End()
	m := pipewright.PolicyMove{Version: candidate.Name, Stage: pipewright.PolicyShadow, Seq: end.Seq, Feedback: end.Feedback, Episodes: n, Prior: Prior(lr.cat).Name(), Settings: hyper().Named()}
	if p.Canary != nil { // a version on trial is judged before another one is tried
		if candidate, err = lr.version(log, p.Canary); err != nil {
			return nil, err
		}
	}
	verdict, err := lr.compare(log, candidate, p.Active)
	if err != nil {
		return nil, err
	}
	if p.Canary != nil {
		return lr.trial(log, *p.Canary, m, verdict), nil
	}
	m.Promote, m.Reasons = verdict.Promote, verdict.Reasons
	return &m, nil
}

// newestJudged is how many episodes the newest version that was compared had.
func newestJudged(moves []pipewright.PolicyMove) int {
	for _, m := range slices.Backward(moves) {
		if m.Stage == pipewright.PolicyShadow {
			return m.Episodes
		}
	}
	return 0
}

// version is a version rebuilt from the log, once.
func (lr *Learner) version(log Log, m *pipewright.PolicyMove) (Policy, error) {
	name, until := "", Mark{}
	if m != nil {
		name, until = m.Version, Mark{m.Seq, m.Feedback}
	}
	if p, ok := lr.kept[name]; ok {
		return p, nil
	}
	if len(lr.kept) > 4 { // active and canary, and those before them
		clear(lr.kept)
	}
	p, err := Train(lr.cat, lr.cfg, log.Upto(until))
	if err == nil {
		lr.kept[name] = p
	}
	return p, err
}

// compare judges a candidate against the active version on the log, by an evaluator
// that is neither's model.
func (lr *Learner) compare(log Log, candidate Policy, active *pipewright.PolicyMove) (rl.Comparison, error) {
	incumbent, err := lr.version(log, active)
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
	return rl.Compare(Prior(lr.cat), hyper(), log.Logged(), a, b)
}

func actor(p Policy) (rl.Actor, error) {
	planner, ok := p.Chooser.(*rl.Planner)
	if !ok {
		return nil, pipewright.Errorf(pipewright.Invalid, "the runbook is not evaluated")
	}
	return rl.Greedy{Model: p.Model, Planner: planner}, nil
}

// harmed takes a canary back at once when a plan of its own made something worse.
func (lr *Learner) harmed(log Log, on pipewright.PolicyMove) *pipewright.PolicyMove {
	for _, t := range log.toldBy(on.Version) {
		for _, s := range t.steps {
			if s.result == rl.Worse {
				on.Stage, on.Promote, on.Reasons = pipewright.PolicyBack, false, []string{"it made " + t.id + " worse on its trial"}
				return &on
			}
		}
	}
	return nil
}

// trial is what becomes of a canary that did no harm: active when the verdict holds
// after enough incidents. Until then the new version waits.
func (lr *Learner) trial(log Log, on, fresh pipewright.PolicyMove, verdict rl.Comparison) *pipewright.PolicyMove {
	on.Promote, on.Reasons = verdict.Promote, verdict.Reasons
	decided := len(log.toldBy(on.Version))
	if decided >= canaryIncidents && verdict.Promote {
		on.Stage = pipewright.PolicyActive
		return &on
	}
	fresh.Reasons = []string{fmt.Sprintf("%s is on its trial first: %d of %d incidents", name(on.Version), decided, canaryIncidents)}
	return &fresh
}

// toldBy are the incidents that a version decided about.
func (l Log) toldBy(version string) []told {
	return slices.DeleteFunc(l.told(), func(t told) bool { return t.steps[0].record.Model != version })
}

// Next is the move by which a version that passed goes on a trial, on the pipeline
// with most incidents, or by which one that did harm there is kept from another; nil
// when it did not pass.
func (lr *Learner) Next(m pipewright.PolicyMove) *pipewright.PolicyMove {
	if m.Stage == pipewright.PolicyBack {
		m.Stage, m.Pipeline = pipewright.PolicyShadow, ""
		return &m
	}
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

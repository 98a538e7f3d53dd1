package trial

import (
	"slices"
	"strconv"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/rl"
	"github.com/pipewright/pipewright/rl/sim/gym"
	"github.com/pipewright/pipewright/rl/tabular"
)

// tabled is a learner of the classic family as a policy. It keys its state on
// what is seen, and its last action is to call a person. It learns as soon as an
// incident has ended, from what was seen: more than production would grant it.
type tabled struct {
	learner tabular.Learner
	keys    tabular.Index
	detail  tabular.Detail
	arms    []rl.Verb
	masks   *rl.Model // nil: every verb of the stage may be tried
	explore bool
	people  gym.People
	last    tabular.Transition // of the open incident; its reward is still missing
}

// tableEpsilon is the share of actions at random.
const tableEpsilon = .1

func newTabled(kind string, detail tabular.Detail, people gym.People, masks *rl.Model, seed uint64) (*tabled, error) {
	arms := verbs()
	l, err := tabular.New(kind, tabular.Settings{Actions: len(arms) + 1, Gamma: 1, Epsilon: tableEpsilon, Lambda: .8, Replays: 10, Seed: seed})
	return &tabled{learner: l, detail: detail, arms: arms, masks: masks, people: people}, err
}

func (t *tabled) next(s *session) move {
	s.Class = ruleOf(s.Case).Name
	state := t.keys.State(t.sight(s).Key(t.detail))
	open := t.open(s)
	if len(s.Steps) > 0 && t.explore {
		t.last.Next, t.last.Allowed, t.last.Reward = state, open, t.reward(s)
		t.learner.Observe(t.last)
	}
	pick := t.learner.Greedy
	if t.explore {
		pick = t.learner.Act
	}
	a := pick(state, open)
	t.last = tabular.Transition{State: state, Action: a}
	if a == len(t.arms) {
		return move{}
	}
	return move{How: runAlone, Verb: pipewright.Verb(t.arms[a].Name)}
}

// sight is what a table may key on.
func (t *tabled) sight(s *session) tabular.Sight {
	out := tabular.Sight{Error: s.Class, Step: strconv.Itoa(len(s.Steps)), Stage: s.Case.Stage}
	if n := len(s.Tried); n > 0 {
		out.Last = string(s.Tried[n-1])
	}
	if n := len(s.Case.Changes); n > 0 {
		out.Change = string(s.Case.Changes[n-1].Kind)
	}
	for _, d := range s.Case.Metrics {
		if d.Metric == "psi" {
			out.Drift = d.Is
		}
		out.Flags = append(out.Flags, d.Metric+" "+d.Is)
	}
	for _, k := range s.Case.Signals {
		out.Flags = append(out.Flags, string(k))
	}
	return out
}

// leastHope is the catalogue's chance of recovery under which a mask bars a verb.
const leastHope = .1

// open lists what may be done, a person last.
func (t *tabled) open(s *session) []int {
	var out []int
	for a, v := range t.arms {
		verb := pipewright.Verb(v.Name)
		if s.Left > 0 && !slices.Contains(s.Tried, verb) && (v.Name == rl.Wait || slices.Contains(s.Case.Verbs, verb)) {
			out = append(out, a)
		}
	}
	if t.masks != nil {
		out = t.masked(s, out)
	}
	return append(out, len(t.arms))
}

// masked keeps the verbs of which the catalogue expects something here.
func (t *tabled) masked(s *session, open []int) []int {
	c := rl.Case{Seen: s.Seen}
	for _, a := range open {
		c.Candidates = append(c.Candidates, rl.Candidate{Verb: t.arms[a].Name})
	}
	p, err := t.masks.Pose(c)
	if err != nil {
		return open
	}
	var out []int
	for i, a := range open {
		hope := 0.0
		for h, b := range p.Belief {
			hope += b * p.OK[h][i].Mean()
		}
		if hope >= leastHope {
			out = append(out, a)
		}
	}
	return out
}

// reward of the last thing done, as RL.md 2.10 has them, before what follows.
func (t *tabled) reward(s *session) float64 {
	w, d := terms(s.Case, t.people), s.Steps[len(s.Steps)-1]
	return -d.Cost - w.PerMinute*w.Criticality*d.Minutes
}

// closed rewards the incident's last transition.
func (t *tabled) closed(s *session) {
	if !t.explore {
		return
	}
	t.last.Done = true
	w := terms(s.Case, t.people)
	switch n := len(s.Steps); {
	case t.last.Action == len(t.arms):
		t.last.Reward = w.Escalation()
	case s.Steps[n-1].Seen == gym.Recovered:
		t.last.Reward = t.reward(s) + 1
	case s.Steps[n-1].Seen == gym.Worse:
		t.last.Reward = t.reward(s) + w.Harmed() - severity
	default:
		t.last.Reward = t.reward(s) + w.Escalation()
	}
	t.learner.Observe(t.last)
}

func (*tabled) settled(*session, gym.Outcome) {}

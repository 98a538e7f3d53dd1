package heal

import (
	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/rl"
)

// Transition is one decision as the reinforcement-learning sources keep it: state,
// action, reward (+1 recovered, 0 unchanged, -1 made worse) before prices, next state.
type Transition struct {
	Incident   string    `json:"incident"`
	Step       int       `json:"step"`
	State      rl.Case   `json:"state"`
	Action     string    `json:"action"` // action kind
	Target     string    `json:"target"`
	Propensity float64   `json:"propensity"`
	Result     rl.Result `json:"result"`
	Reward     float64   `json:"reward"` // before prices
	Price      float64   `json:"price"`  // of its time, disturbance and severity, in units of one recovered incident
	Next       *rl.Case  `json:"next_state,omitempty"`
	Done       bool      `json:"done"`
	Policy     string    `json:"policy"`
}

// Transitions lists what was decided, done and seen in closed incidents, by the order
// in which these closed.
func (l Log) Transitions() []Transition {
	var out []Transition
	for _, told := range l.told() {
		for i, s := range told.steps {
			t := Transition{
				Incident: told.id, Step: i + 1, State: s.record.Case, Action: string(s.action.Kind), Target: string(s.action.Target),
				Propensity: s.record.Choice.Propensity, Result: s.result, Reward: plain(s.result), Done: i == len(told.steps)-1, Policy: s.record.Choice.Policy,
			}
			t.Price = t.Reward - s.reward()
			if !t.Done {
				t.Next = &told.steps[i+1].record.Case
			}
			out = append(out, t)
		}
	}
	return out
}

// plain is the sources' reward.
func plain(r rl.Result) float64 {
	switch r {
	case rl.Recovered:
		return 1
	case rl.Worse:
		return -1
	}
	return 0
}

// told is one closed incident, step by step.
type told struct {
	id    string
	steps []toldStep
}

type toldStep struct {
	record  rl.Record
	action  pipewright.Action
	result  rl.Result
	minutes float64
}

// reward is what the step brought, less its prices.
func (s toldStep) reward() float64 {
	return s.record.Case.Terms.Reward(s.result, s.record.Case.Candidates[s.record.Choice.Arm].Pull, s.minutes)
}

// told lists the incidents of which every step has a record and a result.
func (l Log) told() (out []told) {
	l = l.Upto(l.End())
	ended := map[string][]pipewright.Outcome{}
	for _, o := range l.Outcomes {
		ended[o.Incident] = append(ended[o.Incident], o)
	}
	for _, inc := range l.Incidents {
		var steps []toldStep
		outcomes := ended[inc.ID]
		for i, at := range inc.Attempts {
			if i > 0 && at.Action.SameMacro(inc.Attempts[i-1].Action) {
				continue // a further try of one back-off
			}
			rec, ok := l.recordOf(inc, i)
			if !ok || rec.Choice.Arm < 0 || len(steps) >= len(outcomes) {
				break
			}
			o := outcomes[len(steps)]
			steps = append(steps, toldStep{rec, at.Action, resultOf(o), max(o.Seconds, 0) / 60})
		}
		if len(steps) > 0 && len(steps) == len(outcomes) {
			out = append(out, told{inc.ID, steps})
		}
	}
	return out
}

// Logged is the log as off-policy evaluation reads it: incidents that teach.
func (l Log) Logged() (out []rl.Logged) {
	steps := map[string]told{}
	for _, t := range l.told() {
		steps[t.id] = t
	}
	for _, e := range l.Episodes() {
		t, ok := steps[e.ID]
		if !ok || e.Weight == 0 {
			continue
		}
		in := rl.Logged{Episode: e}
		for i, s := range t.steps {
			step := rl.LoggedStep{Case: s.record.Case, Arm: s.record.Choice.Arm, Propensity: s.record.Choice.Propensity, Reward: s.reward()}
			if i == len(t.steps)-1 {
				step.Reward += s.record.Case.Terms.Final(s.result)
			}
			in.Steps = append(in.Steps, step)
		}
		out = append(out, in)
	}
	return out
}

// Top is the most believed cause of the state.
func (t Transition) Top() (cause string, belief float64) {
	if len(t.State.Hypotheses) == 0 {
		return "", 0
	}
	return t.State.Hypotheses[0].Cause, t.State.Hypotheses[0].Belief
}

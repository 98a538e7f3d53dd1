package trial

import (
	"slices"
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/rl"
	"github.com/pipewright/pipewright/rl/sim/gym"
)

// ladder is the product's ladder over what is known so far, with a person
// behind it who, asked about an action that stands demoted, approves it knowing
// that: then it may earn autonomy again.
type ladder struct {
	rungs *rl.Ladder
	now   time.Time
}

// clean is how many of the newest runs must be without harm once a person has
// approved again; the runs needed double with each harm anyway.
const clean = 3

func newLadder(s rl.Settings) *ladder {
	needs := rl.DefaultNeeds()
	needs.Bars, needs.Caps = s.Bars, s.Caps
	needs.Runs["R1"] = 0 // pooled odds and the bound on harm are enough to start with; after harm runs are needed
	needs.Clean = clean
	if s.Gentle > 0 { // the gate lets gentle arms run below the bar
		needs.Bars = map[string]float64{"R0": 0, "R1": 0, "R2": s.Bars["R2"]}
	}
	return &ladder{rungs: rl.NewLadder(needs, nil)}
}

func cell(s *session, v pipewright.Verb) rl.Cell {
	return rl.Cell{Class: s.Class, Action: s.Case.Resource.Kind() + "." + string(v), Env: s.Case.Env}
}

// holds reports whether a person must be asked. The plan's own odds are left to
// the gate.
func (l *ladder) holds(s *session, v pipewright.Verb) bool {
	if v == rl.Wait {
		return false // nothing is done
	}
	l.now = s.Case.At
	st := l.rungs.Stand(cell(s, v), string(riskOf(v)), rl.Pooled{Recovery: 1}, s.Case.At)
	return st.Rung != rl.Auto
}

// closed notes at once what was seen to harm, and what a person has approved.
func (l *ladder) closed(s *session) {
	for _, d := range s.Steps {
		if d.Verb == rl.Wait {
			continue
		}
		if d.Approved {
			l.rungs.Add(rl.Fact{At: s.Case.At, Kind: rl.Reapproved, Cell: cell(s, d.Verb), By: "on call"})
			l.rungs.Add(rl.Fact{At: s.Case.At, Kind: rl.Reset, By: "on call"})
		}
		if d.Seen == gym.Worse {
			l.rungs.Add(rl.Fact{At: s.Case.At, Kind: rl.Ran, Cell: cell(s, d.Verb), Risk: string(riskOf(d.Verb)),
				Predicted: d.Predicted, Harm: true, Alone: !d.Approved})
		}
	}
	if s.First.How == runAlone && len(s.Steps) > 0 {
		l.rungs.Add(rl.Fact{At: s.Case.At, Kind: rl.PlanEnded, Recovered: s.Steps[len(s.Steps)-1].Seen == gym.Recovered})
	}
}

// settled notes what was verified. What was seen to harm is known already.
func (l *ladder) settled(s *session, o gym.Outcome) {
	done := slices.DeleteFunc(slices.Clone(s.Steps), func(d deed) bool { return d.Verb == rl.Wait })
	for _, st := range o.Steps {
		if st.Verb == "" || len(done) == 0 {
			continue
		}
		d := done[0]
		if done = done[1:]; d.Seen == gym.Worse {
			continue
		}
		l.rungs.Add(rl.Fact{At: s.Case.At, Kind: rl.Ran, Cell: cell(s, st.Verb), Risk: string(riskOf(st.Verb)),
			Predicted: d.Predicted, Recovered: st.Label == gym.Recovered, Harm: st.Label == gym.Worse, Alone: !st.Approved})
	}
}

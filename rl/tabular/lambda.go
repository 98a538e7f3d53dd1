package tabular

// qLambda is Watkins' Q(lambda) with replacing traces (section 12.10): every
// pair visited since the last exploring action shares in the error, by how long
// ago it was visited. With lambda 0 it is Q-learning.
type qLambda struct {
	table
	traces []trace
}

type trace struct {
	state, action int
	e             float64
}

// Act picks an action; one that is not greedy cuts the traces, because what
// came before did not lead to it.
func (l *qLambda) Act(state int, allowed []int) int {
	row := l.row(state)
	a := l.choose(row, allowed)
	if row[a] < row[l.greedy(row, allowed, nil)] {
		l.traces = l.traces[:0]
	}
	return a
}

// faded is the trace below which a pair is no longer updated.
const faded = 1e-4

// Observe learns from a transition.
func (l *qLambda) Observe(t Transition) {
	delta := t.Reward + l.s.Gamma*l.best(t) - l.row(t.State)[t.Action]
	alpha := l.alpha(t.State, t.Action)
	kept := l.traces[:0]
	for _, tr := range l.traces {
		if tr.state == t.State && tr.action == t.Action {
			continue // replaced below
		}
		l.row(tr.state)[tr.action] += alpha * delta * tr.e
		if tr.e *= l.s.Gamma * l.s.Lambda; tr.e > faded {
			kept = append(kept, tr)
		}
	}
	l.row(t.State)[t.Action] += alpha * delta
	l.traces = kept
	if e := l.s.Gamma * l.s.Lambda; e > faded {
		l.traces = append(l.traces, trace{t.State, t.Action, e})
	}
	if t.Done {
		l.traces = l.traces[:0]
	}
}

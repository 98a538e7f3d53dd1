package tabular

// qLearner: Q(s,a) += alpha [r + gamma max_a' Q(s',a') - Q(s,a)] (section 6.5).
type qLearner struct{ table }

// Observe learns from a transition.
func (l *qLearner) Observe(t Transition) {
	l.update(t.State, t.Action, t.Reward+l.s.Gamma*l.best(t))
}

func (t *table) update(state, action int, target float64) {
	row := t.row(state)
	row[action] += t.alpha(state, action) * (target - row[action])
}

// sarsa: Q(s,a) += alpha [r + gamma Q(s',a') - Q(s,a)] with a' the action that
// is taken next (section 6.4). The update waits for that action.
type sarsa struct {
	table
	waiting *Transition
}

// Act picks the next action and completes the update before it.
func (l *sarsa) Act(state int, allowed []int) int {
	a := l.table.Act(state, allowed)
	if w := l.waiting; w != nil && w.Next == state {
		l.update(w.State, w.Action, w.Reward+l.s.Gamma*l.Value(state, a))
	}
	l.waiting = nil
	return a
}

// Observe learns from a last transition and keeps any other for the next Act.
func (l *sarsa) Observe(t Transition) {
	if t.Done {
		l.update(t.State, t.Action, t.Reward)
		return
	}
	l.waiting = &t
}

// expectedSarsa takes the mean over the epsilon-greedy action instead
// (section 6.6): (1-eps) max_a Q(s',a) + eps mean_a Q(s',a).
type expectedSarsa struct{ table }

// Observe learns from a transition.
func (l *expectedSarsa) Observe(t Transition) {
	after := 0.0
	if !t.Done {
		sum, n := 0.0, 0.0
		row := l.row(t.Next)
		l.each(t.Allowed, func(a int) { sum, n = sum+row[a], n+1 })
		after = (1-l.s.Epsilon)*l.best(t) + l.s.Epsilon*sum/n
	}
	l.update(t.State, t.Action, t.Reward+l.s.Gamma*after)
}

// doubleQ keeps two tables; a coin says which one learns, and it values its own
// best action by the other (section 6.7). It acts by their sum.
type doubleQ struct {
	table
	other table
	sum   []float64
}

func (l *doubleQ) twin() *table {
	l.other.s = l.s
	return &l.other
}

func (l *doubleQ) both(state int) []float64 {
	one, two := l.row(state), l.twin().row(state)
	l.sum = append(l.sum[:0], one...)
	for a := range l.sum {
		l.sum[a] += two[a]
	}
	return l.sum
}

// Act is epsilon-greedy by the sum of both tables.
func (l *doubleQ) Act(state int, allowed []int) int { return l.choose(l.both(state), allowed) }

// Greedy is the best action by the sum of both tables.
func (l *doubleQ) Greedy(state int, allowed []int) int {
	return l.greedy(l.both(state), allowed, nil)
}

// Value is the mean of both tables.
func (l *doubleQ) Value(state, action int) float64 {
	return (l.row(state)[action] + l.twin().row(state)[action]) / 2
}

// Observe learns from a transition.
func (l *doubleQ) Observe(t Transition) {
	learns, values := &l.table, l.twin()
	if l.rng.IntN(2) == 1 {
		learns, values = values, learns
	}
	after := 0.0
	if !t.Done {
		after = values.row(t.Next)[l.greedy(learns.row(t.Next), t.Allowed, l.rng)]
	}
	learns.update(t.State, t.Action, t.Reward+l.s.Gamma*after)
}

// Limit caps the visit counts of both tables.
func (l *doubleQ) Limit(n int) {
	l.table.Limit(n)
	l.twin().Limit(n)
}

package tabular

import "math/rand/v2"

// table holds action values; it grows with the states that are named.
type table struct {
	s      Settings
	rng    *rand.Rand
	q      [][]float64
	visits [][]int
	ties   []int
}

// row is the values of a state, 0 before anything was learned.
func (t *table) row(state int) []float64 {
	for state >= len(t.q) {
		t.q = append(t.q, make([]float64, t.s.Actions))
		t.visits = append(t.visits, make([]int, t.s.Actions))
	}
	return t.q[state]
}

// alpha counts a visit and returns its step size.
func (t *table) alpha(state, action int) float64 {
	t.row(state)
	t.visits[state][action]++
	if t.s.Alpha > 0 {
		return t.s.Alpha
	}
	return max(.1, 1/float64(t.visits[state][action]))
}

// each calls f for every allowed action.
func (t *table) each(allowed []int, f func(a int)) {
	if allowed != nil {
		for _, a := range allowed {
			f(a)
		}
		return
	}
	for a := range t.s.Actions {
		f(a)
	}
}

// greedy is the best allowed action by a row of values, ties broken at random
// when rng is given, else by the first.
func (t *table) greedy(row []float64, allowed []int, rng *rand.Rand) int {
	t.ties = t.ties[:0]
	t.each(allowed, func(a int) {
		switch {
		case len(t.ties) == 0 || row[a] > row[t.ties[0]]:
			t.ties = append(t.ties[:0], a)
		case row[a] == row[t.ties[0]]:
			t.ties = append(t.ties, a)
		}
	})
	if rng == nil || len(t.ties) == 1 {
		return t.ties[0]
	}
	return t.ties[rng.IntN(len(t.ties))]
}

// choose is epsilon-greedy by a row of values.
func (t *table) choose(row []float64, allowed []int) int {
	if t.s.Epsilon > 0 && t.rng.Float64() < t.s.Epsilon {
		if allowed != nil {
			return allowed[t.rng.IntN(len(allowed))]
		}
		return t.rng.IntN(t.s.Actions)
	}
	return t.greedy(row, allowed, t.rng)
}

// best is the highest value in the next state, 0 when it is over.
func (t *table) best(tr Transition) float64 {
	if tr.Done {
		return 0
	}
	row := t.row(tr.Next)
	return row[t.greedy(row, tr.Allowed, nil)]
}

// Act is epsilon-greedy.
func (t *table) Act(state int, allowed []int) int { return t.choose(t.row(state), allowed) }

// Greedy is the action of the highest value, of equals the first.
func (t *table) Greedy(state int, allowed []int) int { return t.greedy(t.row(state), allowed, nil) }

// Value of an action in a state.
func (t *table) Value(state, action int) float64 { return t.row(state)[action] }

// Limit caps every visit count, so that with Alpha 0 what was learned in a
// simulation gives way to what is seen: with n capped, the next step is 1/(n+1).
func (t *table) Limit(n int) {
	for _, row := range t.visits {
		for a := range row {
			row[a] = min(row[a], n)
		}
	}
}

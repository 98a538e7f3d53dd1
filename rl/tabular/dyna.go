package tabular

// dynaQ is Q-learning that after each real transition replays some it remembers:
// the last one of each pair, drawn evenly (section 8.2).
type dynaQ struct {
	table
	memory []Transition
	seen   map[[2]int]int // pair to its place in memory
}

// Observe learns from a transition and then from memory.
func (l *dynaQ) Observe(t Transition) {
	l.learn(t)
	pair := [2]int{t.State, t.Action}
	if at, known := l.seen[pair]; known {
		l.memory[at] = t
	} else {
		l.seen[pair] = len(l.memory)
		l.memory = append(l.memory, t)
	}
	for range l.s.Replays {
		l.learn(l.memory[l.rng.IntN(len(l.memory))])
	}
}

func (l *dynaQ) learn(t Transition) {
	l.update(t.State, t.Action, t.Reward+l.s.Gamma*l.best(t))
}

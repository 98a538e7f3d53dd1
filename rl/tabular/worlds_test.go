package tabular

import (
	"math/rand/v2"
	"strings"
)

// lake is FrozenLake, slippery: an action goes where it says or to either side,
// a third each.
func lake(rows string) MDP {
	m := strings.Fields(rows)
	n := len(m)
	moves := [][2]int{{0, -1}, {1, 0}, {0, 1}, {-1, 0}}
	out := make(MDP, n*n)
	for s := range out {
		r, c := s/n, s%n
		for a := range moves {
			if m[r][c] == 'G' || m[r][c] == 'H' {
				out[s] = append(out[s], []Outcome{{1, s, 0, true}})
				continue
			}
			var os []Outcome
			for _, b := range []int{(a + 3) % 4, a, (a + 1) % 4} {
				y, x := clamp(r+moves[b][0], n), clamp(c+moves[b][1], n)
				o := Outcome{P: 1.0 / 3, Next: y*n + x, Done: m[y][x] == 'G' || m[y][x] == 'H'}
				if m[y][x] == 'G' {
					o.Reward = 1
				}
				os = append(os, o)
			}
			out[s] = append(out[s], os)
		}
	}
	return out
}

func clamp(x, n int) int { return min(max(x, 0), n-1) }

const (
	lake4 = "SFFF FHFH FFFH HFFG"
	lake8 = "SFFFFFFF FFFFFFFF FFFHFFFF FFFFFHFF FFFHFFFF FHHFFFHF FHFFHFHF FFFHFFFG"
)

// cliff is CliffWalking: 4 by 12, the start at 36, the goal at 47.
func cliff() MDP {
	moves := [][2]int{{-1, 0}, {0, 1}, {1, 0}, {0, -1}}
	out := make(MDP, 48)
	for s := range out {
		for _, mv := range moves {
			y, x := clamp(s/12+mv[0], 4), min(max(s%12+mv[1], 0), 11)
			o := Outcome{P: 1, Next: y*12 + x, Reward: -1, Done: y == 3 && x == 11}
			if y == 3 && x >= 1 && x <= 10 {
				o = Outcome{P: 1, Next: 36, Reward: -100}
			}
			out[s] = append(out[s], []Outcome{o})
		}
	}
	return out
}

var taxiPlaces = [4][2]int{{0, 0}, {0, 4}, {4, 0}, {4, 3}}

// taxi is Taxi-v3 with its 300 starts.
func taxi() (m MDP, starts []int) {
	text := []string{"+---------+", "|R: | : :G|", "| : | : : |", "| : : : : |", "| | : | : |", "|Y| : |B: |", "+---------+"}
	code := func(r, c, p, d int) int { return ((r*5+c)*5+p)*4 + d }
	m = make(MDP, 500)
	for s := range m {
		r, c, p, d := s/100, s/20%5, s/4%5, s%4
		if p < 4 && p != d {
			starts = append(starts, s)
		}
		for a := range 6 {
			y, x, q, reward, done := r, c, p, -1.0, false
			switch {
			case a == 0:
				y = min(r+1, 4)
			case a == 1:
				y = max(r-1, 0)
			case a == 2 && text[1+r][2*c+2] == ':':
				x = min(c+1, 4)
			case a == 3 && text[1+r][2*c] == ':':
				x = max(c-1, 0)
			case a == 4:
				if p < 4 && taxiPlaces[p] == [2]int{r, c} {
					q = 4
				} else {
					reward = -10
				}
			case a == 5:
				q, reward, done = drop(r, c, p, d)
			}
			m[s] = append(m[s], []Outcome{{1, code(y, x, q, d), reward, done}})
		}
	}
	return m, starts
}

func drop(r, c, p, d int) (place int, reward float64, done bool) {
	for i, at := range taxiPlaces {
		if at == [2]int{r, c} && p == 4 {
			if i == d {
				return d, 20, true
			}
			return i, -1, false
		}
	}
	return p, -10, false
}

// maze is the Dyna maze of 6 by 9: state 18 to state 8 in 14 steps at best.
func maze() MDP {
	text := strings.Fields(".......#G ..#....#. S.#....#. ..#...... .....#... .........")
	moves := [][2]int{{-1, 0}, {0, 1}, {1, 0}, {0, -1}}
	out := make(MDP, 54)
	for s := range out {
		for _, mv := range moves {
			y, x := min(max(s/9+mv[0], 0), 5), min(max(s%9+mv[1], 0), 8)
			if text[y][x] == '#' {
				y, x = s/9, s%9
			}
			o := Outcome{P: 1, Next: y*9 + x, Done: text[y][x] == 'G'}
			if o.Done {
				o.Reward = 1
			}
			out[s] = append(out[s], []Outcome{o})
		}
	}
	return out
}

// episode runs a learner to the end, at most limit steps.
func episode(m MDP, l Learner, start, limit int, rng *rand.Rand) (steps int, total float64) {
	s := start
	for steps < limit {
		a := l.Act(s, nil)
		o := draw(m[s][a], rng)
		l.Observe(Transition{State: s, Action: a, Reward: o.Reward, Next: o.Next, Done: o.Done})
		steps, total, s = steps+1, total+o.Reward, o.Next
		if o.Done {
			break
		}
	}
	return steps, total
}

func draw(os []Outcome, rng *rand.Rand) Outcome {
	if len(os) == 1 {
		return os[0]
	}
	u := rng.Float64()
	for _, o := range os {
		if u -= o.P; u < 0 {
			return o
		}
	}
	return os[len(os)-1]
}

// policy is the greedy action of each state.
func policy(m MDP, l Learner) []int {
	out := make([]int, len(m))
	for s := range out {
		out[s] = l.Greedy(s, nil)
	}
	return out
}

func mean(xs []float64) float64 {
	sum := 0.0
	for _, x := range xs {
		sum += x
	}
	return sum / float64(len(xs))
}

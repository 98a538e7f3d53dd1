// Package rl is the learner: posteriors, beliefs over hidden causes, and the
// policies that choose what to try next. It is a leaf: it knows nothing of
// incidents, systems or stores, only causes, arms and numbers, so that every
// formula can be tested against published values.
package rl

// Beta is a Beta posterior over a probability, in pseudo-counts. A prior of
// mean m and strength n is Beta{A: m*n, B: (1-m)*n}.
type Beta struct {
	A float64 `json:"a"`
	B float64 `json:"b"`
}

// Problem is one decision: a belief over causes and the arms that could be
// pulled now. Slices are indexed by cause and arm in the caller's order.
type Problem struct {
	Belief  []float64 // P(cause), sums to 1
	Classes []string  // fault class of each cause: what a runbook rule keys on
	Arms    []string  // verbs, such as "scale_up"; one arm per candidate action
	OK      [][]Beta  // [cause][arm] chance that the arm recovers it
	Harm    [][]Beta  // [cause][arm] chance that the arm makes it worse
	Tried   []int     // arms pulled before in this incident, in order; each failed
	Seed    uint64
}

// Ranked is an arm with its predicted odds under the belief.
type Ranked struct {
	Arm      int
	Recovery float64 // mean
	Low      float64 // 10 % quantile
	High     float64 // 90 % quantile
	Harm     float64 // mean
	HarmHigh float64 // 90 % quantile
}

// Choice is what a policy would do. Arm is -1 when it would rather ask a
// person: nothing left to try, or no rule. The zero value is not a choice.
type Choice struct {
	Arm        int
	Plan       []int // the arms it would pull in turn, Arm first
	Odds       Ranked
	Ranked     []Ranked // every arm not tried, best first
	Propensity float64  // probability with which this policy picks Arm here
	Policy     string   // "sha256:..." of its content
	Why        []string
}

// Policy chooses. It is pure: the same problem gives the same choice.
type Policy interface {
	Choose(p Problem) Choice
}

// Package rl is the learner: posteriors, beliefs over hidden causes, and the
// policies that choose what to try next. It is a leaf: it knows nothing of
// incidents, systems or stores, only causes, arms and numbers, so that every
// formula can be tested against published values.
//
// One decision runs through it like this. A Prior (the fault catalogue in
// numbers) makes a Model, which learns from Episodes. Model.Pose turns a Case
// (what the agent knows of an incident) into a Problem, a Policy makes a Choice
// of it, and a Record holds what is needed to make the same choice again.
//
// Values are in units of one recovered incident: recovering is worth 1, and
// prices are subtracted from that. Times are in minutes.
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

	// What follows is optional: empty means free, harmless and allowed.
	Causes []string // name of each cause, for records and explanations
	Pulls  []Pull   // by arm: what pulling it takes
	Terms  Terms    // what the ends are worth; zero: DefaultTerms
	Probes []Probe  // read-only checks not run yet; see Planner.BestProbe
	// Started is the highest risk class with which a plan that is running has passed
	// the gate in this incident; "" when none has. A plan once started runs to its
	// end: its arms up to that class are not held to the bar again.
	Started string
	Rest    []int // with Started: the arms of the running plan that are left, in turn
	Left    int   // arms that may still be pulled in this incident; 0: as many as a plan holds
	// Doubts are by name of cause, in the order of these: see Settings.Distrust.
	Doubts []Doubt

	means *means // of OK and Harm, while a Planner works on it
}

// Pull is what pulling an arm once takes and how far it may go. A back-off
// retry with all its waits is one pull.
type Pull struct {
	Minutes  float64 `json:"minutes"`            // expected, to the verified result
	Money    float64 `json:"money,omitempty"`    // all prices in units of one recovered incident
	Blast    float64 `json:"blast,omitempty"`    // price of what it disturbs
	Loss     float64 `json:"loss,omitempty"`     // price of what it destroys, expected
	Severity float64 `json:"severity,omitempty"` // price of making it worse, 1 to 2; 0 reads as 1
	Risk     string  `json:"risk,omitempty"`     // R0, R1, R2; anything else is treated as worse than R2
	Held     bool    `json:"held,omitempty"`     // the rung holds it below auto: it may be proposed, not run alone
	Barred   bool    `json:"barred,omitempty"`   // the shield forbids it: it is not even proposed
	Shift    Shift   `json:"shift,omitzero"`     // what the residual says of this arm here
}

// Ranked is an arm with its predicted odds under the belief.
type Ranked struct {
	Arm      int     `json:"arm"`
	Recovery float64 `json:"recovery"`  // mean
	Low      float64 `json:"low"`       // 10 % quantile
	High     float64 `json:"high"`      // 90 % quantile
	Harm     float64 `json:"harm"`      // mean
	HarmHigh float64 `json:"harm_high"` // 90 % quantile
	// Value is what pulling the arm now and going on as well as possible is worth;
	// only a Planner sets it.
	Value float64 `json:"value,omitempty"`
}

// Choice is what a policy would do. Arm is -1 when it would rather ask a
// person: nothing left to try, or no rule. The zero value is not a choice.
type Choice struct {
	Arm        int      `json:"arm"`
	Plan       []int    `json:"plan,omitempty"` // the arms it would pull in turn, Arm first
	Odds       Ranked   `json:"odds"`           // of the plan
	Ranked     []Ranked `json:"ranked,omitempty"`
	Propensity float64  `json:"propensity"` // probability with which this policy picks Arm here
	Policy     string   `json:"policy"`     // "sha256:..." of its content
	Why        []string `json:"why,omitempty"`

	// What follows only a Planner sets.
	Ruling   Ruling  `json:"ruling,omitempty"`   // "" leaves it to the caller's guards
	Greedy   int     `json:"greedy,omitempty"`   // the arm of the highest value; differs from Arm when exploring
	Safe     []int   `json:"safe,omitempty"`     // the arms among which it may explore
	Explored bool    `json:"explored,omitempty"` // Arm was drawn by Thompson sampling
	Probe    int     `json:"probe,omitempty"`    // with Ruling RunProbe: which
	Gain     float64 `json:"gain,omitempty"`     // with Ruling RunProbe: E|V after - V now|
	Value    float64 `json:"value,omitempty"`    // of the plan
	Ask      float64 `json:"ask,omitempty"`      // value of proposing it to a person
	Escalate float64 `json:"escalate,omitempty"` // value of calling a person at once
}

// Ruling is what a Planner would do with its plan. The gate only narrows: the
// caller's guards come after it.
type Ruling string

const (
	RunAlone Ruling = "auto"     // the plan passes the gate
	AskFirst Ruling = "ask"      // propose it
	CallNow  Ruling = "escalate" // a person at once, with belief and evidence
)

// Policy chooses. It is pure: the same problem gives the same choice.
type Policy interface {
	Choose(p Problem) Choice
}

// Of is what was predicted of one arm by itself; zero when it was not ranked.
func (c Choice) Of(arm int) Ranked {
	for _, r := range c.Ranked {
		if r.Arm == arm {
			return r
		}
	}
	return Ranked{}
}

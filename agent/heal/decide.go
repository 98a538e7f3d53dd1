package heal

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/rl"
)

// Chooser is the part of a policy that chooses: the planner, or the runbook.
type Chooser interface {
	rl.Policy
	ID() string
	Content() []byte
}

// Policy is what decides: what a model believes of verbs under causes, and who
// chooses on that. A Policy never changes: what is learned makes another one.
type Policy struct {
	Model   *rl.Model
	Name    string // of the model's snapshot
	Chooser Chooser
}

// Decide poses a case and chooses. The record is all that is needed to do it
// again.
func (p Policy) Decide(c rl.Case) (rl.Record, error) {
	rec, _, err := rl.Decide(p.Model, p.Name, p.Chooser, c)
	return rec, err
}

// Setting is what a case holds beside the diagnosis and the candidates.
type Setting struct {
	Tried   []int    // candidates tried before, in order; each changed nothing
	Held    []bool   // by candidate: its rung is below auto
	Touches []int    // by candidate: resources that feel it
	Left    int      // actions that may still be tried
	Started string   // the risk class that the running plan passed the gate with; "" when none runs
	Rest    []int    // candidates of that plan that are left
	Advice  []string // verbs of the candidates that the runbook says, in order
	Doubts  []rl.Doubt
	Seed    uint64
}

// Pose states what is known of an incident as the learner sees it: the
// diagnosis' belief, which has learned already from what was tried in vain, and a
// candidate for each action. It is pure.
func Pose(inc pipewright.Incident, cands []Candidate, s Setting) rl.Case {
	c := rl.Case{Seen: seen(inc), Context: contextOf(inc), Tried: s.Tried, Left: s.Left, Started: s.Started, Rest: s.Rest, Advice: s.Advice, Doubts: s.Doubts, Seed: s.Seed}
	for _, h := range inc.Diagnosis.Hypotheses {
		c.Hypotheses = append(c.Hypotheses, rl.Hypothesis{Cause: h.Cause, Class: string(h.Class), Belief: h.Confidence})
	}
	for i, cand := range cands {
		a := cand.Action
		pull := rl.Pull{Minutes: expected(cand), Risk: string(a.Risk)}
		if i < len(s.Held) {
			pull.Held, pull.Blast = s.Held[i], disturbs*float64(s.Touches[i])
		}
		if cand.Twice {
			pull.Loss = writesTwice
		}
		c.Candidates = append(c.Candidates, rl.Candidate{
			Verb: string(a.Kind.Verb()), Target: string(a.Target), Aims: cand.For, Failed: attempts(inc, a), Pull: pull,
		})
	}
	return c
}

// disturbs is the price of an action for each resource that feels it, in units of
// one recovered incident.
const disturbs = .01

// writesTwice is the price of rows that are there twice, in the same unit: somebody has
// to find and delete them.
const writesTwice = .5

// attempts is how often the same was tried in vain: more of what is graded, and a run
// again by the system's own retries. What cannot be done again counts as tried.
func attempts(inc pipewright.Incident, a pipewright.Action) (n int) {
	for _, s := range inc.Signals {
		if s.Kind == pipewright.RunFailedSignal && s.Resource == a.Target && a.Kind.Verb() == "retry" {
			n = max(n, int(s.Value)-1) // failures in a row
		}
	}
	for _, at := range inc.Attempts {
		if slices.Contains(graded, a.Kind.Verb()) && at.Action.Kind == a.Kind && at.Action.Target == a.Target && at.Verification == pipewright.VerifyUnchanged {
			n++
		}
	}
	return n
}

// expected is how long an action takes to show its effect, in minutes; 0 for a
// back-off, whose length the learner knows.
func expected(c Candidate) float64 {
	if c.Action.Kind.Verb() == pipewright.BackoffRetry {
		return 0
	}
	return c.Actuator.Expected.Minutes()
}

// contextOf is what the learner pools over: the class, the kind of resource, and
// which symptoms came together.
func contextOf(inc pipewright.Incident) rl.Context {
	h, _ := inc.Diagnosis.Top()
	var shows []string
	for _, s := range inc.Signals {
		if w := string(s.Kind); !slices.Contains(shows, w) {
			shows = append(shows, w)
		}
	}
	slices.Sort(shows)
	return rl.Context{Error: string(h.Class), Stage: inc.Resource.Kind(), Signature: join(shows), Instance: string(inc.Resource)}
}

// Decide turns a recorded choice into a decision with its reasons. ok is false
// when the policy would rather call a person.
func Decide(rec rl.Record, cands []Candidate) (d pipewright.Decision, ok bool) {
	choice := rec.Choice
	d = pipewright.Decision{Policy: choice.Policy, Propensity: choice.Propensity, Seed: rec.Case.Seed, Reasons: choice.Why, Gate: string(choice.Ruling)}
	if plan := sayPlan(rec, cands); plan != "" {
		d.Reasons = append([]string{plan}, choice.Why...)
	}
	d.Record, _ = json.Marshal(rec) // names and finite numbers only
	if choice.Arm < 0 || choice.Arm >= len(cands) {
		return d, false
	}
	c, odds := cands[choice.Arm], choice.Odds
	d.Action, d.Undo, d.Expected = c.Action, c.Actuator.Undo, c.Actuator.Expected.Seconds()
	d.Recovery, d.Low, d.High = &odds.Recovery, &odds.Low, &odds.High
	d.Harm, d.HarmHigh = &odds.Harm, &odds.HarmHigh
	for _, a := range choice.Plan {
		d.Plan = append(d.Plan, pipewright.Action{Kind: cands[a].Action.Kind, Target: cands[a].Action.Target, Risk: cands[a].Action.Risk})
	}
	for _, r := range choice.Ranked {
		if r.Arm != choice.Arm {
			d.Alternatives = append(d.Alternatives, alternative(cands[r.Arm], r))
		}
	}
	return d, true
}

// sayPlan says the planner's plan and its odds; a runbook gives its own reasons.
func sayPlan(rec rl.Record, cands []Candidate) string {
	if rec.Choice.Ruling == "" || rec.Choice.Arm < 0 {
		return ""
	}
	var verbs []string
	for _, a := range rec.Choice.Plan {
		verbs = append(verbs, strings.ReplaceAll(string(cands[a].Action.Kind.Verb()), "_", " "))
	}
	say := "it is worth most here"
	if len(verbs) > 1 {
		say = "the plan worth most here is " + strings.Join(verbs, ", then ")
	}
	if b := rec.Beliefs; len(b) > 0 && b[0].Belief > 0 {
		say += fmt.Sprintf(", with %s %.0f %% likely", strings.ReplaceAll(b[0].Class, "_", " "), 100*b[0].Belief)
	}
	return say + "."
}

func alternative(c Candidate, r rl.Ranked) pipewright.Alternative {
	return pipewright.Alternative{
		Action: c.Action,
		Odds:   &pipewright.Odds{Recovery: r.Recovery, Low: r.Low, High: r.High},
		Why:    fmt.Sprintf("predicted recovery %.2f (%.2f to %.2f), harm %.2f", r.Recovery, r.Low, r.High, r.Harm),
	}
}

// Replay makes a journaled decision again and reports any difference.
func (p Policy) Replay(d pipewright.Decision) error {
	rec, ok := readRecord(d)
	if !ok {
		return pipewright.Errorf(pipewright.NotFound, "the decision has no record that can be read: it was asked for by a person, or made by an older version")
	}
	return rec.Replay(p.Model, p.Name, p.Chooser)
}

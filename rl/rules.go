package rl

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

const (
	// depth is how many arms a plan holds: what is tried before a person is asked.
	depth = 3
	// hopeless is the recovery under which a rule's arm is passed over: below
	// "rarely" (.15) of the catalogue and above "never" (.02).
	hopeless = .1
)

// Rules is the policy of a traditional runbook: for the most believed fault
// class, the first verb of its rule that is available, was not tried and is not
// hopeless. It chooses by rule; the odds are computed beside it.
type Rules struct {
	book    []Rule
	content []byte
	id      string
}

// NewRules makes the policy of a runbook, such as Runbook.
func NewRules(book []Rule) *Rules {
	var b bytes.Buffer
	fmt.Fprintf(&b, "rules depth=%d hopeless=%g\n", depth, hopeless)
	for _, r := range book {
		fmt.Fprintf(&b, "%s: %s\n", r.Class, strings.Join(r.Verbs, " "))
	}
	sum := sha256.Sum256(b.Bytes())
	return &Rules{book: book, content: b.Bytes(), id: "sha256:" + hex.EncodeToString(sum[:])}
}

// ID names the policy by its content.
func (r *Rules) ID() string { return r.id }

// Content is the text that ID is the hash of.
func (r *Rules) Content() []byte { return r.content }

// Choose follows the rules. Belief is taken as it stands: it must already hold
// what the tried arms taught (AfterFailure). A malformed problem gets Arm -1.
func (r *Rules) Choose(p Problem) Choice {
	c := Choice{Arm: -1, Propensity: 1, Policy: r.id}
	if why := p.fault(); why != "" {
		c.Why = []string{"The problem is malformed: " + why + "."}
		return c
	}
	c.Ranked = rank(p)
	plan, why := r.plan(p)
	c.Why = why
	if len(plan) == 0 {
		return c
	}
	c.Arm, c.Plan, c.Odds = plan[0], plan, planOdds(p, plan)
	c.Why = append(c.Why, fmt.Sprintf("The plan %s recovers %.0f %% of such cases (80 %% range %.0f to %.0f).",
		names(p, plan), 100*c.Odds.Recovery, 100*c.Odds.Low, 100*c.Odds.High))
	return c
}

// plan is the arm of the rule, then the arms that the rules would pull if each
// one before it changed nothing.
func (r *Rules) plan(p Problem) (plan []int, why []string) {
	tried := slices.Clone(p.Tried)
	for len(plan) < depth {
		arm, reason := r.next(p, tried)
		if len(plan) == 0 {
			why = append(why, reason)
		}
		if arm < 0 {
			break
		}
		plan, tried = append(plan, arm), append(tried, arm)
		ok, harm := make([]Beta, len(p.Belief)), make([]Beta, len(p.Belief))
		for c := range p.Belief {
			ok[c], harm[c] = p.OK[c][arm], p.Harm[c][arm]
		}
		p.Belief = AfterFailure(p.Belief, ok, harm)
	}
	return plan, why
}

// next applies the rule of the most believed class.
func (r *Rules) next(p Problem, tried []int) (arm int, why string) {
	class, weight := p.topClass()
	rule := slices.IndexFunc(r.book, func(rule Rule) bool { return rule.Class == class })
	if rule < 0 {
		return -1, fmt.Sprintf("No rule covers %s (%.0f %% likely).", class, 100*weight)
	}
	for _, verb := range r.book[rule].Verbs {
		if a := best(p, verb, tried); a >= 0 {
			return a, fmt.Sprintf("The rule for %s (%.0f %% likely) is: %s; %s is the first of them that is available, not tried and not hopeless.",
				class, 100*weight, strings.Join(r.book[rule].Verbs, ", then "), verb)
		}
	}
	return -1, fmt.Sprintf("The rule for %s (%.0f %% likely) is: %s; none of them is left that could help.",
		class, 100*weight, strings.Join(r.book[rule].Verbs, ", then "))
}

// best is the verb's untried arm with the highest recovery, of equals the first;
// -1 when there is none or it is hopeless.
func best(p Problem, verb string, tried []int) int {
	arm, most := -1, hopeless
	for a, have := range p.Arms {
		if have != verb || slices.Contains(tried, a) {
			continue
		}
		if mean := planOdds(p, []int{a}).Recovery; mean > most {
			arm, most = a, mean
		}
	}
	return arm
}

// rank lists the odds of every arm that was not tried, best first.
func rank(p Problem) []Ranked {
	var out []Ranked
	for a := range p.Arms {
		if !slices.Contains(p.Tried, a) {
			out = append(out, planOdds(p, []int{a}))
		}
	}
	slices.SortStableFunc(out, func(a, b Ranked) int { return cmp.Compare(b.Recovery, a.Recovery) })
	return out
}

func names(p Problem, plan []int) string {
	verbs := make([]string, len(plan))
	for i, a := range plan {
		verbs[i] = p.Arms[a]
	}
	return strings.Join(verbs, ", then ")
}

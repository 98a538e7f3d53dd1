package rl

import (
	"fmt"
	"slices"
)

// The gate decides whether a plan may run without a person:
//
//	auto <=> the arm is not held  and  P_plan (1 - distrust lost) >= bar
//	         and  Low >= bar - slack  and  harm's 90 % bound <= cap  and  V(plan) > V_ask
//
// P_plan counts only the arms that may run alone: the plan up to the first one
// that may not. The bar is that of the next arm's risk class, and so is the cap. What
// is lost is what Doubts take: what is known of curing the cause may no longer hold.

// classes of risk, from harmless to touching data.
var classes = []string{"R0", "R1", "R2"}

// within reports whether a risk class is at most another.
func within(class, most string) bool {
	i, j := slices.Index(classes, class), slices.Index(classes, most)
	return i >= 0 && i <= j
}

// runnable is the part of a plan that may run without a person.
func (s *Settings) runnable(p Problem, plan []int) []int {
	for i, a := range plan {
		if !s.runs(p, a) {
			return plan[:i]
		}
	}
	return plan
}

// passes reports whether the plan of a choice may run alone and, when not, why.
// next are the odds of its first arm by itself.
func (s *Settings) passes(p Problem, c Choice, next Ranked, runs bool) (bool, string) {
	pull := p.pull(c.Arm)
	bar, cap := s.Bars[pull.Risk], s.Caps[pull.Risk]
	lost, doubt := p.doubted()
	lowered := c.Odds.Recovery * (1 - s.Distrust*lost)
	switch {
	case !runs:
		return false, fmt.Sprintf("%s is not to be run without a person here.", p.Arms[c.Arm])
	case next.HarmHigh > cap:
		return false, fmt.Sprintf("%s may harm in up to %.1f %% of such cases, over the cap of %.1f.", p.Arms[c.Arm], 100*next.HarmHigh, 100*cap)
	case p.Started != "" && within(pull.Risk, p.Started):
		return true, "The plan that is running goes on."
	case c.Value <= c.Ask:
		return false, "Asking first is worth more."
	case s.Gentle > 0 && pull.Risk != "R2" && next.HarmHigh <= s.Gentle:
		return true, fmt.Sprintf("%s hardly ever harms (at most %.1f %%).", p.Arms[c.Arm], 100*next.HarmHigh)
	case c.Odds.Recovery < bar:
		return false, fmt.Sprintf("The plan is to recover %.0f %% alone, under the bar of %.0f.", 100*c.Odds.Recovery, 100*bar)
	case lowered < bar:
		return false, doubt.say(lowered, bar)
	case bar > 0 && c.Odds.Low < bar-s.Slack:
		return false, fmt.Sprintf("The plan's lower bound of %.0f %% is under %.0f.", 100*c.Odds.Low, 100*(bar-s.Slack))
	}
	return true, fmt.Sprintf("The plan passes the bar: %.0f >= %.0f.", 100*c.Odds.Recovery, 100*bar)
}

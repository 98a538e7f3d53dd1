package rl

import (
	"fmt"
	"slices"
	"strings"
)

// Paragraph says the explanation in one paragraph, from its numbers only.
func (e Explanation) Paragraph() string {
	parts := []string{e.sayPlan(), e.saySuspects()}
	if len(e.Plan) > 0 {
		parts = append(parts, fmt.Sprintf("This plan recovers %s of such cases without harm (80 %% range %s to %s), harm %.1f %% (at most %.1f %%).",
			percent(e.Odds.Recovery), percent(e.Odds.Low), percent(e.Odds.High), 100*e.Odds.Harm, 100*e.Odds.HarmHigh), e.sayEvidence(), e.sayRule())
	}
	if e.Next != nil {
		parts = append(parts, fmt.Sprintf("Next best: %s, %s, worth %.2f less.", say(e.Next.Candidate), percent(e.Next.Recovery), e.Next.Less))
	}
	parts = append(parts, e.sayRuling(), e.sayOtherwise(), e.sayNear())
	return strings.Join(slices.DeleteFunc(parts, func(p string) bool { return p == "" }), " ")
}

func (e Explanation) sayPlan() string {
	if len(e.Plan) == 0 {
		return "Call a person."
	}
	var steps []string
	for _, c := range e.Plan {
		steps = append(steps, say(c))
	}
	text := strings.Join(append(steps, "a person"), ", then ") + "."
	return strings.ToUpper(text[:1]) + text[1:]
}

func say(c Candidate) string {
	text := spoken(c.Verb)
	if c.Target != "" {
		text += " `" + c.Target + "`"
	}
	return text
}

// spoken is a name as it is said.
func spoken(name string) string { return strings.ReplaceAll(name, "_", " ") }

func (e Explanation) saySuspects() string {
	var out []string
	for i, s := range e.Suspects {
		text := fmt.Sprintf("%s %s", spoken(s.Cause), percent(s.Belief))
		var why []string
		for _, c := range s.For {
			why = append(why, fmt.Sprintf("%s %+.1f", c.Say, c.LogOdds()))
		}
		if i == 0 && len(why) > 0 {
			text += " (" + strings.Join(why, ", ") + " log-odds)"
		}
		out = append(out, text)
	}
	if len(out) == 0 {
		return ""
	}
	text := strings.Join(out, ", ") + "."
	return strings.ToUpper(text[:1]) + text[1:]
}

func (e Explanation) sayEvidence() string {
	text := "Evidence: no run here yet"
	if e.Runs > 0 {
		text = fmt.Sprintf("Evidence: %d of %d runs here", e.Held, e.Runs)
	}
	if e.Level != "" {
		text += ", catalogue \"" + e.Level + "\""
	}
	return text + "."
}

// sayRule quotes the name of the rule, which may hold digits that are no numbers.
func (e Explanation) sayRule() string {
	if e.Rule == "" {
		return ""
	}
	return fmt.Sprintf("For an unknown fault the runbook's rule `%s` says %s.", e.Rule, spoken(e.Plan[0].Verb))
}

func (e Explanation) sayRuling() string {
	word := map[Ruling]string{RunAlone: "Automatic", AskFirst: "It asks", CallNow: "A person is called"}[e.Ruling]
	if word == "" || len(e.Why) == 0 {
		return ""
	}
	return word + ": " + strings.ToLower(e.Why[0][:1]) + e.Why[0][1:]
}

func (e Explanation) sayOtherwise() string {
	switch f := e.Otherwise; {
	case f == nil:
		return ""
	case f.Instead == nil:
		return fmt.Sprintf("If %s, it would call a person.", f.Say)
	default:
		return fmt.Sprintf("If %s, it would first try %s (%s).", f.Say, say(*f.Instead), percent(f.Recovery))
	}
}

func (e Explanation) sayNear() string {
	var out []string
	for _, n := range e.Near {
		out = append(out, fmt.Sprintf("%s (%s alike): %s, %s", n.Incident, percent(n.Alike()), n.Action, n.Result))
	}
	if len(out) == 0 {
		return ""
	}
	return "Nearest past cases: " + strings.Join(out, "; ") + "."
}

// percent without promising certainty: what rounds to 100 is said as "over 99 %".
func percent(p float64) string {
	if p >= .995 {
		return "over 99 %"
	}
	return fmt.Sprintf("%.0f %%", 100*p)
}

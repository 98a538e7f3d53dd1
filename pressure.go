package pipewright

import "strings"

// shownRates is how many steps of back-pressure are shown, the first one aside.
const shownRates = 8

// SayRates says the limits of back-pressure, each with what it led to: "189 strained, 94
// calm, …, taken off calm".
func SayRates(steps []Attempt) string {
	var out []string
	for i, at := range steps {
		if i > 0 && i < len(steps)-shownRates {
			if i == 1 {
				out = append(out, "…")
			}
			continue
		}
		say := at.Action.Args["rate"]
		if say == "" {
			say = "taken off"
		}
		word := map[Verification]string{VerifyRecovered: "calm", VerifyUnchanged: "strained"}[at.Verification]
		if word == "" {
			word = "watched"
		}
		out = append(out, say+" "+word)
	}
	return strings.Join(out, ", ")
}

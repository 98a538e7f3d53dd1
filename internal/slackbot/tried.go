package slackbot

import (
	"fmt"
	"strings"

	pipewright "github.com/pipewright/pipewright"
)

// What was done so far.

func (f frame) tried(inc pipewright.Incident) string {
	var lines []string
	for _, steps := range inc.Macros() {
		a := steps[len(steps)-1]
		if len(steps) > 1 {
			lines = append(lines, f.pressure(steps))
			continue
		}
		line := fmt.Sprintf("• %s on %s at %s", code(string(a.Action.Kind)), code(string(a.Action.Target)), f.at(a.At))
		if a.Approval == "" {
			line += ", alone"
		} else {
			line += ", approved (" + code(a.Approval) + ")"
		}
		if a.Receipt != nil && a.Receipt.Say != "" {
			line += ": " + plain(firstLine(a.Receipt.Say, 160))
		}
		if a.Verification != "" {
			line += " → *" + plain(string(a.Verification)) + "*"
		}
		lines = append(lines, line)
	}
	if len(lines) == 0 {
		return ""
	}
	return "*Tried*\n" + strings.Join(lines[max(0, len(lines)-6):], "\n")
}

// pressure is back-pressure in one line: its limits, each with what it led to.
func (f frame) pressure(steps []pipewright.Attempt) string {
	first := steps[0]
	line := fmt.Sprintf("• back-pressure on %s since %s", code(string(first.Action.Target)), f.at(first.At))
	if first.Approval == "" {
		line += ", alone"
	} else {
		line += ", approved (" + code(first.Approval) + ")"
	}
	return fmt.Sprintf("%s, %d steps: %s", line, len(steps), plain(pipewright.SayRates(steps)))
}

package terminal

import (
	"fmt"
	"strings"

	pipewright "github.com/pipewright/pipewright"
)

// Answer renders the reply to a question: the words first, then the evidence
// they cite, then what could be done.
func (s Style) Answer(a pipewright.Answer) string {
	var b strings.Builder
	for _, line := range wrap(a.Answer, s.width()) {
		b.WriteString(line + "\n")
	}
	for _, c := range a.Charts {
		if f := c.Figure; f != nil && strings.Contains(a.Answer, f.Say) {
			once := *f
			once.Say, c.Figure = "", &once
		}
		b.WriteString("\n" + s.Chart(c))
	}
	for i, e := range a.Evidence {
		if i == 0 {
			b.WriteString("\n")
		}
		b.WriteString(s.fit(s.cyan("["+pipewright.Visible(e.ID)+"]")+" "+s.cite(e, s.width()-columns(e.ID)-3)) + "\n")
		if e.Kind == pipewright.LogEvidence && len(e.Lines) == 2 {
			b.WriteString("     " + s.dim(fmt.Sprintf("pipewright search --source %s --lines %d-%d", pipewright.Visible(string(e.Source)), e.Lines[0], e.Lines[1])) + "\n")
		}
	}
	for _, p := range a.Proposals {
		for i, line := range wrap(fmt.Sprintf("%s on %s (%s): %s, %s", p.Action, p.Target, p.Risk, p.Ruling, p.Why), s.width()-2) {
			b.WriteString([]string{s.yellow("→"), " "}[min(i, 1)] + " " + line + "\n")
		}
	}
	for i, c := range a.Choices {
		b.WriteString(fmt.Sprintf("  %d. %s\n", i+1, pipewright.Visible(c)))
	}
	return b.String()
}

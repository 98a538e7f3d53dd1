package slackbot

import (
	"fmt"
	"strings"
	"time"

	"github.com/slack-go/slack"

	pipewright "github.com/pipewright/pipewright"
)

// frame is what a card's rendering depends on beside its incident.
type frame struct {
	zone     *time.Location
	links    links
	approval *pipewright.Approval // the pending or last one
	causes   bool                 // people may say which cause it really was
}

// view is a rendered message: its text, for notifications and screen readers, and
// its blocks.
type view struct {
	text   string
	blocks []slack.Block
	charts []pipewright.Chart
	stream []string // the same as lines that only grow, for a message that is streamed
}

// card renders where an incident stands: the verdict first, then what broke and why,
// what was tried, and what is proposed, with its odds. It is a pure function of the
// incident.
func card(inc pipewright.Incident, f frame) view {
	verdict := verdictOf(inc)
	c := []slack.Block{header(sign(inc) + " " + verdict + ": " + visible(briefly(title(inc), titleInHeader)))}
	c = append(c, section(strings.Join(f.where(inc), "\n")))
	if d := inc.Diagnosis; d != nil && inc.Class != pipewright.ClassRequested {
		said := ""
		if len([]rune(title(inc))) <= titleInHeader {
			said = title(inc)
		}
		c = append(c, f.diagnosis(*d, said)...)
	}
	if tried := f.tried(inc); tried != "" {
		c = append(c, section(tried))
	}
	if proposed(inc) {
		c = append(c, slack.NewDividerBlock())
		c = append(c, f.proposal(inc)...)
	} else if inc.State != pipewright.Closed || len(inc.Attempts) > 0 { // why something was meant that never ran tells nothing
		c = append(c, why(inc.Decision)...)
	}
	if elsewhere := seenAt(inc); elsewhere != "" {
		c = append(c, contextLine("Also seen at "+elsewhere))
	}
	if inc.Note != "" && !proposed(inc) {
		c = append(c, contextLine(plain(firstLine(inc.Note, 300))))
	}
	if buttons := f.buttons(inc); len(buttons) > 0 {
		c = append(c, slack.NewActionBlock("pw.card", buttons...))
	}
	if opinions := f.opinions(inc); opinions != nil {
		c = append(c, opinions)
	}
	c = append(c, contextLine(fmt.Sprintf("%s · %s · step %d", code(inc.ID), plain(string(inc.State)), inc.Seq)))
	return view{text: plain(cut(fmt.Sprintf("%s %s: %s", inc.ID, verdict, title(inc)), 300)), blocks: within(c, maxBlocks)}
}

func (f frame) where(inc pipewright.Incident) []string {
	lines := []string{fmt.Sprintf("%s · %s · since %s", code(string(inc.Resource)), plain(string(inc.Severity)), f.at(inc.OpenedAt))}
	if !inc.EndedAt.IsZero() && !inc.State.Live() || inc.State == pipewright.Resolved {
		lines[0] += " · took " + span(inc.EndedAt.Sub(inc.OpenedAt))
	}
	if len([]rune(inc.Title)) > titleInHeader && !strings.Contains(summaryOf(inc), inc.Title) {
		lines = append([]string{"*" + noStars(plain(inc.Title)) + "*"}, lines...)
	}
	if inc.Reopened > 0 {
		lines = append(lines, fmt.Sprintf("Came back %d times", inc.Reopened))
	}
	return lines
}

func seenAt(inc pipewright.Incident) string {
	var parts []string
	all := inc.Resources()
	all = all[min(1, len(all)):]
	for _, r := range all[:min(6, len(all))] {
		parts = append(parts, code(string(r)))
	}
	if n := len(all) - len(parts); n > 0 {
		parts = append(parts, fmt.Sprintf("%d more", n))
	}
	return strings.Join(parts, ", ")
}

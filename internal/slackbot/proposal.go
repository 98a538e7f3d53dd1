package slackbot

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/slack-go/slack"

	pipewright "github.com/pipewright/pipewright"
)

// What is proposed: its odds, its exact effect, how it is undone.

func (f frame) proposal(inc pipewright.Incident) []slack.Block {
	a, d := *inc.Action, inc.Decision
	lines := []string{fmt.Sprintf("*Proposed* %s on %s (%s)%s", code(string(a.Kind)), code(string(a.Target)), riskOf(a, d), odds(d))}
	for _, k := range sortedKeys(a.Args) {
		lines = append(lines, fmt.Sprintf("• %s = %s", code(k), code(cut(a.Args[k], 300))))
	}
	if v := inc.Verdict; v != nil && v.Ruling != pipewright.Allow && v.Why != "" {
		lines = append(lines, "*Asked because* "+plain(firstLine(askedWhy(v.Why, d), 300)))
	}
	if d != nil {
		lines = append(lines, f.plan(*d)...)
	}
	if inc.State == pipewright.Waiting && f.approval != nil {
		lines = append(lines, fmt.Sprintf("*Until* %s, then it counts as denied · %s · may approve: %s", f.at(f.approval.Expires), code(f.approval.ID), plain(strings.Join(f.approval.MayApprove, ", "))))
		lines = append(lines, signed(*f.approval)...)
	} else if !inc.Due.IsZero() {
		lines = append(lines, "*Next* at "+f.at(inc.Due))
	}
	blocks := sections(strings.Join(lines, "\n"), 2)
	blocks = append(blocks, why(d)...)
	if d != nil && strings.TrimSpace(d.DryRun) != "" {
		blocks = append(blocks, section("*Would do*\n"+fence(cut(d.DryRun, shownDryRun))))
		if tooLong(d.DryRun) {
			blocks = append(blocks, contextLine("_The whole of it is in the file in the thread._"))
		}
	}
	return blocks
}

// why is the paragraph of a decision.
func why(d *pipewright.Decision) []slack.Block {
	if d == nil || d.Paragraph == "" {
		return nil
	}
	return sections("*Why* "+plain(cut(d.Paragraph, shownWhy)), 1)
}

// shownWhy bounds the paragraph; it has about 700 characters.
const shownWhy = 2500

// signed says who has approved already, where several must.
func signed(ap pipewright.Approval) []string {
	if ap.Needs < 2 {
		return nil
	}
	var names []string
	for _, s := range ap.Given {
		names = append(names, plain(s.By))
	}
	by, more := "", fmt.Sprintf("%d more are needed", ap.Needs-len(names))
	if len(names) > 0 {
		by = " (by " + strings.Join(names, ", ") + ")"
	}
	if ap.Needs-len(names) == 1 {
		more = "one more needed, somebody else"
	}
	return []string{fmt.Sprintf("*%d of %d approved*%s, %s", len(names), ap.Needs, by, more)}
}

// shownDryRun is how much of a dry run a card shows; the whole is a file.
const shownDryRun = 1500

func tooLong(dryRun string) bool { return len([]rune(dryRun)) > shownDryRun }

// plan is what is known of the decision: how long it takes, how it is undone, what
// came second.
func (f frame) plan(d pipewright.Decision) (lines []string) {
	if d.Expected > 0 {
		lines = append(lines, "*Takes* about "+span(time.Duration(d.Expected*float64(time.Second))))
	}
	undo := "there is none"
	if d.Undo != "" {
		undo = plain(firstLine(d.Undo, 300))
	}
	lines = append(lines, "*Undo* "+undo)
	if d.Rerun != nil {
		lines = append(lines, f.runAgain(*d.Rerun)...)
	}
	if len(d.Alternatives) > 0 && d.Paragraph == "" {
		a := d.Alternatives[0]
		line := fmt.Sprintf("*Runner-up* %s on %s", code(string(a.Action.Kind)), code(string(a.Action.Target)))
		if a.Odds != nil && !strings.Contains(a.Why, "predicted recovery") {
			line += fmt.Sprintf(", %.2f (%.2f to %.2f)", a.Odds.Recovery, a.Odds.Low, a.Odds.High)
		}
		if a.Why != "" {
			line += ": " + plain(firstLine(a.Why, 200))
		}
		lines = append(lines, line)
	}
	return lines
}

// runAgain says whether what failed may be run again, and what was read for that.
func (f frame) runAgain(r pipewright.Rerun) []string {
	say := map[pipewright.RerunVerdict]string{pipewright.RerunSafe: "safe", pipewright.RerunUnsafe: "*not safe*"}[r.Verdict]
	if say == "" {
		say = "not known whether it is safe"
	}
	lines := []string{"*Run again?* " + say + ": " + plain(firstLine(r.Why, 400))}
	if r.Verdict == pipewright.RerunUnsafe {
		for _, e := range r.Evidence[:min(shownEvidence, len(r.Evidence))] {
			lines = append(lines, "• "+f.cite(e))
		}
	}
	return lines
}

// writesTwice reports whether an action runs again what is known to write its rows twice. The
// verdict also stands beside other actions, as the reason why nothing is simply run again.
func writesTwice(a pipewright.Action, d *pipewright.Decision) bool {
	if d == nil || d.Rerun == nil || d.Rerun.Verdict != pipewright.RerunUnsafe || d.Rerun.Target != "" && d.Rerun.Target != a.Target {
		return false
	}
	return slices.Contains([]pipewright.Verb{"retry", "backoff_retry", "restart"}, a.Kind.Verb())
}

// askedWhy leaves out of a reason what the card says of running again just below.
func askedWhy(why string, d *pipewright.Decision) string {
	if d != nil && d.Rerun != nil && d.Rerun.Why != "" {
		return strings.TrimSuffix(strings.TrimSuffix(why, d.Rerun.Why), ": ")
	}
	return why
}

// riskOf is the risk of an action, which its class makes light of where it writes twice.
func riskOf(a pipewright.Action, d *pipewright.Decision) string {
	if writesTwice(a, d) {
		return plain(string(a.Risk)) + ", but here it *may write rows twice*"
	}
	return riskWords(a.Risk)
}

// riskWords say what a risk class means.
func riskWords(r pipewright.Risk) string {
	switch r {
	case pipewright.R0:
		return "R0, harmless"
	case pipewright.R1:
		return "R1, reversible"
	}
	return plain(string(r)) + ", touches data or cannot be undone"
}

func odds(d *pipewright.Decision) string {
	if d == nil || d.Recovery == nil || d.Low == nil || d.High == nil {
		return ""
	}
	return fmt.Sprintf(" · predicted recovery *%.2f* (%.2f to %.2f)", *d.Recovery, *d.Low, *d.High)
}

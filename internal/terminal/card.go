package terminal

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	pipewright "github.com/pipewright/pipewright"
)

// Card renders where an incident stands: what broke and why, the evidence, what
// was tried, what is proposed with its odds, and what to type.
func (s Style) Card(inc pipewright.Incident) string {
	var b strings.Builder
	b.WriteString(s.head(inc))
	if d := inc.Diagnosis; d != nil && inc.Class != pipewright.ClassRequested {
		b.WriteString(s.diagnosis(*d))
	}
	for _, steps := range inc.Macros() {
		b.WriteString(s.attempt(steps))
	}
	switch d := inc.Decision; {
	case inc.Action != nil && (inc.State == pipewright.Decided || inc.State == pipewright.Waiting):
		b.WriteString(s.proposal(inc))
	case d != nil:
		b.WriteString(s.field("why", d.Paragraph))
	}
	if n := len(inc.Signals); n > 1 {
		b.WriteString(s.field("also seen", alsoSeen(inc)))
	}
	return b.String()
}

// Ask renders what a person is asked about an incident whose card was shown.
func (s Style) Ask(inc pipewright.Incident) string { return s.head(inc) + s.proposal(inc) }

// Brief renders an incident in a few lines: what broke, and why it is thought so.
func (s Style) Brief(inc pipewright.Incident) string {
	var b strings.Builder
	b.WriteString(s.head(inc))
	if d := inc.Diagnosis; d != nil && inc.Class != pipewright.ClassRequested {
		if h, ok := d.Top(); ok {
			b.WriteString(s.field("cause", causeOf(h)))
		} else {
			b.WriteString(s.field("cause", "inconclusive"+runnersUp(*d)))
		}
	}
	return b.String()
}

func causeOf(h pipewright.Hypothesis) string {
	return fmt.Sprintf("%s (%s) at %s, %s sure", h.Cause, h.Class, h.Resource, percent(h.Confidence))
}

func (s Style) head(inc pipewright.Incident) string {
	mark, verdict := s.Standing(inc)
	since := s.dim(inc.OpenedAt.UTC().Format("2006-01-02 15:04:05") + " " + pipewright.Visible(string(inc.Resource)))
	return s.fit(fmt.Sprintf("%s %s  %s  %s", mark, s.bold(pipewright.Visible(inc.ID)), s.bold(pipewright.Visible(verdict)), since)) + "\n" + s.field("what", inc.Title)
}

// Standing is where an incident stands: a coloured mark, and a few words.
func (s Style) Standing(inc pipewright.Incident) (mark, verdict string) {
	mark = map[pipewright.State]string{
		pipewright.Resolved: s.green("✔"), pipewright.Closed: s.green("✔"), pipewright.Waiting: s.yellow("?"), pipewright.Escalated: s.red("▲"),
	}[inc.State]
	if mark == "" {
		mark = s.red("●")
	}
	verdict = map[pipewright.State]string{
		pipewright.Waiting: "needs your word", pipewright.Escalated: "needs a person", pipewright.Resolved: "recovered", pipewright.Closed: "closed",
		pipewright.Verifying: "acted, verifying", pipewright.Decided: "decided",
	}[inc.State]
	if verdict == "" {
		verdict = string(inc.State)
	}
	return mark, verdict
}

// shownEvidence bounds the evidence lines on a card; `ask` has the rest.
const shownEvidence = 4

// shownChecks bounds the probes that a card tells of; `incidents --json` has all.
const shownChecks = 2

func (s Style) diagnosis(d pipewright.Diagnosis) string {
	var b strings.Builder
	if h, ok := d.Top(); ok {
		b.WriteString(s.field("cause", causeOf(h)))
		b.WriteString(s.evidence(d, h.Evidence))
	} else {
		b.WriteString(s.field("cause", "inconclusive"+runnersUp(d)))
		if len(d.Hypotheses) > 0 {
			b.WriteString(s.evidence(d, d.Hypotheses[0].Evidence))
		}
		b.WriteString(s.field("would settle", strings.Join(first(d.Unknown, 2), "; ")))
	}
	for _, c := range pipewright.Worthiest(d.Checked, shownChecks) {
		b.WriteString(s.field("I checked", c.Sentence()))
	}
	if len(d.RuledOut) > 0 {
		var out []string
		for _, r := range first(d.RuledOut, 2) {
			out = append(out, r.Cause+": "+r.Why)
		}
		b.WriteString(s.field("ruled out", strings.Join(out, "; ")))
	}
	return b.String()
}

func runnersUp(d pipewright.Diagnosis) string {
	var parts []string
	for _, h := range first(d.Hypotheses, 3) {
		parts = append(parts, fmt.Sprintf("%s %s", h.Cause, percent(h.Confidence)))
	}
	if len(parts) == 0 {
		return ""
	}
	return ": " + strings.Join(parts, ", ")
}

func (s Style) evidence(d pipewright.Diagnosis, ids []string) string {
	var b strings.Builder
	label := "evidence"
	for _, e := range d.Evidence {
		if !slices.Contains(ids, e.ID) {
			continue
		}
		b.WriteString(s.fit("  "+s.dim(pad(label, s.indent()-2))+s.cyan("["+pipewright.Visible(e.ID)+"]")+" "+s.cite(e, s.width()-s.indent()-columns(e.ID)-3)) + "\n")
		if label = ""; strings.Count(b.String(), "\n") >= shownEvidence {
			break
		}
	}
	return b.String()
}

// cite renders a piece of evidence in so many columns.
func (s Style) cite(e pipewright.Evidence, room int) string {
	where := pipewright.Visible(string(e.Source))
	if len(e.Lines) == 2 {
		where = fmt.Sprintf("%s:%d", where, e.Lines[0])
	}
	return s.dim(where) + " " + oneLine(keyLine(e.Excerpt), max(room-columns(where)-1, 20))
}

// raised is a line that names an exception: "UndefinedColumn: column ...".
var raised = regexp.MustCompile(`^(Caused by: )?[A-Za-z_][\w.$]*: \S`)

// keyLine picks the line of a record that names the failure: the last that
// names an exception, else the first.
func keyLine(excerpt string) string {
	lines := strings.Split(excerpt, "\n")
	for i := len(lines) - 1; i > 0; i-- {
		if raised.MatchString(lines[i]) {
			return lines[i]
		}
	}
	return lines[0]
}

func (s Style) attempt(steps []pipewright.Attempt) string {
	at := steps[len(steps)-1]
	if len(steps) > 1 {
		return s.field("tried", fmt.Sprintf("back-pressure on %s since %s in %d steps: %s", at.Action.Target, steps[0].At.UTC().Format("15:04:05"), len(steps), pipewright.SayRates(steps)))
	}
	say := fmt.Sprintf("%s on %s at %s", at.Action.Kind, at.Action.Target, at.At.UTC().Format("15:04:05"))
	if at.Receipt != nil && at.Receipt.Say != "" {
		say += ": " + at.Receipt.Say
	}
	if at.Verification != "" {
		say += " → " + string(at.Verification)
	}
	return s.field("tried", say)
}

func (s Style) proposal(inc pipewright.Incident) string {
	var b strings.Builder
	b.WriteString(s.field("proposal", fmt.Sprintf("%s on %s (%s)%s", inc.Action.Kind, inc.Action.Target, inc.Action.Risk, odds(inc.Decision))))
	if inc.Verdict != nil && inc.Verdict.Ruling != pipewright.Allow {
		b.WriteString(s.field("because", askedWhy(inc.Verdict.Why, inc.Decision)))
	}
	if d := inc.Decision; d != nil {
		b.WriteString(s.field("would do", d.DryRun))
		b.WriteString(s.field("undo", d.Undo))
		b.WriteString(s.field("run again", RunAgain(d.Rerun)))
		b.WriteString(s.field("why", d.Paragraph))
		if len(d.Alternatives) > 0 && d.Paragraph == "" {
			a := d.Alternatives[0]
			b.WriteString(s.field("runner-up", fmt.Sprintf("%s on %s: %s", a.Action.Kind, a.Action.Target, a.Why)))
		}
	}
	if inc.State == pipewright.Waiting {
		b.WriteString(s.field("answer", fmt.Sprintf("approve %s   or   deny %s   (until %s)", inc.Approval, inc.Approval, inc.Due.UTC().Format("15:04:05"))))
	}
	return b.String()
}

// askedWhy leaves out of a reason what stands just below it under "run again".
func askedWhy(why string, d *pipewright.Decision) string {
	if d != nil && d.Rerun != nil && d.Rerun.Why != "" {
		return strings.TrimSuffix(strings.TrimSuffix(why, d.Rerun.Why), ": ")
	}
	return why
}

// RunAgain says whether what failed may be run again, with the ids of what was read;
// "" when nobody asked.
func RunAgain(r *pipewright.Rerun) string {
	if r == nil {
		return ""
	}
	say := map[pipewright.RerunVerdict]string{pipewright.RerunSafe: "safe", pipewright.RerunUnsafe: "not safe"}[r.Verdict]
	if say == "" {
		say = "not known whether it is safe"
	}
	say += ": " + r.Why
	if ids := r.IDs(); len(ids) > 0 {
		say += " [" + strings.Join(ids, ", ") + "]"
	}
	return say
}

func odds(d *pipewright.Decision) string {
	if d == nil || d.Recovery == nil || d.Low == nil || d.High == nil {
		return ""
	}
	return fmt.Sprintf(", predicted recovery %.2f (%.2f to %.2f)", *d.Recovery, *d.Low, *d.High)
}

// Odds writes a decision's odds with their interval and its predicted harm, after a comma;
// nothing when they are not known.
func Odds(d *pipewright.Decision) string {
	say := odds(d)
	if d != nil && d.Harm != nil {
		say += fmt.Sprintf(", harm %.2f", *d.Harm)
	}
	return say
}

func alsoSeen(inc pipewright.Incident) string {
	var parts []string
	for _, r := range inc.Resources()[1:] {
		parts = append(parts, string(r))
	}
	return strings.Join(parts, ", ")
}

// Line renders one event in one line, for what needs no card; empty when there
// is nothing to say.
func (s Style) Line(e pipewright.Event, inc pipewright.Incident) string {
	mark, what := s.said(e, inc)
	if what == "" && mark == "" {
		return ""
	}
	return s.told(e, mark, what)
}

// told renders what an event says: in one line, or on a terminal in as many as it needs.
func (s Style) told(e pipewright.Event, mark, what string) string {
	at := e.At.UTC().Format("15:04:05")
	head := s.bold(pipewright.Visible(e.Incident)) + " "
	if mark != "" {
		head += mark + " "
	}
	if s.Width <= 0 {
		return s.dim(at) + " " + head + oneLine(what, s.width()+20) + "\n"
	}
	indent := strings.Repeat(" ", columns(at)+1)
	room := strings.Repeat("x", columns(head)-1) // stands for the head, whose colours have no width
	lines := wrap(room+" "+oneLine(what, 3*s.width()), s.width()-columns(indent))
	lines[0] = s.dim(at) + " " + head + strings.TrimPrefix(strings.TrimPrefix(lines[0], room), " ")
	return strings.Join(lines, "\n"+indent) + "\n"
}

// said is what an event says: a coloured word, and the rest.
func (s Style) said(e pipewright.Event, inc pipewright.Incident) (mark, what string) {
	switch e.To {
	case pipewright.Acting:
		who := "alone"
		if v := inc.Verdict; v != nil && v.By == "approval" {
			who = v.Why
		}
		return "", fmt.Sprintf("doing %s on %s (%s)%s, %s", e.Action.Kind, e.Action.Target, e.Action.Risk, odds(inc.Decision), who)
	case pipewright.Resolved:
		return s.green("recovered"), "after " + Span(e.At.Sub(inc.OpenedAt)) + ": " + e.Note
	case pipewright.Diagnosed:
		return "", string(e.Verification) + ": " + e.Note
	case pipewright.Open:
		return s.red("came back:"), e.Note
	case pipewright.Closed:
		return "", "closed: " + e.Note
	case pipewright.Escalated:
		if strings.HasPrefix(e.Note, "for information") {
			return "", "" // it is closed in the same breath
		}
		return s.red("a person is needed:"), e.Note
	case pipewright.Decided:
		if e.Verdict == nil && e.Note != "" {
			return "", e.Note
		}
		if e.Verdict != nil {
			return "", fmt.Sprintf("waits until %s: %s", e.Due.UTC().Format("15:04:05"), e.Verdict.Why)
		}
	}
	return "", ""
}

// Wish renders the event in which an incident began to wait for a person, in one line.
func (s Style) Wish(e pipewright.Event, inc pipewright.Incident) string {
	what := "a decision"
	if inc.Action != nil {
		what = fmt.Sprintf("%s on %s (%s)", inc.Action.Kind, inc.Action.Target, inc.Action.Risk)
	}
	return s.told(e, s.yellow("needs your word:"), what+", "+inc.Approval)
}

// Percent writes a probability for people.
func Percent(p float64) string { return percent(p) }

// percent never rounds a doubt away.
func percent(p float64) string {
	if p > 0.99 && p < 1 {
		return "over 99 %"
	}
	return fmt.Sprintf("%.0f %%", 100*p)
}

// Span renders a duration for people: "4 min", "2 h 5 min".
func Span(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	}
	return fmt.Sprintf("%d h %d min", int(d.Hours()), int(d.Minutes())%60)
}

func first[T any](s []T, n int) []T { return s[:min(n, len(s))] }

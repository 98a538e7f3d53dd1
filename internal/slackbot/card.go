package slackbot

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/slack-go/slack"

	pipewright "github.com/pipewright/pipewright"
)

// Names of buttons. The version in them changes when their values change meaning; a
// button of another version is answered with one sentence.
const (
	actApprove      = "pw1.approve"
	actDeny         = "pw1.deny"
	actEdit         = "pw1.edit"
	actMore         = "pw1.more"
	actAlternatives = "pw1.alternatives"
	actSnooze       = "pw1.snooze"
	actUndo         = "pw1.undo"
	actPause        = "pw1.pause"
	actResume       = "pw1.resume"
	actStop         = "pw1.stop"
	actGood         = "pw1.good"
	actBad          = "pw1.bad"
	actReally       = "pw1.really"
)

// mark is what a button carries: which incident, which approval, and the hash of the
// action that was shown. Never the action itself.
type mark struct {
	Incident string `json:"i,omitempty"`
	Approval string `json:"a,omitempty"`
	Hash     string `json:"h,omitempty"`
	Message  string `json:"m,omitempty"`
}

func (m mark) String() string {
	b, err := json.Marshal(m)
	if err != nil {
		return "" // strings always encode
	}
	return string(b)
}

func parseMark(value string) (m mark, ok bool) {
	return m, json.Unmarshal([]byte(value), &m) == nil
}

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
		c = append(c, f.diagnosis(*d)...)
	}
	if tried := f.tried(inc); tried != "" {
		c = append(c, section(tried))
	}
	if proposed(inc) {
		c = append(c, slack.NewDividerBlock())
		c = append(c, f.proposal(inc)...)
	} else {
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

// titleInHeader is how much of a title the header shows: about two lines.
const titleInHeader = 90

// briefly is the beginning of a text that ends with a word.
func briefly(text string, n int) string {
	short := firstLine(text, n)
	if at := strings.LastIndexAny(short, " ;,"); strings.HasSuffix(short, "…") && at > n/2 {
		return strings.TrimRight(short[:at], " ;,") + " …"
	}
	return short
}

func title(inc pipewright.Incident) string {
	if inc.Title != "" {
		return inc.Title
	}
	return string(inc.Resource)
}

func sign(inc pipewright.Incident) string {
	switch inc.State {
	case pipewright.Resolved, pipewright.Closed:
		if inc.Note != "" && inc.State == pipewright.Closed && !recovered(inc) {
			return "⚪"
		}
		return "✅"
	case pipewright.Waiting:
		return "🟡"
	case pipewright.Escalated:
		return "🚨"
	case pipewright.Acting, pipewright.Acted, pipewright.Verifying, pipewright.Allowed:
		return "🔧"
	}
	return "🔴"
}

func recovered(inc pipewright.Incident) bool {
	last := inc.LastAttempt()
	return last == nil || last.Verification == pipewright.VerifyRecovered
}

func verdictOf(inc pipewright.Incident) string {
	switch inc.State {
	case pipewright.Waiting:
		return "Your word is needed"
	case pipewright.Escalated:
		return "A person is needed"
	case pipewright.Resolved:
		return "Recovered"
	case pipewright.Closed:
		if last := inc.LastAttempt(); last != nil && recovered(inc) {
			return "Healed"
		}
		return "Closed"
	case pipewright.Acting, pipewright.Allowed:
		return "Acting"
	case pipewright.Acted, pipewright.Verifying:
		return "Acted, verifying"
	case pipewright.Decided:
		return "Decided"
	}
	return "Looking into it"
}

// proposed reports whether an action stands on the card as a proposal.
func proposed(inc pipewright.Incident) bool {
	return inc.Action != nil && (inc.State == pipewright.Waiting || inc.State == pipewright.Decided)
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

// summaryOf is the sentence of the likeliest cause, which may say all that the title does.
func summaryOf(inc pipewright.Incident) string {
	if inc.Diagnosis == nil || inc.Class == pipewright.ClassRequested {
		return ""
	}
	top, sure := inc.Diagnosis.Top()
	if !sure {
		return ""
	}
	return top.Summary
}

func noStars(text string) string { return strings.ReplaceAll(text, "*", "∗") }

// shownEvidence bounds the evidence on a card; "Ask more" has the rest.
const (
	shownEvidence = 4
	shownRuledOut = 3
	shownChecks   = 2
)

func (f frame) diagnosis(d pipewright.Diagnosis) []slack.Block {
	var lines []string
	top, sure := d.Top()
	switch {
	case sure:
		lines = append(lines, fmt.Sprintf("*Cause* %s (%s) at %s, *%s sure*", code(top.Cause), classWords(top.Class), code(string(top.Resource)), percent(top.Confidence)))
		if top.Summary != "" {
			lines = append(lines, plain(firstLine(top.Summary, 300)))
		}
	default:
		lines = append(lines, "*Cause* inconclusive"+others(d.Hypotheses))
	}
	if len(d.Hypotheses) > 0 {
		lines = append(lines, f.evidence(d, d.Hypotheses[0].Evidence)...)
	}
	for _, c := range pipewright.Worthiest(d.Checked, shownChecks) {
		lines = append(lines, "*I checked* "+plain(firstLine(c.Sentence(), 400)))
	}
	for i, r := range d.RuledOut[:min(shownRuledOut, len(d.RuledOut))] {
		if i == 0 {
			lines = append(lines, "*Ruled out*")
		}
		lines = append(lines, fmt.Sprintf("• %s: %s", code(r.Cause), plain(firstLine(r.Why, 200))))
	}
	if !sure && len(d.Unknown) > 0 {
		lines = append(lines, "*Would settle it* "+plain(firstLine(strings.Join(d.Unknown[:min(2, len(d.Unknown))], "; "), 300)))
	}
	return sections(strings.Join(lines, "\n"), 2)
}

func others(hs []pipewright.Hypothesis) string {
	var parts []string
	for _, h := range hs[:min(3, len(hs))] {
		parts = append(parts, code(h.Cause)+" "+percent(h.Confidence))
	}
	if len(parts) == 0 {
		return ""
	}
	return ": " + strings.Join(parts, ", ")
}

func (f frame) evidence(d pipewright.Diagnosis, ids []string) (lines []string) {
	for _, e := range d.Evidence {
		if slices.Contains(ids, e.ID) && len(lines) < shownEvidence {
			lines = append(lines, "• "+f.cite(e))
		}
	}
	return lines
}

// cite is one piece of evidence: its id, linked when the link may be followed, where
// it was read and the line that says it.
func (f frame) cite(e pipewright.Evidence) string {
	where := string(e.Source)
	if len(e.Lines) == 2 {
		where = fmt.Sprintf("%s:%d", where, e.Lines[0])
	}
	return fmt.Sprintf("%s %s %s", f.links.to(e.Link, "["+plain(e.ID)+"]"), plain(where), code(cut(keyLine(e.Excerpt), 180)))
}

// keyLine is the line of a record that names the failure: the last "Caused by" or
// error line, else the first.
func keyLine(excerpt string) string {
	lines := strings.Split(excerpt, "\n")
	for i := len(lines) - 1; i > 0; i-- {
		l := strings.TrimSpace(lines[i])
		if strings.HasPrefix(l, "Caused by:") || l != "" && lines[i][0] != ' ' && lines[i][0] != '\t' && strings.Contains(l, "rror") {
			return l
		}
	}
	return lines[0]
}

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

func (f frame) proposal(inc pipewright.Incident) []slack.Block {
	a, d := *inc.Action, inc.Decision
	lines := []string{fmt.Sprintf("*Proposed* %s on %s (%s)%s", code(string(a.Kind)), code(string(a.Target)), riskWords(a.Risk), odds(d))}
	for _, k := range sortedKeys(a.Args) {
		lines = append(lines, fmt.Sprintf("• %s = %s", code(k), code(cut(a.Args[k], 300))))
	}
	if v := inc.Verdict; v != nil && v.Ruling != pipewright.Allow && v.Why != "" {
		lines = append(lines, "*Asked because* "+plain(firstLine(v.Why, 300)))
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

func classWords(c pipewright.FaultClass) string {
	return plain(strings.ReplaceAll(string(c), "_", " "))
}

func odds(d *pipewright.Decision) string {
	if d == nil || d.Recovery == nil || d.Low == nil || d.High == nil {
		return ""
	}
	return fmt.Sprintf(" · predicted recovery *%.2f* (%.2f to %.2f)", *d.Recovery, *d.Low, *d.High)
}

// buttons are what can be pressed in this state.
func (f frame) buttons(inc pipewright.Incident) (out []slack.BlockElement) {
	m := mark{Incident: inc.ID}
	if inc.State == pipewright.Waiting && f.approval != nil && f.approval.State == pipewright.ApprovalPending && f.approval.ID == inc.Approval {
		out = append(out, settlers(inc.ID, *f.approval)...)
	}
	out = append(out, button(actMore, "Ask more", m.String(), ""))
	if inc.State.Live() && inc.State != pipewright.Resolved {
		out = append(out, button(actAlternatives, "Alternatives", m.String(), ""), button(actSnooze, "Snooze 1 h", m.String(), ""))
	}
	if last := inc.LastAttempt(); last != nil && last.Receipt != nil {
		out = append(out, button(actUndo, "Undo", mark{Incident: inc.ID, Hash: last.Action.Hash()}.String(), ""))
	}
	return out
}

// settlers are the buttons that decide an approval.
func settlers(incident string, ap pipewright.Approval) []slack.BlockElement {
	settle := mark{Incident: incident, Approval: ap.ID, Hash: ap.ActionHash}
	approve := button(actApprove, "Approve", settle.String(), slack.StylePrimary)
	if ap.Action.Risk != pipewright.R0 && ap.Action.Risk != pipewright.R1 {
		approve.Confirm = slack.NewConfirmationBlockObject(plainText("This touches data or cannot be undone", 100),
			plainText(fmt.Sprintf("%s on %s", ap.Action.Kind, ap.Action.Target), 300), plainText("Approve", 30), plainText("Not yet", 30))
	}
	out := []slack.BlockElement{approve, button(actDeny, "Deny…", settle.String(), slack.StyleDanger)}
	if len(ap.Action.Args) > 0 {
		out = append(out, button(actEdit, "Edit…", settle.String(), ""))
	}
	return out
}

// at is a moment as each reader's own Slack shows it, with our zone for the rest.
func (f frame) at(t time.Time) string {
	zone := f.zone
	if zone == nil {
		zone = time.UTC
	}
	return fmt.Sprintf("<!date^%d^{date_short_pretty} {time_secs}|%s>", t.Unix(), t.In(zone).Format("2006-01-02 15:04:05 MST"))
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

func percent(p float64) string { return fmt.Sprintf("%.0f %%", 100*p) }

// span is a duration for people: "4 min", "2 h 5 min".
func span(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	}
	return fmt.Sprintf("%d h %d min", int(d.Hours()), int(d.Minutes())%60)
}

func sortedKeys(m map[string]string) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

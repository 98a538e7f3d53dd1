package slackbot

import (
	"context"
	"fmt"
	"strings"

	pipewright "github.com/pipewright/pipewright"
)

const usage = "*Pipewright*\n" +
	"• `/pipewright why did orders fail?` or `ask ...`: a question, answered with evidence\n" +
	"• `/pipewright rca glue:job/orders_etl since=2h`: what caused it; `templates` lists what else there is\n" +
	"• `/pipewright incidents`: what is open\n" +
	"• `/pipewright approve ap-0001`, `deny ap-0001 because ...`, `undo inc-0001`\n" +
	"• `/pipewright pause [RESOURCE]`, `resume [RESOURCE]`: stop and allow autonomous action; without a resource, everywhere\n" +
	"Mention me in a channel, write to me directly, put :mag: on an alert, or use the shortcut *Investigate this*."

// slash does what a command says. Its answers are seen by the person alone; what it
// decides is seen on the card.
func (b *Bot) slash(ctx context.Context, key string, c command) error {
	t := talk{key: key, user: c.UserID, channel: c.ChannelID, private: true}
	verb, rest, _ := strings.Cut(strings.TrimSpace(c.Text), " ")
	rest = strings.TrimSpace(rest)
	switch strings.ToLower(verb) {
	case "", "help":
		return b.reply(ctx, t, usage)
	case "incidents", "list":
		return b.list(ctx, t)
	case "approve":
		return b.settleWord(ctx, t, pipewright.RequestApprove, rest)
	case "deny":
		return b.settleWord(ctx, t, pipewright.RequestDeny, rest)
	case "undo":
		return b.request(ctx, t, pipewright.Request{Kind: pipewright.RequestUndo, Incident: rest})
	case "pause", "resume":
		return b.pauseWord(ctx, t, strings.ToLower(verb), rest)
	case "templates":
		return b.templates(ctx, t)
	case "ask":
		t.text = rest
	default:
		t.text = c.Text
	}
	t.text = own(t.text, "")
	if t.text == "" {
		return b.reply(ctx, t, usage)
	}
	if fault := b.called(&t, true); fault != nil && (rest == "" || strings.ToLower(verb) != "rca") {
		return b.reply(ctx, t, plain(fault.Error())+".")
	}
	if t.template == "" && strings.ToLower(verb) == "rca" {
		t.text = rca(rest) // by a name that is no whole id: the asker finds what it means
	}
	if unsure.MatchString(t.text) {
		return b.reply(ctx, t, "That is no clear yes, so nothing was approved.")
	}
	return b.ask(ctx, t)
}

// rca turns "glue:job/orders_etl since=2h" into the question that it stands for.
func rca(rest string) string {
	var what []string
	since := ""
	for _, word := range strings.Fields(rest) {
		if s, ok := strings.CutPrefix(word, "since="); ok {
			since = " in the last " + s
			continue
		}
		what = append(what, word)
	}
	if len(what) == 0 {
		return "what failed" + since + "?"
	}
	return "why did " + strings.Join(what, " ") + " fail" + since + "?"
}

// settleWord approves or denies what is named: an approval, an incident, or the only
// one that waits.
func (b *Bot) settleWord(ctx context.Context, t talk, kind pipewright.RequestKind, rest string) error {
	name, reason, _ := strings.Cut(rest, " ")
	if !named.MatchString(name) {
		name, reason = "", rest
	}
	if kind == pipewright.RequestApprove && strings.TrimSpace(reason) != "" && !reasoned.MatchString(reason) {
		return b.reply(ctx, t, "That is no clear yes, so nothing was approved: say `approve` and the id, and at most `because ...` after it.")
	}
	waiting, err := b.parts.Ledger.Approvals(ctx, pipewright.ApprovalPending)
	if err != nil {
		return err
	}
	var found []pipewright.Approval
	var ids []string
	for _, ap := range waiting {
		if name == "" || ap.ID == name || ap.Incident == name {
			found = append(found, ap)
			ids = append(ids, fmt.Sprintf("%s (%s on %s)", code(ap.ID), code(string(ap.Action.Kind)), code(string(ap.Action.Target))))
		}
	}
	switch {
	case len(found) == 0 && name != "":
		return b.reply(ctx, t, fmt.Sprintf("Nothing waits under %s.", code(name)))
	case len(found) == 0:
		return b.reply(ctx, t, "Nothing waits for an approval.")
	case len(found) > 1:
		return b.reply(ctx, t, "Say which: "+strings.Join(ids, ", ")+".")
	}
	reason = strings.TrimSpace(reasoned.ReplaceAllString(reason, ""))
	return b.settleClick(ctx, t, mark{Incident: found[0].Incident, Approval: found[0].ID, Hash: found[0].ActionHash}, kind, reason)
}

// pauseWord pauses or resumes one resource or everything; more words than a resource
// are a sentence for the asker ("pause healing of orders for 2 hours").
func (b *Bot) pauseWord(ctx context.Context, t talk, verb, rest string) error {
	rq := pipewright.Request{Kind: pipewright.RequestPause}
	if verb == "resume" {
		rq.Kind = pipewright.RequestResume
	}
	if rest == "" || rest == "everything" || rest == "all" {
		return b.request(ctx, t, rq)
	}
	id, err := pipewright.ParseResourceID(rest)
	if err != nil {
		t.text = own(verb+" "+rest, "")
		return b.ask(ctx, t)
	}
	known, err := b.parts.Ledger.Resources(ctx)
	if err != nil {
		return err
	}
	for _, r := range known {
		if r.ID == id {
			rq.Resource = id
			return b.request(ctx, t, rq)
		}
	}
	return b.reply(ctx, t, code(string(id))+" was never observed.")
}

// list shows what is open.
func (b *Bot) list(ctx context.Context, t talk) error {
	open, err := b.open10(ctx)
	if err != nil {
		return err
	}
	if len(open) == 0 {
		return b.reply(ctx, t, "Nothing is open.")
	}
	var lines []string
	for _, inc := range open {
		lines = append(lines, brief(inc, frame{zone: b.cfg.Zone}))
	}
	return b.say(ctx, t, lastWord, view{text: fmt.Sprintf("%d open", len(open)), blocks: within(sections(strings.Join(lines, "\n"), 5), maxBlocks)})
}

// open10 are the incidents that still need something, the worst first, at most ten.
func (b *Bot) open10(ctx context.Context) ([]pipewright.Incident, error) {
	open, _, err := b.openNow(ctx)
	return open, err
}

// openNow is open10 and how many there are beside.
func (b *Bot) openNow(ctx context.Context) (open []pipewright.Incident, more int, err error) {
	var states []pipewright.State
	for _, s := range pipewright.States {
		if s.Live() && s != pipewright.Resolved {
			states = append(states, s)
		}
	}
	if open, err = b.parts.Ledger.Incidents(ctx, pipewright.IncidentQuery{States: states, Limit: 1000}); err != nil {
		return nil, 0, err
	}
	sortByNeed(open)
	n := min(10, len(open))
	return open[:n], len(open) - n, nil
}

func brief(inc pipewright.Incident, f frame) string {
	line := fmt.Sprintf("%s %s *%s* %s on %s, since %s", sign(inc), code(inc.ID), verdictOf(inc), plain(firstLine(title(inc), 120)), code(string(inc.Resource)), f.at(inc.OpenedAt))
	if inc.State == pipewright.Waiting {
		line += fmt.Sprintf(" · `/pipewright approve %s`", noTicks(plain(inc.Approval)))
	}
	return line
}

func pausedWhat(p pipewright.Pause) string {
	if p.Resource == "" {
		return "everywhere"
	}
	return "on " + code(string(p.Resource)) + " and downstream"
}

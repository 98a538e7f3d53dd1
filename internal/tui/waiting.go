package tui

import (
	"fmt"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/internal/terminal"
)

// prompted is the approval that is shown above the line that is typed.
func (m *Model) prompted() (pipewright.Approval, bool) {
	if m.at >= len(m.sight.Waiting) {
		return pipewright.Approval{}, false
	}
	return m.sight.Waiting[m.at], true
}

type filedMsg struct {
	rq  pipewright.Request
	err error
	// approval is set when an approval was to be settled.
	approval string
}

// file keeps a request for the loop.
func (m *Model) file(rq pipewright.Request) tea.Cmd {
	return func() tea.Msg {
		filed, err := m.parts.Desk.File(m.ctx, rq)
		return filedMsg{filed, err, rq.Approval}
	}
}

// settle files a decision about exactly the action that was shown. It looks before it
// files, so that a late key is answered at once; the loop looks again.
func (m *Model) settle(ap pipewright.Approval, kind pipewright.RequestKind, reason string) tea.Cmd {
	if m.sent[ap.ID] == kind {
		m.note(m.style(0).Faint("·"), ap.ID+": you said so already; the loop has not answered yet")
		return nil
	}
	i := slices.IndexFunc(m.sight.Waiting, func(w pipewright.Approval) bool { return w.ID == ap.ID })
	if i < 0 {
		m.note(m.style(0).Bad("✖"), ap.ID+" no longer waits; nothing was filed")
		return nil
	}
	if now := m.sight.Waiting[i]; now.ActionHash != ap.ActionHash {
		m.note(m.style(0).Bad("✖"), ap.ID+" asks for something else by now; look at it again. Nothing was filed")
		return nil
	}
	if err := ap.Check(ap.ActionHash, m.cfg.Who, m.sight.Now); err != nil {
		m.note(m.style(0).Bad("✖"), err.Error())
		return nil
	}
	m.sent[ap.ID] = kind
	return m.file(pipewright.Request{Kind: kind, Incident: ap.Incident, Approval: ap.ID, ActionHash: ap.ActionHash, Resource: ap.Action.Target, Reason: reason})
}

// filed says that a request is kept.
func (m *Model) filed(msg filedMsg) {
	if msg.err != nil {
		delete(m.sent, msg.approval)
		m.fault(msg.err)
		return
	}
	m.awaited = append(m.awaited, msg.rq.ID)
	say := msg.rq.ID + " is kept: " + wish(msg.rq)
	if !m.sight.Running {
		say += "; it is done when a loop runs on this store again"
	}
	m.note(m.style(0).Faint("·"), say)
}

// wish says what a request asks for.
func wish(rq pipewright.Request) string {
	switch {
	case rq.Approval != "":
		return string(rq.Kind) + " " + rq.Approval
	case rq.Action != nil:
		return fmt.Sprintf("%s on %s", rq.Action.Kind, rq.Action.Target)
	case rq.Mode != nil:
		return fmt.Sprintf("%s is %s for %s", rq.Kind, rq.Mode.Rung, rq.Mode.Scope())
	case rq.Incident != "":
		return string(rq.Kind) + " " + rq.Incident
	case rq.Resource != "":
		return string(rq.Kind) + " " + string(rq.Resource)
	}
	return string(rq.Kind) + " everything"
}

// promptRows bounds the lines about what waits, by the height of the terminal. Before a
// decision is confirmed all of it is shown.
func (m *Model) promptRows() int {
	switch {
	case m.armed != nil || m.reason != nil:
		return max(m.height-5, 3)
	case m.height < 16:
		return 3
	case m.height < 22:
		return 6
	case m.height < 30:
		return 9
	}
	return 12
}

// prompt renders what waits for a person: the exact action, its odds, what it would do,
// its undo, its expiry, and the keys that settle it.
func (m *Model) prompt(width int) []string {
	ap, ok := m.prompted()
	if !ok {
		return nil
	}
	s := m.style(width)
	what := []string{fit(s.Warn("? "+pipewright.Visible(ap.ID)+" waits for you")+s.Faint(m.about(ap)), width)}
	body := m.exactly(ap, width)
	if room := m.promptRows() - 2; len(body) > room {
		body = append(body[:max(room-1, 0)], fit(s.Faint("  … a or d shows all of it before you confirm"), width))
		body = body[:max(room, 0)]
	}
	return append(append(what, body...), fit("  "+m.keysOf(ap, s), width))
}

func (m *Model) about(ap pipewright.Approval) string {
	say := fmt.Sprintf(" · %s · until %s", pipewright.Visible(ap.Incident), ap.Expires.In(m.cfg.Zone).Format("15:04:05"))
	if left := ap.Expires.Sub(m.sight.Now); left > 0 {
		say += fmt.Sprintf(" (%s left)", terminal.Span(left))
	} else {
		say += " (expired)"
	}
	if n := len(m.sight.Waiting); n > 1 {
		say += fmt.Sprintf(" · %d of %d, Tab: next", m.at+1, n)
	}
	if ap.Needs > 1 {
		say += fmt.Sprintf(" · %d of %d people said yes", len(ap.Given), ap.Needs)
	}
	return say
}

// exactly renders the action that the approval is bound to, what matters most first.
func (m *Model) exactly(ap pipewright.Approval, width int) []string {
	s := m.style(width)
	inc, d := m.all[ap.Incident], pipewright.Decision{}
	if inc.Action != nil && inc.Decision != nil && inc.Action.Hash() == ap.ActionHash {
		d = *inc.Decision // else it is about something else
	}
	text := s.Field("action", fmt.Sprintf("%s on %s (%s)%s", ap.Action.Kind, ap.Action.Target, ap.Action.Risk, terminal.Odds(&d)))
	text += s.Field("would do", d.DryRun)
	text += s.Field("undo", d.Undo)
	for _, k := range sortedKeys(ap.Action.Args) {
		text += s.Field("with", k+" = "+terminal.Cut(ap.Action.Args[k], 200))
	}
	if v := inc.Verdict; v != nil && v.Ruling == pipewright.Ask {
		text += s.Field("because", v.Why)
	}
	if len(d.Alternatives) > 0 {
		a := d.Alternatives[0]
		text += s.Field("runner-up", fmt.Sprintf("%s on %s: %s", a.Action.Kind, a.Action.Target, a.Why))
	}
	return strings.Split(strings.TrimRight(text, "\n"), "\n")
}

// keysOf says what can be pressed now.
func (m *Model) keysOf(ap pipewright.Approval, s terminal.Style) string {
	id, hash := pipewright.Visible(ap.ID), pipewright.Visible(ap.ActionHash[:min(8, len(ap.ActionHash))])
	switch {
	case m.reason != nil && m.reason.approval.ID == ap.ID:
		return s.Warn("why not? Enter denies "+id+", with or without a reason") + s.Faint(" · Esc: back")
	case m.armed != nil && m.armed.kind == pipewright.RequestApprove:
		return s.Warn("Enter approves exactly this ("+hash+") as "+pipewright.Visible(m.cfg.Who)) + s.Faint(" · Esc: back")
	case m.armed != nil:
		return s.Warn("Enter denies "+id) + s.Faint(" · Esc: back")
	case m.sent[ap.ID] != "":
		return s.Faint("you said " + string(m.sent[ap.ID]) + "; the loop answers in a moment")
	}
	return s.Accent("a Enter") + " approve · " + s.Accent("d Enter") + " deny · " + s.Accent("? Enter") + " why"
}

func sortedKeys(args map[string]string) []string {
	var out []string
	for k := range args {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// ago is how long something has been so.
func (m *Model) ago(at time.Time) string { return terminal.Span(max(m.sight.Now.Sub(at), 0)) }

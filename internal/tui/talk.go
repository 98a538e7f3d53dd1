package tui

import (
	"context"
	"errors"
	"fmt"

	tea "charm.land/bubbletea/v2"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/internal/terminal"
)

// asking is the question in hand.
type asking struct {
	n       int
	cancel  context.CancelFunc
	stopped bool
	block   *block // where its progress shows, and then its answer
	steps   []string
	claims  []string
}

type progressMsg struct {
	n    int
	p    pipewright.Progress
	next tea.Cmd // waits for more
}

type answerMsg struct {
	n      int
	answer pipewright.Answer
	err    error
}

// question asks what was typed.
func (m *Model) question(text string) tea.Cmd { return m.pose(pipewright.Question{Text: text}) }

// pose asks a question now, or after the one in hand.
func (m *Model) pose(q pipewright.Question) tea.Cmd {
	m.say(m.styled(func(s terminal.Style) string {
		out := terminal.Wrap(q.Text, s.Width-2)
		for i := range out {
			out[i] = s.Accent([]string{"›", " "}[min(i, 1)]) + " " + s.Title(out[i])
		}
		return lines(out)
	}))
	if m.asking != nil {
		m.queue = append(m.queue, q)
		m.hint = fmt.Sprintf("asked next; %d waiting", len(m.queue))
		return nil
	}
	return m.ask(q)
}

// progressBuffer is how many lines of progress wait to be shown; more are dropped, so
// that who answers is never held up.
const progressBuffer = 64

func (m *Model) ask(q pipewright.Question) tea.Cmd {
	m.asked++
	ctx, cancel := context.WithCancel(m.ctx)
	a := &asking{n: m.asked, cancel: cancel}
	a.block = m.say(m.styled(a.draw))
	m.asking = a
	q.Asker, q.Thread, q.Surface, q.Zone = m.cfg.Who, m.cfg.Thread, m.cfg.Surface, m.cfg.Zone
	told := make(chan pipewright.Progress, progressBuffer)
	q.Watch = func(p pipewright.Progress) {
		select {
		case told <- p:
		default:
		}
	}
	answer := func() tea.Msg {
		ans, err := m.parts.Asker.Ask(ctx, q)
		return answerMsg{a.n, ans, err}
	}
	return tea.Batch(answer, listen(ctx, a.n, told))
}

// listen waits for the next progress of a question, until the question is over.
func listen(ctx context.Context, n int, told <-chan pipewright.Progress) tea.Cmd {
	return func() tea.Msg {
		select {
		case p := <-told:
			return progressMsg{n, p, listen(ctx, n, told)}
		case <-ctx.Done():
			return nil
		}
	}
}

func (m *Model) heard(msg progressMsg) tea.Cmd {
	if a := m.asking; a != nil && a.n == msg.n && !a.stopped {
		if msg.p.Kind == pipewright.ProgressClaim {
			a.claims = append(a.claims, msg.p.Text)
		} else {
			a.steps = append(a.steps, msg.p.Text)
		}
		a.block.changed()
	}
	return msg.next
}

// shownSteps bounds the steps on the screen while an answer is on its way.
const shownSteps = 3

// draw shows what is known of an answer that is on its way.
func (a *asking) draw(s terminal.Style) string {
	var out []string
	for _, c := range a.claims {
		out = append(out, terminal.Wrap(c, s.Width)...)
	}
	if hidden := len(a.steps) - shownSteps; hidden > 0 {
		out = append(out, s.Faint(fmt.Sprintf("  · %d steps before", hidden)))
	}
	for _, step := range a.steps[max(len(a.steps)-shownSteps, 0):] {
		out = append(out, s.Faint("  · "+terminal.Cut(step, s.Width-4)))
	}
	if a.stopped {
		return lines(append(out, s.Faint("  stopping…")))
	}
	return lines(append(out, s.Faint("  … Esc stops")))
}

// stop ends the question in hand; those that were asked after it still have their turn.
// What does not end by itself is left behind when it is stopped again.
func (m *Model) stop() tea.Cmd {
	a := m.asking
	if a == nil {
		return nil
	}
	if a.stopped {
		m.over(a, "left behind")
		return m.next()
	}
	a.stopped = true
	a.block.changed()
	a.cancel()
	return nil
}

// next asks the question that was typed meanwhile.
func (m *Model) next() tea.Cmd {
	if len(m.queue) == 0 {
		return nil
	}
	q := m.queue[0]
	m.queue = m.queue[1:]
	return m.ask(q)
}

// over replaces the progress of a question by a word.
func (m *Model) over(a *asking, word string) {
	a.block.draw = m.styled(func(s terminal.Style) string { return s.Faint("  " + word) })
	a.block.changed()
	m.asking = nil
}

// answered shows the answer where its progress was.
func (m *Model) answered(msg answerMsg) tea.Cmd {
	a := m.asking
	if a == nil || a.n != msg.n {
		return nil // left behind
	}
	a.cancel()
	m.awaited = append(m.awaited, msg.answer.Filed...)
	switch {
	case a.stopped:
		m.over(a, "stopped"+filedMeanwhile(msg.answer.Filed))
	case errors.Is(msg.err, context.Canceled):
		m.over(a, "stopped")
	case msg.err != nil:
		m.over(a, "no answer")
		m.fault(msg.err)
	default:
		a.block.draw = m.styled(func(s terminal.Style) string { return s.Answer(msg.answer) })
		a.block.changed()
		m.asking = nil
		m.reveal(a.block)
	}
	return m.next()
}

func filedMeanwhile(ids []string) string {
	if len(ids) == 0 {
		return ""
	}
	return fmt.Sprintf("; %v was filed before", ids)
}

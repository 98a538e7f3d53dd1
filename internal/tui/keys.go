package tui

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	pipewright "github.com/pipewright/pipewright"
)

// forget drops what the last key left: a hint, a half-made decision.
func (m *Model) forget() {
	m.comp, m.hint, m.armed, m.leaving = nil, "", nil, false
}

// key does what a key means.
func (m *Model) key(k tea.KeyPressMsg) tea.Cmd {
	comp, leaving := m.comp, m.leaving
	name := k.String()
	if name == "enter" {
		return m.enter()
	}
	m.forget()
	switch name {
	case "ctrl+c":
		return m.interrupt(leaving)
	case "esc":
		return m.escape()
	case "ctrl+d":
		if len(m.typed.cells) == 0 {
			return tea.Quit
		}
		m.typed.edit("delete")
	case "tab":
		m.tab(comp)
	case "up", "ctrl+p":
		m.up()
	case "down", "ctrl+n":
		m.down()
	case "pgup":
		m.scroll(-m.page())
	case "pgdown":
		m.scroll(m.page())
	case "ctrl+end":
		m.talk.follow = true
	case "ctrl+l":
		return tea.ClearScreen
	case "ctrl+z":
		return tea.Suspend
	default:
		if !m.typed.edit(name) && k.Text != "" {
			m.typed.insert(k.Text)
			m.arm()
		}
	}
	return nil
}

// arm takes a single letter on an empty line for a decision about what is shown: one
// more key, Enter, makes it. Any other letter makes it a sentence again.
func (m *Model) arm() {
	ap, ok := m.prompted()
	if !ok || m.reason != nil {
		return
	}
	switch m.typed.text() {
	case "a":
		m.armed = &armed{kind: pipewright.RequestApprove, approval: ap}
	case "d":
		m.armed = &armed{kind: pipewright.RequestDeny, approval: ap}
	}
}

// interrupt stops the question, then clears the line, then leaves.
func (m *Model) interrupt(again bool) tea.Cmd {
	switch {
	case m.asking != nil:
		return m.stop()
	case len(m.typed.cells) > 0 || m.reason != nil:
		m.typed.set("")
		m.reason = nil
	case again:
		return tea.Quit
	default:
		m.leaving, m.hint = true, "Ctrl-C again leaves"
	}
	return nil
}

func (m *Model) escape() tea.Cmd {
	switch {
	case m.asking != nil:
		return m.stop()
	case m.reason != nil:
		m.reason = nil
		m.typed.set("")
	default:
		m.typed.set("")
		m.talk.follow = true
	}
	return nil
}

// tab completes the word, or shows the next approval when nothing is typed.
func (m *Model) tab(comp *completion) {
	if len(m.typed.cells) == 0 {
		if n := len(m.sight.Waiting); n > 1 {
			m.at = (m.at + 1) % n
		}
		return
	}
	m.comp = m.typed.complete(comp, m.words())
	if m.comp != nil {
		m.hint = strings.Join(m.comp.found, "  ")
	}
}

func (m *Model) up() {
	if m.typed.rowStart() > 0 {
		m.typed.at = m.typed.rowStart() - 1
		return
	}
	m.typed.set(m.past.older(m.typed.text()))
}

func (m *Model) down() {
	if end := m.typed.rowEnd(); end < len(m.typed.cells) {
		m.typed.at = end + 1
		return
	}
	m.typed.set(m.past.newer(m.typed.text()))
}

// enter sends what was typed, or confirms a decision.
func (m *Model) enter() tea.Cmd {
	text := strings.TrimSpace(m.typed.text())
	armed, reason := m.armed, m.reason
	m.forget()
	switch {
	case reason != nil:
		m.reason = nil
		m.typed.set("")
		return m.settle(reason.approval, pipewright.RequestDeny, text)
	case armed != nil && armed.kind == pipewright.RequestDeny:
		m.reason = armed
		m.typed.set("")
		return nil
	case armed != nil:
		m.typed.set("")
		return m.settle(armed.approval, armed.kind, "")
	case text == "":
		return nil
	}
	m.remember(m.typed.text())
	m.typed.set("")
	m.talk.follow = true
	if ap, ok := m.prompted(); ok && text == "?" {
		return m.question("explain " + ap.Incident)
	}
	return m.submit(text)
}

func (m *Model) remember(text string) {
	m.past.add(text)
	if m.parts.Remember != nil {
		m.parts.Remember(text)
	}
}

// submit does what a line means: a command, a farewell, or a question.
func (m *Model) submit(text string) tea.Cmd {
	switch {
	case text == "quit" || text == "exit":
		return tea.Quit
	case text == "?":
		return m.command("help", "")
	case strings.HasPrefix(text, "/"):
		name, rest, _ := strings.Cut(text[1:], " ")
		return m.command(strings.ToLower(name), strings.TrimSpace(rest))
	}
	own := unquoted(text)
	if own == "" {
		m.refuse("these are only quoted lines, somebody else's words: say what you want in your own")
		return nil
	}
	return m.question(own)
}

// unquoted leaves out lines that begin with ">": other people's words approve nothing.
func unquoted(text string) string {
	var own []string
	for _, l := range strings.Split(text, "\n") {
		if !strings.HasPrefix(strings.TrimLeft(l, " \t"), ">") {
			own = append(own, l)
		}
	}
	return strings.TrimSpace(strings.Join(own, "\n"))
}

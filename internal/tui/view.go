package tui

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/internal/terminal"
)

// Widths of the two columns on a wide terminal.
const (
	wide    = 110 // columns from which the incidents stand beside the conversation
	sideCol = 40
)

// layout is how the rows of the terminal are shared.
type layout struct {
	width, rows int // of the conversation
	side        int // columns of the incidents beside it; 0: they stand above
	panel       []string
	prompt      []string
	input       []string
	x, y        int // the cursor, within input
}

func (m *Model) layout() layout {
	l := layout{width: m.width}
	if m.width >= wide {
		l.side = sideCol
		l.width = m.width - sideCol - 3
	} else if m.height >= 12 {
		l.panel = m.panel(m.width, max(m.height/5, 2))
	}
	l.prompt = m.prompt(m.width)
	l.input, l.x, l.y = m.input()
	used := len(m.header()) + len(l.prompt) + len(l.input) + 2 // a rule, and the last line
	if len(l.panel) > 0 {
		used += len(l.panel) + 1
	}
	l.rows = max(m.height-used, 1)
	return l
}

// room is the part of the terminal that the conversation has.
func (m *Model) room() (width, rows int) {
	l := m.layout()
	return l.width, l.rows
}

// View shows the chat.
func (m *Model) View() tea.View {
	text, x, y := m.screen()
	v := tea.NewView(text)
	v.AltScreen = true
	v.MouseMode = tea.MouseModeCellMotion
	v.WindowTitle = "pipewright"
	v.Cursor = tea.NewCursor(x, y)
	return v
}

// screen is the whole terminal as text, and where the cursor is.
func (m *Model) screen() (text string, x, y int) {
	l := m.layout()
	s := m.style(m.width)
	rule := s.Faint(strings.Repeat("─", m.width))
	out := m.header()
	if len(l.panel) > 0 {
		out = append(append(out, l.panel...), rule)
	}
	talk, below := m.talk.shown(l.width, l.rows)
	out = append(out, m.beside(talk, l)...)
	out = append(out, m.divider(below))
	out = append(out, l.prompt...)
	y = len(out) + l.y
	out = append(append(out, l.input...), m.foot())
	if over := len(out) - m.height; over > 0 { // a terminal too low for all of it keeps its end
		out, y = out[over:], max(y-over, 0)
	}
	return strings.Join(out, "\n"), l.x, y
}

// beside fills the rows of the conversation, with the incidents to its right when there
// is room.
func (m *Model) beside(talk []string, l layout) []string {
	out := make([]string, l.rows)
	copy(out, talk)
	if l.side == 0 {
		return out
	}
	side := m.sidebar(l.side, l.rows)
	bar := m.style(0).Faint("│")
	for i := range out {
		out[i] += strings.Repeat(" ", max(l.width-ansi.StringWidth(out[i]), 0)) + " " + bar + " "
		if i < len(side) {
			out[i] += side[i]
		}
	}
	return out
}

// divider separates the conversation from what is typed, and says what is out of sight.
func (m *Model) divider(below int) string {
	s := m.style(m.width)
	if below == 0 {
		return s.Faint(strings.Repeat("─", m.width))
	}
	say := fmt.Sprintf("── %d lines below, PgDn or Esc ", below)
	return s.Warn(fit(say+strings.Repeat("─", max(m.width-len([]rune(say)), 0)), m.width))
}

// header says whose incidents these are and what time it is there, and in a line of its
// own when something stands still.
func (m *Model) header() []string {
	s := m.style(m.width)
	line := s.Title("Pipewright") + " " + terminal.Cut(m.cfg.Title, m.width*2/5)
	switch {
	case !m.seen:
		return []string{fit(line+s.Faint(" · reading the store…"), m.width)}
	case m.sight.Busy != "":
		return []string{fit(line+s.Faint(" · "+terminal.Cut(m.sight.Busy, m.width)), m.width)}
	}
	line += s.Faint(" · " + m.counts() + " · " + m.sight.Now.In(m.cfg.Zone).Format("Mon 15:04:05"))
	out := []string{fit(line, m.width)}
	if m.blind != "" {
		out = append(out, fit(s.Bad("the store cannot be read just now"), m.width))
	}
	if !m.sight.Running {
		out = append(out, fit(s.Warn("nobody runs this store's loop: what you approve waits"), m.width))
	}
	if say := m.paused(); say != "" {
		out = append(out, fit(s.Warn(say), m.width))
	}
	return out
}

func (m *Model) counts() string {
	open := 0
	for _, inc := range m.live() {
		if inc.State != pipewright.Resolved {
			open++
		}
	}
	say := fmt.Sprintf("%d open", open)
	if n := len(m.sight.Waiting); n > 0 {
		say += fmt.Sprintf(", %d waiting for you", n)
	}
	return say
}

// paused says what is paused.
func (m *Model) paused() string {
	var where []string
	for _, p := range m.sight.Pauses {
		switch {
		case !p.Holds(m.sight.Now):
		case p.Resource == "":
			return "paused everywhere by " + terminal.Cut(p.By, 30) + "; /resume lifts it"
		default:
			where = append(where, pipewright.Visible(string(p.Resource)))
		}
	}
	if len(where) == 0 {
		return ""
	}
	return "paused: " + strings.Join(where, ", ")
}

// inputRows bounds what is shown of a long text that is typed.
const inputRows = 6

func (m *Model) input() (rows []string, x, y int) {
	const mark = 2
	rows, x, y = m.typed.shown(m.width - mark - 1)
	if over := len(rows) - inputRows; over > 0 {
		from := min(max(y-inputRows+1, 0), over)
		rows, y = rows[from:from+inputRows], y-from
	}
	for i := range rows {
		lead := "  "
		if i == 0 {
			lead = m.style(0).Accent("›") + " "
		}
		rows[i] = lead + rows[i]
	}
	return rows, x + mark, y
}

// foot is the last line: a hint, or what can be done.
func (m *Model) foot() string {
	s := m.style(m.width)
	switch {
	case m.hint != "":
		return fit(s.Warn(terminal.Cut(m.hint, m.width)), m.width)
	case m.asking != nil:
		return fit(s.Faint("Esc stops the answer · type on, it is asked next"), m.width)
	}
	return fit(s.Faint("Enter asks · /help · Tab completes · ↑ earlier lines · PgUp scrolls · Ctrl-C leaves"), m.width)
}

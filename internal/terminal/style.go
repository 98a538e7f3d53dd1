// Package terminal renders incidents and answers for a terminal: coloured on
// one, plain when piped. It only renders: it takes values and returns text, and
// whatever came from outside is shown with its control characters escaped.
package terminal

import (
	"strings"

	"charm.land/lipgloss/v2"
)

// Style says how to render. The zero Style is plain.
type Style struct {
	Color bool
	Width int // columns; 0: 100
}

func (s Style) width() int {
	if s.Width <= 0 {
		return 100
	}
	return min(s.Width, 120)
}

func (s Style) paint(color, text string) string {
	if !s.Color || text == "" {
		return text
	}
	return lipgloss.NewStyle().Foreground(lipgloss.Color(color)).Render(text)
}

func (s Style) bold(text string) string {
	if !s.Color || text == "" {
		return text
	}
	return lipgloss.NewStyle().Bold(true).Render(text)
}

func (s Style) red(t string) string    { return s.paint("9", t) }
func (s Style) green(t string) string  { return s.paint("10", t) }
func (s Style) yellow(t string) string { return s.paint("11", t) }
func (s Style) cyan(t string) string   { return s.paint("14", t) }
func (s Style) dim(t string) string    { return s.paint("8", t) }

// indent is where the text of a field begins: nearer on a narrow terminal.
func (s Style) indent() int {
	if s.Width > 0 && s.Width < 70 {
		return 12
	}
	return 14
}

// field renders "  label  text", with the text wrapped and indented.
func (s Style) field(label, text string) string {
	if strings.TrimSpace(text) == "" {
		return ""
	}
	indent := s.indent()
	var b strings.Builder
	for i, line := range wrap(text, s.width()-indent-2) {
		name := ""
		if i == 0 {
			name = label
		}
		b.WriteString("  " + s.dim(pad(name, indent-2)) + line + "\n")
	}
	return b.String()
}

// Field renders one labelled text of a card.
func (s Style) Field(label, text string) string { return s.field(label, text) }

// Title renders a headline.
func (s Style) Title(text string) string { return s.bold(text) }

// Accent is for what guides the eye. Like those below it takes text that is already safe to show.
func (s Style) Accent(text string) string { return s.cyan(text) }

// Good is for what went well.
func (s Style) Good(text string) string { return s.green(text) }

// Bad is for what went wrong.
func (s Style) Bad(text string) string { return s.red(text) }

// Warn is for what needs a person.
func (s Style) Warn(text string) string { return s.yellow(text) }

// Faint is for what may be overlooked.
func (s Style) Faint(text string) string { return s.dim(text) }

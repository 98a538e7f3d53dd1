// Package terminal renders incidents and answers for a terminal: coloured on
// one, plain when piped. It only renders: it takes values and returns text, and
// whatever came from outside is shown with its control characters escaped.
package terminal

import (
	"strings"

	"charm.land/lipgloss/v2"

	pipewright "github.com/pipewright/pipewright"
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

// oneLine is the first line of a text, cut to n columns.
func oneLine(text string, n int) string {
	text = pipewright.Visible(strings.TrimSpace(text))
	text, _, more := strings.Cut(text, "\n")
	if runes := []rune(text); len(runes) > n && n > 1 {
		return string(runes[:n-1]) + "…"
	}
	if more {
		return text + " …"
	}
	return text
}

// wrap breaks text into lines of at most n columns, at spaces.
func wrap(text string, n int) []string {
	var out []string
	for _, para := range strings.Split(pipewright.Visible(text), "\n") {
		line := ""
		for _, word := range strings.Fields(para) {
			if line != "" && len([]rune(line))+1+len([]rune(word)) > n {
				out = append(out, line)
				line = ""
			}
			if line != "" {
				line += " "
			}
			line += word
		}
		out = append(out, line)
	}
	return out
}

// field renders "  label  text", with the text wrapped and indented.
func (s Style) field(label, text string) string {
	if strings.TrimSpace(text) == "" {
		return ""
	}
	const indent = 14
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

func pad(text string, n int) string {
	if len(text) >= n {
		return text + " "
	}
	return text + strings.Repeat(" ", n-len(text))
}

// Title renders a headline.
func (s Style) Title(text string) string { return s.bold(text) }

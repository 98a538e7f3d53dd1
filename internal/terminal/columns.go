package terminal

import (
	"strings"

	"github.com/charmbracelet/x/ansi"

	pipewright "github.com/pipewright/pipewright"
)

// columns is how many columns of a terminal a text takes: a wide character takes
// two, a combining one none, and a colour nothing.
func columns(text string) int { return ansi.StringWidth(text) }

// oneLine is the first line of a text, cut to n columns.
func oneLine(text string, n int) string {
	text = pipewright.Visible(strings.ReplaceAll(strings.TrimSpace(text), "\t", " "))
	text, _, more := strings.Cut(text, "\n")
	if columns(text) > n && n > 1 {
		return ansi.Truncate(text, n, "…")
	}
	if more {
		return text + " …"
	}
	return text
}

// wrap breaks text into lines of at most n columns, at spaces where there are any.
// Lines keep their indentation.
func wrap(text string, n int) []string {
	n = max(n, 8)
	var out []string
	for _, para := range strings.Split(pipewright.Visible(text), "\n") {
		indent := para[:len(para)-len(strings.TrimLeft(para, " "))]
		if len(indent) > n/2 {
			indent = ""
		}
		line, empty := indent, true
		for _, word := range strings.Fields(para) {
			if !empty && columns(line)+1+columns(word) > n {
				out = append(out, line)
				line, empty = indent, true
			}
			if !empty {
				line += " "
			}
			for columns(line)+columns(word) > n { // longer than a line
				head := ansi.Truncate(word, n-columns(line), "")
				if head == "" {
					break
				}
				out = append(out, line+head)
				line, word = indent, word[len(head):]
			}
			line += word
			empty = false
		}
		out = append(out, line)
	}
	return out
}

func pad(text string, n int) string {
	if columns(text) >= n {
		return text + " "
	}
	return text + strings.Repeat(" ", n-columns(text))
}

// fit cuts a rendered line to the width, when there is one.
func (s Style) fit(line string) string {
	if s.Width <= 0 {
		return line
	}
	return ansi.Truncate(line, s.width(), "…")
}

// Columns is how many columns of a terminal a text takes.
func Columns(text string) int { return columns(text) }

// Wrap breaks outside text into lines of at most n columns, with what does not show as escapes.
func Wrap(text string, n int) []string { return wrap(text, n) }

// Cut is the first line of outside text in at most n columns, with what does not show as escapes.
func Cut(text string, n int) string { return oneLine(text, n) }

package tui

import (
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"

	pipewright "github.com/pipewright/pipewright"
)

// maxTyped is how much may be typed or pasted, in bytes.
const maxTyped = 64 << 10

// line is what is being typed, as the characters that a person sees: one cell is one
// grapheme cluster. It may have several rows.
type line struct {
	cells []string
	at    int // the cursor stands before this cell
}

func clusters(text string) []string {
	var out []string
	for len(text) > 0 {
		c, _ := ansi.FirstGraphemeCluster(text, ansi.GraphemeWidth)
		if c == "" {
			break
		}
		out = append(out, c)
		text = text[len(c):]
	}
	return out
}

func (l *line) text() string { return strings.Join(l.cells, "") }

func (l *line) set(text string) {
	l.cells = clusters(text)
	l.at = len(l.cells)
}

// insert puts text where the cursor is.
func (l *line) insert(text string) {
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
	if room := maxTyped - len(l.text()); len(text) > room {
		text = strings.ToValidUTF8(text[:max(room, 0)], "")
	}
	before := strings.Join(l.cells[:l.at], "") + text
	l.cells = clusters(before + strings.Join(l.cells[l.at:], ""))
	l.at = min(len(clusters(before)), len(l.cells))
}

// remove takes out the cells from one to another and puts the cursor there.
func (l *line) remove(from, to int) {
	l.cells = slices.Delete(slices.Clone(l.cells), from, to)
	l.at = from
}

func (l *line) rowStart() int {
	i := l.at
	for i > 0 && l.cells[i-1] != "\n" {
		i--
	}
	return i
}

func (l *line) rowEnd() int {
	i := l.at
	for i < len(l.cells) && l.cells[i] != "\n" {
		i++
	}
	return i
}

func blank(cell string) bool { return strings.TrimSpace(cell) == "" }

func (l *line) wordStart() int {
	i := l.at
	for i > 0 && blank(l.cells[i-1]) {
		i--
	}
	for i > 0 && !blank(l.cells[i-1]) {
		i--
	}
	return i
}

func (l *line) wordEnd() int {
	i := l.at
	for i < len(l.cells) && blank(l.cells[i]) {
		i++
	}
	for i < len(l.cells) && !blank(l.cells[i]) {
		i++
	}
	return i
}

// edit does what an editing key means, and reports whether it was one.
func (l *line) edit(key string) bool {
	switch key {
	case "left", "ctrl+b":
		l.at = max(l.at-1, 0)
	case "right", "ctrl+f":
		l.at = min(l.at+1, len(l.cells))
	case "home", "ctrl+a":
		l.at = l.rowStart()
	case "end", "ctrl+e":
		l.at = l.rowEnd()
	case "alt+left", "ctrl+left", "alt+b":
		l.at = l.wordStart()
	case "alt+right", "ctrl+right", "alt+f":
		l.at = l.wordEnd()
	case "backspace", "ctrl+h":
		l.remove(max(l.at-1, 0), l.at)
	case "delete":
		l.remove(l.at, min(l.at+1, len(l.cells)))
	case "ctrl+w", "alt+backspace":
		l.remove(l.wordStart(), l.at)
	case "ctrl+u":
		l.remove(l.rowStart(), l.at)
	case "ctrl+k":
		l.remove(l.at, l.rowEnd())
	case "alt+enter", "shift+enter", "ctrl+j":
		l.insert("\n")
	default:
		return false
	}
	return true
}

// shown lays the line out in rows of at most width columns, and says where the cursor is.
func (l *line) shown(width int) (rows []string, x, y int) {
	width = max(width, 4)
	row, used := "", 0
	for i, cell := range append(slices.Clone(l.cells), "") {
		if i == l.at {
			x, y = used, len(rows)
		}
		if cell == "\n" {
			rows, row, used = append(rows, row), "", 0
			continue
		}
		cell = strings.ReplaceAll(pipewright.Visible(cell), "\t", "  ")
		w := ansi.StringWidth(cell)
		if used+w > width {
			rows, row, used = append(rows, row), "", 0
			if i == l.at {
				x, y = 0, len(rows)
			}
		}
		row += cell
		used += w
	}
	return append(rows, row), x, y
}

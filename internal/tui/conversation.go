package tui

import (
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/internal/terminal"
)

// block is one thing said. It renders itself for a width, and is rendered again when
// the terminal is resized.
type block struct {
	draw  func(width int) string
	tight bool // one of many: no empty line between two of them
	lines []string
	width int
}

// maxBlocks bounds the scroll-back; the oldest go first.
const maxBlocks = 2000

// conversation is what was said, and which part of it is shown.
type conversation struct {
	blocks []*block
	follow bool // the end is shown
	top    int  // the first line shown, when not
}

// say adds something to the conversation.
func (m *Model) say(draw func(width int) string) *block {
	b := &block{draw: draw}
	m.talk.blocks = append(m.talk.blocks, b)
	if over := len(m.talk.blocks) - maxBlocks; over > 0 {
		m.talk.blocks = m.talk.blocks[over:]
	}
	return b
}

// styled renders with the chat's colours.
func (m *Model) styled(draw func(terminal.Style) string) func(int) string {
	return func(width int) string { return draw(m.style(width)) }
}

// note says one sentence of the chat's own.
func (m *Model) note(mark, text string) {
	m.say(m.styled(func(s terminal.Style) string {
		out := terminal.Wrap(text, s.Width-2)
		for i := range out {
			if i == 0 {
				out[i] = mark + " " + out[i]
			} else {
				out[i] = "  " + out[i]
			}
		}
		return lines(out)
	})).tight = true
}

// fault says what went wrong.
func (m *Model) fault(err error) {
	if pipewright.KindOf(err) != "" {
		m.note(m.style(0).Bad("✖"), err.Error())
	}
}

func lines(ls []string) string { return strings.Join(ls, "\n") + "\n" }

// at renders a block for a width: no line is longer.
func (b *block) at(width int) []string {
	if b.width == width && b.lines != nil {
		return b.lines
	}
	text := strings.TrimRight(b.draw(width), "\n")
	b.lines, b.width = nil, width
	for _, l := range strings.Split(text, "\n") {
		if ansi.StringWidth(l) > width {
			b.lines = append(b.lines, strings.Split(ansi.Wrap(l, width, ""), "\n")...)
			continue
		}
		b.lines = append(b.lines, l)
	}
	return b.lines
}

// changed makes a block be rendered again.
func (b *block) changed() { b.lines = nil }

// all renders the conversation, with an empty line around what is more than one of many.
func (c *conversation) all(width int) []string {
	var out []string
	for i, b := range c.blocks {
		ls := b.at(width)
		if i > 0 && !(b.tight && c.blocks[i-1].tight) {
			out = append(out, "")
		}
		out = append(out, ls...)
	}
	return out
}

// reveal shows a block that is longer than the screen from its beginning, where the
// verdict stands, unless the person reads further up.
func (m *Model) reveal(b *block) {
	width, rows := m.room()
	i := slices.Index(m.talk.blocks, b)
	if i < 0 || !m.talk.follow || len(b.at(width)) <= rows {
		return
	}
	before := conversation{blocks: m.talk.blocks[:i+1]}
	m.talk.follow, m.talk.top = false, len(before.all(width))-len(b.at(width))
}

// shown are the lines in a window of so many rows, and how many are below it.
func (c *conversation) shown(width, rows int) (window []string, below int) {
	all := c.all(width)
	last := max(len(all)-rows, 0)
	top := last
	if !c.follow {
		top = min(max(c.top, 0), last)
	}
	end := min(top+rows, len(all))
	return all[top:end], len(all) - end
}

// scroll moves the window; at the end it follows again.
func (m *Model) scroll(by int) {
	width, rows := m.room()
	last := max(len(m.talk.all(width))-rows, 0)
	if m.talk.follow {
		m.talk.top = last
	}
	m.talk.top = min(max(m.talk.top+by, 0), last)
	m.talk.follow = m.talk.top == last
}

func (m *Model) page() int {
	_, rows := m.room()
	return max(rows-1, 1)
}

// Transcript is everything that was said, for the terminal after the chat or a file.
func (m *Model) Transcript(width int) string { return lines(m.talk.all(width)) }

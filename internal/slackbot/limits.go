package slackbot

import (
	"strings"

	"github.com/slack-go/slack"
)

// Slack's limits on what a message, a modal or a home tab may hold, in characters
// unless said otherwise: https://docs.slack.dev/reference/block-kit/blocks. What is
// longer is cut here, with a sign that it was, and nowhere else.
const (
	maxBlocks     = 50  // in a message
	maxViewBlocks = 100 // in a modal or home tab
	maxSection    = 3000
	maxField      = 2000
	maxFields     = 10
	maxHeader     = 150
	maxContext    = 2000 // not documented; a text object's own limit is 3,000
	maxElements   = 10   // in a context block
	maxActions    = 25   // elements in an actions block
	maxLabel      = 75   // of a button
	maxValue      = 2000 // of a button
	maxActionID   = 255
	maxTitle      = 24 // of a modal
	maxInputLabel = 2000
	maxInitial    = 3000
	maxPrivate    = 3000 // private metadata of a view
	maxAlt        = 1000 // of a file's description for who cannot see it
	maxText       = 4000 // of a message's own text; Slack truncates at 40,000 and advises 4,000
)

// mrkdwn is a text object in which addresses and names are not made into links.
func mrkdwn(text string) *slack.TextBlockObject {
	return &slack.TextBlockObject{Type: slack.MarkdownType, Text: text, Verbatim: true}
}

func plainText(text string, n int) *slack.TextBlockObject {
	text = visible(strings.Join(strings.Fields(text), " "))
	if text == "" {
		text = "-"
	}
	return &slack.TextBlockObject{Type: slack.PlainTextType, Text: cut(text, n)}
}

// header is plain text: code spans would show their ticks.
func header(text string) slack.Block {
	return slack.NewHeaderBlock(plainText(strings.ReplaceAll(text, "`", ""), maxHeader))
}

// section is text in one block; what does not fit is cut.
func section(text string) slack.Block {
	return slack.NewSectionBlock(mrkdwn(closed(text, maxSection)), nil, nil)
}

// sections is text in as many blocks as it needs, split at lines, at most n of them.
func sections(text string, n int) []slack.Block {
	var out []slack.Block
	for _, part := range split(text, maxSection-8) {
		if len(out) == n {
			break
		}
		out = append(out, section(part))
	}
	return out
}

func contextLine(text string) slack.Block {
	return slack.NewContextBlock("", mrkdwn(closed(text, maxContext)))
}

// closed cuts mrkdwn without leaving a code block or a link open behind the cut.
func closed(text string, n int) string {
	if text == "" {
		return " "
	}
	if len([]rune(text)) <= n {
		return text
	}
	text = cut(text, n-8)
	if open := strings.LastIndex(text, "<"); open > strings.LastIndex(text, ">") {
		text = text[:open] + "…"
	}
	if strings.Count(text, "```")%2 == 1 {
		return text + "\n```"
	}
	if strings.Count(text, "`")%2 == 1 {
		return text + "`"
	}
	return text
}

// split breaks mrkdwn into parts of at most n characters at line ends. A code
// block that spans two parts is closed in the first and opened again in the second.
func split(text string, n int) (parts []string) {
	var b []string
	size, open := 0, false
	flush := func() {
		if len(b) == 0 {
			return
		}
		part := strings.Join(b, "\n")
		if open {
			part += "\n```"
		}
		parts, b, size = append(parts, part), nil, 0
		if open {
			b, size = []string{"```"}, 4
		}
	}
	for _, line := range strings.Split(text, "\n") {
		for _, piece := range pieces(line, n-16) {
			if l := len([]rune(piece)) + 1; size+l > n-8 {
				flush()
			}
			b, size = append(b, piece), size+len([]rune(piece))+1
			if strings.Count(piece, "```")%2 == 1 {
				open = !open
			}
		}
	}
	open = false
	flush()
	return parts
}

// pieces breaks one line that is too long by itself.
func pieces(line string, n int) (out []string) {
	runes := []rune(line)
	for len(runes) > n {
		out, runes = append(out, string(runes[:n])), runes[n:]
	}
	return append(out, string(runes))
}

// button is one button. Its value is refused, not cut, when it is too long: half a
// value means something else.
func button(action, label, value string, style slack.Style) *slack.ButtonBlockElement {
	b := slack.NewButtonBlockElement(cut(action, maxActionID), "", plainText(label, maxLabel))
	if len(value) <= maxValue {
		b.Value = value
	}
	b.Style = style
	return b
}

// within keeps at most n blocks and says what was left out in the last of them.
func within(blocks []slack.Block, n int) []slack.Block {
	if len(blocks) <= n {
		return blocks
	}
	return append(blocks[:n-1:n-1], contextLine("_There is more than a message can show; `pipewright incidents` has all of it._"))
}

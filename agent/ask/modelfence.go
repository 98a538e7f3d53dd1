package ask

import (
	"fmt"
	"strings"
	"unicode/utf8"

	pipewright "github.com/pipewright/pipewright"
)

// fence puts text from outside between delimiters that it cannot know: the nonce is
// drawn for every question.
func fence(nonce, text string) string {
	return "<<<DATA " + nonce + "\n" + tame(nonce, text) + "\nDATA " + nonce + ">>>"
}

// tame shows what is invisible and takes from data what looks like a fence.
func tame(nonce, text string) string {
	text = Visible(text)
	text = strings.ReplaceAll(text, nonce, "…")
	text = strings.ReplaceAll(text, "<<<", "‹‹‹")
	return strings.ReplaceAll(text, ">>>", "›››")
}

// Visible writes invisible, bidirectional and control characters as escapes, such as
// \u202e; line ends and tabs stay. What a person reads is then what is there.
func Visible(s string) string { return pipewright.Visible(strings.ToValidUTF8(s, "\ufffd")) }

// tokensOf estimates tokens: a quarter of the bytes. Servers that count are believed instead.
func tokensOf(s string) int { return len(s)/4 + 1 }

// headAndTail keeps the beginning and the end of a text, two thirds and one third of
// a budget in tokens, and says how much is missing.
func headAndTail(s string, tokens int) string {
	most := tokens * 4
	if len(s) <= most {
		return s
	}
	head, tail := cutBack(s, most*2/3), len(s)-most/3
	for tail < len(s) && !utf8.RuneStart(s[tail]) {
		tail++
	}
	return fmt.Sprintf("%s\n… %d bytes left out …\n%s", head, tail-len(head), s[tail:])
}

// cutBack cuts at most n bytes off the front without splitting a character.
func cutBack(s string, n int) string {
	for n > 0 && n < len(s) && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:min(n, len(s))]
}

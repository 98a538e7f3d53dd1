package ask

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
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
// \u{202e}; line ends and tabs stay. What a person reads is then what is there.
func Visible(s string) string {
	if plainText(s) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n <= 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case hiddenRune(r):
			fmt.Fprintf(&b, `\u{%x}`, r)
		default:
			b.WriteString(s[i : i+n])
		}
		i += n
	}
	return b.String()
}

func plainText(s string) bool {
	return utf8.ValidString(s) && strings.IndexFunc(s, hiddenRune) < 0
}

// hiddenRune reports characters that show nothing, or move what is shown.
func hiddenRune(r rune) bool {
	switch {
	case r == '\n' || r == '\t':
		return false
	case unicode.IsControl(r), unicode.Is(unicode.Cf, r), unicode.Is(unicode.Co, r):
		return true // format characters hold the bidirectional ones, joiners and tags
	case r >= 0xfe00 && r <= 0xfe0f, r >= 0xe0100 && r <= 0xe01ef:
		return true // variation selectors
	}
	switch r {
	case 0x115f, 0x1160, 0x3164, 0xffa0, 0x2800, 0x034f, 0x17b4, 0x17b5, 0x2028, 0x2029:
		return true // fillers and separators that show nothing
	}
	return r != ' ' && unicode.Is(unicode.Zs, r)
}

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

package intake

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// maxRecord bounds one text in bytes, after redaction.
const maxRecord = 1 << 20

// cutNote is room for the note that stands for what was cut.
const cutNote = 48

// clean makes outside text safe to store and to print: invalid UTF-8 becomes
// U+FFFD, and control characters other than newline and tab, the C1 block and the
// characters that reorder text on screen become visible escapes. "\r\n" becomes
// "\n". Cleaning twice changes nothing more.
func clean(s string) string {
	i := firstUnclean(s)
	if i == len(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 16)
	b.WriteString(s[:i])
	for i < len(s) {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == '\r' && i+1 < len(s) && s[i+1] == '\n':
		case r < 0x20 && r != '\n' && r != '\t' || r == 0x7f:
			fmt.Fprintf(&b, `\x%02x`, r)
		case hidden(r):
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r) // RuneError writes U+FFFD
		}
		i += size
	}
	return b.String()
}

// firstUnclean is the offset of the first byte that clean may change: anything
// but printable ASCII, newline and tab. len(s) when there is none.
func firstUnclean(s string) int {
	for i := range len(s) {
		if c := s[i]; c >= 0x7f || c < 0x20 && c != '\n' && c != '\t' {
			return i
		}
	}
	return len(s)
}

// hidden reports C1 controls, line separators, and marks that change the
// direction of text or are not seen at all.
func hidden(r rune) bool {
	return r >= 0x80 && r <= 0x9f ||
		r >= 0x200b && r <= 0x200f || r >= 0x2028 && r <= 0x202e ||
		r >= 0x2060 && r <= 0x2069 || r == 0xfeff
}

// cut shortens a text of more than limit bytes to its head and tail, with a note
// of what is missing between them, at whole characters and whole placeholders.
func cut(s string, limit int) (string, bool) {
	if len(s) <= limit {
		return s, false
	}
	half := max(0, (limit-cutNote)/2)
	head, tail := half, len(s)-half
	for head > 0 && !utf8.RuneStart(s[head]) {
		head--
	}
	for tail < len(s) && !utf8.RuneStart(s[tail]) {
		tail++
	}
	if from, to := placeholderAt(s, head); to > from {
		head = from
	}
	if from, to := placeholderAt(s, tail); to > from {
		tail = to
	}
	return fmt.Sprintf("%s\n[... %d bytes cut ...]\n%s", s[:head], tail-head, s[tail:]), true
}

// placeholderAt is the placeholder of a secret that stands across s[i]; none when from is to.
func placeholderAt(s string, i int) (from, to int) {
	const opening, longest = "[redacted:", 64
	back := max(0, i-longest)
	from = strings.LastIndexByte(s[back:i], '[') + back
	if from < back || !strings.HasPrefix(s[from:], opening) {
		return 0, 0
	}
	end := strings.IndexByte(s[from:min(len(s), from+longest)], ']')
	if to = from + end + 1; end < 0 || to <= i {
		return 0, 0
	}
	return from, to
}

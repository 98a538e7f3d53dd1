package sqlstore

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// maxText is the longest log record that is stored whole, in bytes.
const maxText = 1 << 20

// Clean makes text storable: bytes that are not UTF-8 and NUL become U+FFFD,
// and of a record longer than 1 MiB the head and the tail are kept, with a line
// between them that says how much was left out.
func Clean(text string) string {
	text = strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", "\uFFFD")
	if len(text) <= maxText {
		return text
	}
	head, tail := maxText*3/4, len(text)-maxText/4+128 // the note takes less than 128 bytes
	for !utf8.RuneStart(text[head]) {
		head--
	}
	for !utf8.RuneStart(text[tail]) {
		tail++
	}
	return text[:head] + fmt.Sprintf("\n[... %d bytes left out: the record is longer than 1 MiB ...]\n", tail-head) + text[tail:]
}

package prompts

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

// Fence wraps text from outside so that a reader, a model too, can tell where it
// begins and ends. The mark derives from the text, so that no text can hold its
// own closing mark. Characters that do not show become escapes.
func Fence(from, text string) string {
	text = Clean(text)
	sum := sha256.Sum256([]byte(from + "\x00" + text))
	mark := hex.EncodeToString(sum[:8])
	return fmt.Sprintf("<data from=%q mark=%s>\n%s\n</data mark=%s>", Clean(from), mark, strings.TrimRight(text, "\n"), mark)
}

// Clean shows control, bidirectional and invisible characters of outside text as
// escapes; newlines and tabs stay.
func Clean(text string) string {
	if strings.IndexFunc(text, hidden) < 0 {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		if hidden(r) {
			q := strconv.QuoteRuneToASCII(r)
			b.WriteString(q[1 : len(q)-1])
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// hidden reports characters that no reader sees: controls, format characters (the
// bidirectional ones and tags), variation selectors, fillers, separators.
func hidden(r rune) bool {
	switch {
	case r == '\n', r == '\t':
		return false
	case r == unicode.ReplacementChar:
		return true
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Zl, unicode.Zp, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point)
}

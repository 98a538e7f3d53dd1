package pipewright

import (
	"strconv"
	"strings"
	"unicode"
)

// Visible writes the characters of outside text that no reader sees for what
// they are as escapes, such as \u202e: controls, terminal escapes, bidirectional
// and other format characters, variation selectors and fillers. Newlines and tabs
// stay. Whatever came from outside goes through it before a person or a model
// reads it.
func Visible(text string) string {
	if strings.IndexFunc(text, invisible) < 0 {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		if invisible(r) {
			q := strconv.QuoteRuneToASCII(r)
			b.WriteString(q[1 : len(q)-1])
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

func invisible(r rune) bool {
	switch {
	case r == '\n', r == '\t':
		return false
	case r == unicode.ReplacementChar:
		return true
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Zl, unicode.Zp, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point)
}

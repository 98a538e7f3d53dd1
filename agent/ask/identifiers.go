package ask

import (
	"strings"
	"unicode"
)

// Words that are written as names are.

// squash keeps letters and digits, so that orders_etl, orders-etl and "orders etl" are one.
func squash(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
}

// pieces splits a name into its words: at signs, and between lower and upper case.
func pieces(name string) []string {
	var out []string
	var b strings.Builder
	flush := func() {
		if b.Len() > 0 {
			out = append(out, strings.ToLower(b.String()))
		}
		b.Reset()
	}
	lower := false
	for _, r := range name {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			flush()
			lower = false
			continue
		}
		if unicode.IsUpper(r) && lower {
			flush()
		}
		lower = unicode.IsLower(r)
		b.WriteRune(r)
	}
	flush()
	return out
}

// identifier reports whether a word is written like a name in a system.
func identifier(w string) bool {
	letters, digits, signs := false, false, false
	for _, r := range w {
		switch {
		case unicode.IsLetter(r):
			letters = true
		case unicode.IsDigit(r):
			digits = true
		case strings.ContainsRune("_/:.-", r):
			signs = true
		}
	}
	return letters && (signs || digits)
}

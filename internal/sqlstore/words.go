package sqlstore

import (
	"strings"
	"unicode"
)

// Word is one word of a person's query.
type Word struct {
	Text   string // without the marks at its end that ask for a prefix
	Prefix bool   // it ends in *: words that begin so fit too
}

// words cuts a query at spaces. A word without a letter or a digit cannot be
// searched for and is left out.
func words(text string) (out []Word) {
	for word := range strings.FieldsSeq(Clean(text)) {
		bare := strings.TrimRight(word, "*")
		if !strings.ContainsFunc(bare, Searchable) {
			continue
		}
		last := []rune(bare)
		out = append(out, Word{Text: bare, Prefix: bare != word && Searchable(last[len(last)-1])})
	}
	return out
}

// Searchable reports whether an index keeps r as part of a word: letters, numbers
// and private use. Every other mark separates words, so that orders_etl is searched
// as a phrase of its parts and both the whole and each part are found.
func Searchable(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.Is(unicode.Co, r)
}

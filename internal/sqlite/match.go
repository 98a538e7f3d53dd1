package sqlite

import (
	"strings"
	"unicode"
)

// match turns a person's words into a full-text expression. Each word becomes a
// quoted phrase, so that nothing in it is read as the index's own syntax; a word
// that ends in * matches as a prefix. A word without a letter or a digit cannot
// be searched for and is left out; ok is false when no word is left.
func match(text, join string) (expr string, ok bool) {
	var terms []string
	for word := range strings.FieldsSeq(clean(text)) {
		bare := strings.TrimRight(word, "*")
		if !strings.ContainsFunc(bare, searchable) {
			continue
		}
		term := `"` + strings.ReplaceAll(bare, `"`, `""`) + `"`
		if last := []rune(bare); bare != word && searchable(last[len(last)-1]) {
			term += " *"
		}
		terms = append(terms, term)
	}
	return strings.Join(terms, join), len(terms) > 0
}

// searchable reports whether the index keeps r as part of a word (unicode61:
// letters, digits and private use).
func searchable(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.Is(unicode.Co, r)
}

const (
	allWords = " AND "
	anyWord  = " OR "
)

package retrieval

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/pipewright/pipewright/retrieval/words"
)

const (
	mostTerms   = 400 // of one document in a store's own index
	longestTerm = 64  // bytes; what follows does not tell terms apart
)

// Terms are the words by which a store's own index finds a text, between spaces: stems,
// families of meaning and parts of identifiers, each of letters and digits alone, so that
// every index cuts and finds them alike.
func Terms(text string) string { return strings.Join(termsOf(text), " ") }

func termsOf(text string) []string {
	var out []string
	seen := map[string]bool{}
	for _, w := range lexicalTerms(text) {
		t := plainTerm(w.term)
		if len(out) < mostTerms && t != "" && !words.Stop(t) && !seen[t] {
			seen[t] = true
			out = append(out, t)
		}
	}
	return out
}

// plainTerm spells a term in lower-case letters and digits: any other mark becomes an x
// with its number.
func plainTerm(term string) string {
	var b strings.Builder
	for _, r := range term {
		switch {
		case b.Len() >= longestTerm:
		case r < utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r)):
			b.WriteRune(unicode.ToLower(r))
		default:
			b.WriteString("x" + strconv.FormatInt(int64(r), 16))
		}
	}
	return b.String()
}

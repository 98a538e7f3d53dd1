package template

import "strings"

// token is a word or a punctuation mark of a shape, with the space before it.
// A word without text is a value that is absent, or a unit taken into its amount.
type token struct {
	text  string
	space string
	punct bool
	at    int // index of its first hole within the shape
}

const punctuation = "()[]{}<>\"'`,;=|:#"

// tokenise cuts a shape into words and punctuation. Spaces and texts joined give
// the shape again, but for lists that are cut to their first word and space at the end.
func tokenise(shape string) []token {
	var out []token
	space := ""
	for i := 0; i < len(shape); {
		c := shape[i]
		if c != hole && class[c]&isSpace != 0 {
			space += shape[i : i+1]
			i++
			continue
		}
		if strings.IndexByte(punctuation, c) >= 0 {
			if n := len(out); n > 0 && space == "" && out[n-1].punct && embraces(out[n-1].text, c) {
				out = append(out, token{}) // a value that may be absent
			}
			out = append(out, token{text: shape[i : i+1], space: space, punct: true})
			if i++; c == '=' && space == "" && absentAfter(shape[i:]) {
				out = append(out, token{})
			}
		} else {
			j := i
			for j < len(shape) && (shape[j] == hole || class[shape[j]]&isDelim == 0) {
				j++
			}
			out = cutDots(out, shape[i:j], space)
			i = j
		}
		space = ""
	}
	return foldLists(numberHoles(out))
}

// embraces reports whether open and end are brackets or quotes of one kind.
func embraces(open string, end byte) bool {
	i := strings.IndexByte("([{<\"'", open[0])
	return i >= 0 && ")]}>\"'"[i] == end
}

// absentAfter reports whether no value follows a key and its equals sign.
func absentAfter(rest string) bool {
	return rest == "" || rest[0] != hole && class[rest[0]]&isSpace != 0 || strings.IndexByte(",;)]}", rest[0]) >= 0
}

// cutDots appends a word, full stops repeated within it or at its end apart.
func cutDots(out []token, w, space string) []token {
	if i := strings.Index(w, ".."); i > 0 {
		j := i
		for j < len(w) && w[j] == '.' {
			j++
		}
		if j < len(w) {
			out = append(out, token{text: w[:i], space: space}, token{text: w[i:j], punct: true})
			return cutDots(out, w[j:], "")
		}
	}
	end := ".!?*"
	if w[0] == '*' {
		end = ".!?" // "*name*"
	}
	n := len(strings.TrimRight(w, end))
	if n == 0 || n == len(w) {
		return append(out, token{text: w, space: space, punct: n == 0 && w[0] != '*'}) // stars stand for a value not known
	}
	return append(out, token{text: w[:n], space: space}, token{text: w[n:], punct: true})
}

func numberHoles(toks []token) []token {
	at := 0
	for i := range toks {
		toks[i].at = at
		at += strings.Count(toks[i].text, holeText)
	}
	return toks
}

// render writes tokens as a template.
func render(tokens []token) string {
	var b strings.Builder
	for _, t := range tokens {
		b.WriteString(t.space)
		b.WriteString(strings.ReplaceAll(t.text, holeText, "<*>"))
	}
	return b.String()
}

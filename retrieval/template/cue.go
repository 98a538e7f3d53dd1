package template

import "strings"

// Words that come before a value in English: "user X at host Y". Names come after the nouns
// of what has a name; the weak ones come before much else; what comes after the telling
// ones says what happened, and each of its values is an event of its own.
var (
	strongCues  = wordSet("user from host node file name id device interface path group")
	weakCues    = wordSet("for by to at on with via in")
	nameCues    = wordSet("users account owner login client server peer backend upstream cluster broker worker database db schema table column feature model bucket topic queue partition volume disk dir directory folder uri url key tag label lock thread pid pkg package app application component module class driver plugin library image container pod namespace region zone session connection stream channel address addr domain rule printer hostname dev port service job task process")
	tellingCues = wordSet("state status reason result error exception action event cause outcome phase operation op verdict")
	flagWords   = wordSet("true false null none nil yes no on off")
)

func wordSet(s string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(s) {
		m[w] = true
	}
	return m
}

// before weighs what stands before the column.
func before(toks []token, col int, learnt lessons) float64 {
	if col == 0 {
		return firstColumn
	}
	last := toks[col-1]
	score := 0.0
	if learnt.cues[strings.ToLower(last.text)] {
		score = learntCue
	}
	if last.punct {
		return score + afterMark(last.text) + afterKey(key(toks, col))
	}
	return score + afterWord(lastPart(last.text))
}

func afterMark(mark string) float64 {
	switch mark {
	case "=":
		return afterEquals
	case ":":
		return afterColon
	case `"`, "'":
		return quoted
	}
	return 0
}

func afterKey(k string) float64 {
	switch {
	case strongCues[k] || nameCues[k]:
		return keyCue
	case tellingCues[k]:
		return tellingCue
	}
	return 0
}

func afterWord(w string) float64 {
	switch {
	case strongCues[w]:
		return strongCue
	case nameCues[w]:
		return nameCue
	case weakCues[w]:
		return weakCue
	case tellingCues[w]:
		return tellingCue
	}
	return 0
}

// key is the last part of the word before the punctuation before a column: "id" for
// userId="x".
func key(toks []token, col int) string {
	for i := col - 1; i >= 0 && col-i <= 3; i-- {
		if !toks[i].punct {
			return lastPart(toks[i].text)
		}
	}
	return ""
}

// lastPart is the last word within a word, in lower case.
func lastPart(w string) string {
	start := len(w)
	for start > 0 && class[w[start-1]]&isLetter != 0 {
		start--
		if c := w[start]; c >= 'A' && c <= 'Z' && start+1 < len(w) && w[start+1] >= 'a' {
			break
		}
	}
	return strings.ToLower(w[start:])
}

package words

import "strings"

// Stem cuts the endings of inflection and of a few derivations off an English
// word in lower case, so that fail, fails, failed, failing and failure are one.
// The stem need not be a word.
func Stem(w string) string {
	if len(w) <= 3 || strings.HasSuffix(w, "ss") {
		return w
	}
	if w = plural(w); len(w) <= 3 {
		return w
	}
	for _, end := range []string{"ingly", "edly", "ation", "ment", "ing", "ion", "ure", "ed", "ly", "er"} {
		if stem, ok := strings.CutSuffix(w, end); ok && len(stem) >= 3 && hasVowel(stem) {
			return undouble(strings.TrimSuffix(stem, "e"))
		}
	}
	return undouble(strings.TrimSuffix(w, "e"))
}

func plural(w string) string {
	switch {
	case strings.HasSuffix(w, "ies") && len(w) > 4:
		return w[:len(w)-3] + "y"
	case strings.HasSuffix(w, "sses"), strings.HasSuffix(w, "xes"), strings.HasSuffix(w, "ches"), strings.HasSuffix(w, "shes"):
		return w[:len(w)-2]
	case strings.HasSuffix(w, "s") && !strings.HasSuffix(w, "us") && !strings.HasSuffix(w, "is") && !strings.HasSuffix(w, "ss"):
		return w[:len(w)-1]
	}
	return w
}

func hasVowel(s string) bool { return strings.ContainsAny(s, "aeiouy") }

// undouble makes "stopp" of stopped and "run" of running one with stop and run.
func undouble(s string) string {
	n := len(s)
	if n >= 4 && s[n-1] == s[n-2] && !strings.ContainsRune("aeiouls", rune(s[n-1])) {
		return s[:n-1]
	}
	return s
}

var stop = set(`a an the is are was were be been being am do does did done has have had having of in on at to for by with and or as it its this
	that these those there here what which who whom whose when why how i we you he she they them his her their our your my me us can could will would shall should may
	might must if then than so such into from about over under again any all each some no nor only own same too very just also use used using many much`)

// Stop reports whether a word in lower case says nothing about what a text is of.
func Stop(w string) bool { return stop[w] }

func set(list string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(list) {
		m[w] = true
	}
	return m
}

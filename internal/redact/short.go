package redact

import "strings"

// findShortName is the value of pass= or pw=, short words that mean other things as well: the
// name must be just that, and the value must have a digit and a letter.
func findShortName(s string, at, end int) span {
	from, stop := runBack(s, at, dottedBytes, 64), end-1
	if from > 0 && s[from-1] == '/' || from < at && s[at-1] != '.' && s[at-1] != '_' && s[at-1] != '-' {
		return span{}
	}
	v, ok := valueAfter(s, from, stop)
	if !ok || v.end-v.start < 6 || s[stop] == ':' && upperBytes[s[at]] {
		return span{}
	}
	text := s[v.start:v.end]
	if lower, upper, digit := mix(text); harmless(text) || !digit || !lower && !upper {
		return span{}
	}
	return span{start: v.start, end: v.whole(s)}
}

// findAfterwards is the new value in name = "old" -> "new", as a plan of changes shows it.
func findAfterwards(s string, at, end int) span {
	before := s[max(0, at-nearby):at]
	equals := strings.LastIndexByte(before, '=')
	if equals < 0 || strings.IndexByte(before[equals:], '\n') >= 0 {
		return span{}
	}
	name := strings.TrimRight(before[:equals], " \t\"'\\")
	kind := nameKind(name[runBack(name, len(name), dottedBytes, 64):])
	v := argument(s, end)
	if kind == "" || !v.quoted || harmless(s[v.start:v.end]) {
		return span{}
	}
	return span{start: v.start, end: v.end, kind: kind}
}

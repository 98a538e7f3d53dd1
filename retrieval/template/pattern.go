package template

import "strings"

// pattern is what values share at both ends, up to a separator, around a hole.
func pattern(vs []string) string {
	if text, ok := sameButDigits(vs); ok {
		return text
	}
	pre, suf := vs[0], vs[0]
	for _, v := range vs[1:] {
		for !strings.HasPrefix(v, pre) {
			pre = pre[:len(pre)-1]
		}
		for !strings.HasSuffix(v, suf) {
			suf = suf[1:]
		}
	}
	if i := strings.IndexByte(pre, hole); i >= 0 {
		pre = pre[:i]
	}
	pre = pre[:1+strings.LastIndexAny(pre, "_-/#@.$")]
	suf = suf[1+strings.LastIndexByte(suf, hole):]
	if i := strings.IndexAny(suf, "_-/#@%"); i >= 0 {
		suf = suf[i:]
	} else {
		suf = ""
	}
	return pre + holeText + suf
}

// sameButDigits is the word that all values are but for their digits, with a hole for
// each number in which they differ.
func sameButDigits(vs []string) (string, bool) {
	first := runs(vs[0])
	varies := make([]bool, len(first))
	for _, v := range vs[1:] {
		rs := runs(v)
		if len(rs) != len(first) {
			return "", false
		}
		for i, r := range rs {
			if number := isNumber(r); number != isNumber(first[i]) || !number && r != first[i] {
				return "", false
			}
			varies[i] = varies[i] || r != first[i]
		}
	}
	var b strings.Builder
	for i, r := range first {
		if varies[i] {
			r = holeText
		}
		b.WriteString(r)
	}
	return b.String(), letters(vs[0]) > 0
}

// runs cuts a value into numbers, holes among them, and what is between.
func runs(v string) []string {
	var out []string
	for start := 0; start < len(v); {
		end := start + 1
		for end < len(v) && isNumber(v[end:end+1]) == isNumber(v[start:start+1]) {
			end++
		}
		out = append(out, v[start:end])
		start = end
	}
	return out
}

func isNumber(s string) bool { return s[0] == hole || class[s[0]]&isDigit != 0 }

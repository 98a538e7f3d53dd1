package redact

import (
	"encoding/hex"
	"slices"
	"strings"
)

const (
	minRecurring = 8  // bytes: shorter values are not looked for again
	maxRecurring = 16 // values of one record that are, so that a dump of thousands stays cheap
)

// recurrences finds the values that are confidential only because of where they stand
// (`password=…`) wherever else the same text repeats them, also in one of its views or in hex. What was
// found is forgotten with the text: a log cannot teach which words are hidden in
// other records.
func recurrences(s string, layers []view, found []span) []span {
	var out []span
	for _, value := range telling(s, found) {
		out = append(out, repeated(s, value, value)...)
		out = append(out, repeated(s, hex.EncodeToString([]byte(value)), value)...)
		for _, v := range layers {
			out = append(out, v.back(repeated(v.text, value, value))...)
		}
	}
	return out
}

// telling lists the values that are looked for again: not what may be an ordinary word of
// the same text, each once.
func telling(s string, found []span) []string {
	var out []string
	for _, f := range found {
		if f.label != secretLabel || f.skip() {
			continue
		}
		value := f.plain
		if value == "" {
			value = s[f.start:f.end]
		}
		if len(value) >= minRecurring && strings.ContainsAny(value, digits) && !slices.Contains(out, value) {
			out = append(out, value)
		}
		if len(out) == maxRecurring {
			break
		}
	}
	return out
}

// repeated lists where a text stands in another.
func repeated(s, text, plain string) []span {
	var out []span
	for at := 0; ; {
		i := strings.Index(s[at:], text)
		if i < 0 {
			return out
		}
		out = append(out, span{start: at + i, end: at + i + len(text), kind: secretLabel, label: secretLabel, plain: plain})
		at += i + len(text)
	}
}

package redact

import "strings"

const (
	minRecurring = 8  // bytes: shorter values are not looked for again
	maxRecurring = 16 // values of one record that are, so that a dump of thousands stays cheap
)

// recurrences finds the values that are confidential only because of where they stand
// (`password=…`) wherever else the same text repeats them, also encoded as Remember
// lists. What was found is forgotten with the text: a log cannot teach which words are
// hidden in other records.
func recurrences(s string, found []span) []span {
	var again *memory
	for _, f := range found {
		if f.label != secretLabel || f.skip() {
			continue
		}
		value := f.plain
		if value == "" {
			value = s[f.start:f.end]
		}
		if len(value) < minRecurring || !strings.ContainsAny(value, "0123456789") {
			continue // it may be an ordinary word of the same text
		}
		if again == nil {
			again = &memory{}
		}
		if _, known := again.label(value); known {
			continue
		}
		again = again.with(secretLabel, value)
		if len(again.labels) == maxRecurring {
			break
		}
	}
	if again == nil {
		return nil
	}
	return again.find(s)
}

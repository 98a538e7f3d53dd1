package redact

import "slices"

// rule finds one kind of value. At every anchor, find looks at the text around
// s[at:end] and returns the value's span, or the zero span. It reads a bounded stretch, or
// only bytes that the span then covers, so that a long line takes linear time.
type rule struct {
	kind, label string
	also        []string // kinds that find may report instead
	anchors     []anchor
	find        func(s string, at, end int) span
	reaches     bool // what find goes back over is part of the value, whatever it was taken for
}

func (r rule) name(f span) span {
	if f.kind == "" {
		f.kind = r.kind
	}
	if f.label == "" {
		f.label = r.label
	}
	return f
}

// builtin lists the rules; where two share an anchor's end, the earlier is asked first.
func builtin() []rule {
	rules := []rule{{anchors: []anchor{exact(opening)}, find: findPlaceholder}}
	rules = append(rules, blockRules()...)
	rules = append(rules, tokenRules()...)
	rules = append(rules, addressRules()...)
	rules = append(rules, headerRules()...)
	rules = append(rules, commandRules()...)
	rules = append(rules, loginRules()...)
	rules = append(rules, numberRules()...)
	return append(rules, assignmentRule())
}

func kindNames(rules []rule) []string {
	var out []string
	for _, r := range rules {
		for _, kind := range append([]string{r.kind}, r.also...) {
			if kind != "" && !slices.Contains(out, kind) {
				out = append(out, kind)
			}
		}
	}
	return out
}

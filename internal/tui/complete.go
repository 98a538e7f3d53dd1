package tui

import (
	"slices"
	"strings"
)

// completion goes through what a word may become.
type completion struct {
	before, after string // around the word
	found         []string
	at            int
}

// candidates are the words that begin as the one typed, or whose last part does
// ("orders_e" is glue:job/orders_etl), in the order given.
func candidates(typed string, words []string) []string {
	if typed == "" {
		return nil
	}
	typed = strings.ToLower(typed)
	var whole, part []string
	for _, w := range words {
		low := strings.ToLower(w)
		switch first, last, _ := strings.Cut(low, "/"); {
		case strings.HasPrefix(low, typed):
			whole = append(whole, w)
		case first != "" && last != "" && strings.HasPrefix(last, typed):
			part = append(part, w)
		}
	}
	return slices.Compact(append(whole, part...))
}

// complete replaces the word before the cursor: by what all candidates share, and when
// that adds nothing by each of them in turn.
func (l *line) complete(c *completion, words []string) *completion {
	if c != nil && len(c.found) > 1 {
		c.at = (c.at + 1) % len(c.found)
		l.set(c.before + c.found[c.at])
		end := l.at
		l.set(l.text() + c.after)
		l.at = end
		return c
	}
	start := l.wordStart()
	if start == l.at {
		return nil
	}
	typed := strings.Join(l.cells[start:l.at], "")
	next := &completion{before: strings.Join(l.cells[:start], ""), after: strings.Join(l.cells[l.at:], ""), found: candidates(typed, words), at: -1}
	into := common(next.found)
	switch {
	case len(next.found) == 0:
		return nil
	case len(next.found) == 1:
		into += " "
	case len(into) <= len(typed):
		return l.complete(next, words)
	}
	l.set(next.before + into)
	end := l.at
	l.set(l.text() + next.after)
	l.at = end
	if len(next.found) == 1 {
		return nil
	}
	return next
}

// common is the beginning that all words share.
func common(words []string) string {
	if len(words) == 0 {
		return ""
	}
	out := words[0]
	for _, w := range words[1:] {
		for !strings.HasPrefix(w, out) {
			out = out[:len(out)-1]
		}
	}
	return strings.ToValidUTF8(out, "")
}

// Package when reads time ranges in English and ISO 8601 out of free text: "past
// 24 hours", "since yesterday 5pm", "between 02:00 and 04:00 on Monday", "last
// night". It is a small grammar, never fails on other text, and works in the
// asker's zone: a day is that zone's calendar day, also when it has 23 or 25 hours.
//
// Ranges are half-open, [Start, End). What was said in the past tense never ends
// after now unless the asker named the end. The text's words need not be in order:
// what the grammar cannot place is read as a bag of numbers, units and days.
package when

import (
	"time"

	pipewright "github.com/pipewright/pipewright"
)

// Range is a range of time that a text speaks of.
type Range struct {
	pipewright.Window
	// Spans are the byte ranges of the text that were understood as time, in order.
	Spans [][2]int
	// Relative is true when the range was made by shifting the earlier one:
	// "the day before".
	Relative bool
}

// Find returns the range that the text speaks of, in the zone of now. prev is the
// range of the turn before, which "the day before" moves; nil when there is none.
// ok is false when the text speaks of no time.
func Find(text string, now time.Time, prev *pipewright.Window) (r Range, ok bool) {
	p := parser{toks: lex(text), now: now, prev: prev}
	p.scan()
	w, ok := p.combine()
	if !ok {
		w, ok = p.loose()
	}
	if !ok {
		return Range{}, false
	}
	return Range{Window: w, Spans: p.spans(), Relative: p.relative}, true
}

// Until returns the moment up to which something shall last: "until 6pm", "for two
// hours", "till tomorrow morning". A clock time is the next one after now.
func Until(text string, now time.Time) (t time.Time, spans [][2]int, ok bool) {
	p := parser{toks: lex(text), now: now, future: true}
	for i := range p.toks {
		if end, next, found := p.until(i); found && end.After(now) {
			p.use(i, next)
			return end, p.spans(), true
		}
	}
	return time.Time{}, nil, false
}

// until reads one bound at i: a preposition and a moment or a length.
func (p *parser) until(i int) (end time.Time, next int, ok bool) {
	if p.at(i, "for", "in", "next") {
		j := p.skip(i+1, "the", "another", "about", "next", "rest", "of", "at", "least")
		if n, u, k, ok := p.amount(j); ok {
			return u.add(p.now, n), k, true
		}
		if m, k, ok := p.moment(j); ok && p.at(i, "for") {
			return m.end, k, true
		}
		return end, i, false
	}
	if !p.at(i, "until", "till", "til", "untill", "before", "by", "to") {
		return end, i, false
	}
	j := p.skip(i+1, "the", "end", "of", "about", "at")
	m, k, ok := p.moment(j)
	if !ok {
		return end, i, false
	}
	if m.whole && !p.saidEnd(i, j) {
		return m.start, k, true
	}
	return m.end, k, true
}

// saidEnd reports whether the words between i and j say that the whole period is
// meant: "until the end of Monday".
func (p *parser) saidEnd(i, j int) bool {
	for ; i < j; i++ {
		if p.at(i, "end") {
			return true
		}
	}
	return false
}

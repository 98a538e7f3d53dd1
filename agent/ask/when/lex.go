package when

import (
	"strings"
	"time"
	"unicode"

	pipewright "github.com/pipewright/pipewright"
)

// token is one word of the text with the bytes it came from.
type token struct {
	word       string // lower case, typos of time words mended
	start, end int
	used       bool
}

// parser holds one text while it is read.
type parser struct {
	toks     []token
	now      time.Time
	prev     *pipewright.Window
	future   bool // clock times lie ahead, not behind
	relative bool
	found    []item
}

// lex splits a text into words. A word keeps the signs that identifiers, clock
// times and dates are written with, so that orders_2 is one word and no number.
func lex(text string) []token {
	var toks []token
	start := -1
	flush := func(end int) {
		if start >= 0 {
			toks = appendWord(toks, text[start:end], start)
		}
		start = -1
	}
	for i, r := range text {
		if inWord(r) {
			if start < 0 {
				start = i
			}
			continue
		}
		flush(i)
	}
	flush(len(text))
	return toks
}

func inWord(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("_:.+-/'’", r)
}

// appendWord trims punctuation and splits "02:00-04:00" and "5pm-6pm" into three words.
func appendWord(toks []token, raw string, start int) []token {
	trimmed := strings.TrimLeft(raw, "'’.:+-/")
	start += len(raw) - len(trimmed)
	trimmed = strings.TrimRight(trimmed, "'’.:+-/")
	if trimmed == "" {
		return toks
	}
	w := strings.ToLower(trimmed)
	w = strings.TrimSuffix(strings.TrimSuffix(w, "'s"), "’s")
	if a, b, ok := strings.Cut(w, "-"); ok && clockShape.MatchString(a) && clockShape.MatchString(b) {
		return append(toks,
			token{word: a, start: start, end: start + len(a)},
			token{word: "to", start: start + len(a), end: start + len(a) + 1},
			token{word: b, start: start + len(a) + 1, end: start + len(trimmed)})
	}
	if full := shortened[w]; full != "" {
		w = full
	}
	if day := strings.TrimSuffix(w, "s"); day == "yesterday" || day == "today" || day == "tonight" {
		w = day
	}
	return append(toks, token{word: mend(w), start: start, end: start + len(trimmed)})
}

// word returns the word at i, "" outside the text.
func (p *parser) word(i int) string {
	if i < 0 || i >= len(p.toks) {
		return ""
	}
	return p.toks[i].word
}

// at reports whether the word at i is one of the words.
func (p *parser) at(i int, words ...string) bool {
	w := p.word(i)
	if w == "" {
		return false
	}
	for _, x := range words {
		if w == x {
			return true
		}
	}
	return false
}

// skip returns the first index from i on that is none of the words.
func (p *parser) skip(i int, words ...string) int {
	for p.at(i, words...) {
		i++
	}
	return i
}

// use marks words as understood.
func (p *parser) use(from, to int) {
	for i := from; i < to && i < len(p.toks); i++ {
		p.toks[i].used = true
	}
}

// spans returns the byte ranges of the used words, neighbours joined.
func (p *parser) spans() [][2]int {
	var out [][2]int
	joined := false
	for _, t := range p.toks {
		switch {
		case !t.used:
			joined = false
		case joined:
			out[len(out)-1][1] = t.end
		default:
			out, joined = append(out, [2]int{t.start, t.end}), true
		}
	}
	return out
}

// mendable are the time words whose typos are mended.
var mendable = []string{"yesterday", "today", "tonight", "tomorrow", "morning", "afternoon", "evening", "night",
	"hours", "minutes", "seconds", "weeks", "months", "since", "between", "until", "midnight", "overnight", "weekend",
	"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "minute", "hour"}

// lookalikes are English words one letter away from a time word.
var lookalikes = map[string]bool{"right": true, "might": true, "light": true, "sight": true, "fight": true, "tight": true,
	"eight": true, "knight": true, "house": true, "yours": true, "mouths": true, "weeds": true, "seeks": true, "horse": true,
	"warning": true, "mourning": true, "runday": true, "someday": true, "moths": true, "unlit": true, "mights": true,
	"nights": true, "mornings": true, "minuted": true, "tours": true, "fours": true, "second": true, "toady": true,
	"houses": true, "inutes": true}

// mend returns the time word that w is a misspelling of, or w.
func mend(w string) string {
	if _, known := unitWords[w]; len(w) < 5 || len(w) > 12 || known || lookalikes[w] {
		return w
	}
	for _, r := range w {
		if r < 'a' || r > 'z' {
			return w
		}
	}
	best, bestD := w, 3
	for _, m := range mendable {
		limit := 1
		if len(m) >= 8 {
			limit = 2
		}
		if d := distance(w, m); d <= limit && d < bestD {
			best, bestD = m, d
		}
	}
	return best
}

// distance is the optimal string alignment distance: insertions, deletions,
// substitutions and swaps of neighbours each cost one.
func distance(a, b string) int {
	prev2, prev, cur := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		cur[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			cur[j] = min(prev[j]+1, cur[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				cur[j] = min(cur[j], prev2[j-2]+1)
			}
		}
		prev2, prev, cur = prev, cur, prev2
	}
	return prev[len(b)]
}

// shortened are time words as people type them in a hurry.
var shortened = map[string]string{"nite": "night", "2nite": "tonight", "tonite": "tonight", "2day": "today", "tdy": "today", "yest": "yesterday", "ystrdy": "yesterday",
	"tmrw": "tomorrow", "tmr": "tomorrow", "tomoz": "tomorrow", "eve": "evening", "arvo": "afternoon", "arvos": "afternoon", "b4": "before", "thru": "through"}

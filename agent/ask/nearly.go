package ask

import (
	"slices"
	"strings"
	"unicode"

	pipewright "github.com/pipewright/pipewright"
)

// Names that are not spelled out: misspelled, or said by a part.

// numbers reports whether a lone number stands where a name ends: "worker 2", "box 2".
func (x *index) numbers(toks []token, i int) bool {
	t := toks[i]
	if t.use != free || i == 0 || x.words[t.word] == 0 || strings.ContainsFunc(t.word, unicode.IsLetter) {
		return false
	}
	before := toks[i-1]
	return before.use == asKind || before.use == asName || x.nameLike(before)
}

// closeToEnglish reports whether an English word is at least as close as d.
func closeToEnglish(w string, d int) bool {
	for _, f := range forms {
		if distance(w, f, d) <= d {
			return true
		}
	}
	return false
}

// fuzzy compares a run as a whole with every spelling.
func (x *index) fuzzy(run []token) []candidate {
	var b strings.Builder
	for _, t := range run {
		b.WriteString(squash(t.word))
	}
	s := b.String()
	limit := tolerance(s)
	if limit == 0 {
		return nil
	}
	var out []candidate
	for _, e := range x.entries {
		for i, name := range e.names {
			tried := min(limit, tolerance(name))
			d := distance(s, name, tried)
			if d > tried || d == 0 && i > 0 && len(run) == 1 {
				continue
			}
			full := x.aliases[name][slices.IndexFunc(x.aliases[name], func(c candidate) bool { return c.id == e.id })].score
			out = append(out, candidate{e.id, full * (1 - 0.1*float64(d))})
			break
		}
	}
	return closest(out)
}

// parts links words that are parts of names: "orders" of orders_etl. A word that is
// in no name makes the phrase the name of nothing.
func (x *index) parts(toks []token, i, j int) mention {
	m := take(toks, i, j-i, nil)
	var words []string
	for _, t := range toks[i:j] {
		words = append(words, pieces(t.word)...)
	}
	m.candidates = x.byWords(words)
	if len(m.candidates) == 0 {
		m.near = x.nearest(m.text)
		for k := i; k < j; k++ {
			toks[k].use = free // it may still be a word that a rule looks for
		}
	}
	return m
}

// byWords scores resources whose names hold all the words, by how much of the name
// they cover.
func (x *index) byWords(words []string) []candidate {
	var out []candidate
	for _, e := range x.entries {
		hit := 0.0
		for _, w := range words {
			h := wordIn(e, w)
			if h == 0 {
				hit = 0
				break
			}
			hit += h
		}
		if hit > 0 {
			out = append(out, candidate{e.id, 0.3 + 0.5*min(hit/float64(len(e.words)), 1)})
		}
	}
	return out
}

// wordIn says how well a word is one of the entry's: 1 exactly, less with a typo or
// as its system or type.
func wordIn(e entry, w string) float64 {
	top := 0.0
	for _, own := range e.words {
		switch {
		case own == w, own == singular(w), singular(own) == w:
			return 1
		case len(w) >= 4 && len(own) >= 4 && distance(w, own, 1) <= min(1, tolerance(own)):
			top = max(top, 0.8)
		case len(w) >= 8 && distance(w, own, 2) <= 2:
			top = max(top, 0.6)
		}
	}
	return top
}

// nearestWord is the word of any name that is closest to w.
func (x *index) nearestWord(w string) (string, int) {
	word, d := "", 99
	for _, own := range sortedKeys(x.words) {
		if n := distance(w, own, 3); n < d {
			word, d = own, n
		}
	}
	return word, d
}

// nearest lists up to four resources whose names come closest to a text.
func (x *index) nearest(text string) []pipewright.ResourceID {
	s, words := squash(text), pieces(text)
	var out []candidate
	for _, e := range x.entries {
		top := 0.0
		for _, name := range e.names {
			l := max(len(s), len(name))
			top = max(top, 1-float64(distance(s, name, l))/float64(l))
		}
		for _, w := range words {
			if wordIn(e, w) > 0 {
				top += 0.25
			}
		}
		if top >= 0.45 {
			out = append(out, candidate{e.id, top})
		}
	}
	slices.SortStableFunc(out, func(a, b candidate) int {
		switch {
		case a.score > b.score:
			return -1
		case a.score < b.score:
			return 1
		}
		return strings.Compare(string(a.id), string(b.id))
	})
	var ids []pipewright.ResourceID
	for _, c := range out[:min(4, len(out))] {
		ids = append(ids, c.id)
	}
	return ids
}

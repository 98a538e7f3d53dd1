package ask

import (
	"slices"
	"strings"
	"unicode"

	pipewright "github.com/pipewright/pipewright"
)

// candidate is a resource that a mention may mean, with how well it fits: 1 is its
// full name, more is its full id, less is a part of its name or a misspelling.
type candidate struct {
	id    pipewright.ResourceID
	score float64
}

// mention is a run of words that names a resource. Without candidates it names
// something that was never observed; near then holds what comes closest.
type mention struct {
	text       string
	at         []int // tokens
	candidates []candidate
	near       []pipewright.ResourceID
}

// exact finds the mentions that are spelled right, longest first, and marks their
// words. "orders etl", "orders-etl" and "Orders_ETL" are spelled right.
func (x *index) exact(toks []token) []mention {
	var out []mention
	for n := min(6, len(toks)); n >= 1; n-- {
		for i := 0; i+n <= len(toks); i++ {
			if c := x.spelled(toks[i : i+n]); c != nil {
				out = append(out, take(toks, i, n, c))
			}
		}
	}
	return out
}

// spelled looks up one run of free words.
func (x *index) spelled(run []token) []candidate {
	var b strings.Builder
	for i, t := range run {
		if t.use != free || len(run) > 1 && glue[t.word] {
			return nil
		}
		if i > 0 && t.start == run[i-1].start {
			return nil // halves of a contraction
		}
		b.WriteString(squash(t.word))
	}
	c := x.aliases[b.String()]
	if len(run) == 1 && len(c) > 0 && !identifier(run[0].word) {
		if _, known := spelling(run[0].word); known && (commonWords[run[0].word] || lexicon[run[0].word] != nil) {
			return nil // an English word: names it only with its kind beside it
		}
		if _, said := x.vocab[run[0].word]; said {
			return nil
		}
	}
	if len(run) > 1 && len(c) > 0 && slices.IndexFunc(run, func(t token) bool { return !commonWords[t.word] && lexicon[t.word] == nil }) < 0 && best(c) < 1 {
		return nil
	}
	return c
}

// glue are words that no name of several words is written across.
var glue = wordSet("a an the of in on at to for by with and or is are was were did do does has have had why what when who how which it that this")

func take(toks []token, i, n int, c []candidate) mention {
	m := mention{candidates: c}
	var words []string
	for j := i; j < i+n; j++ {
		toks[j].use = asName
		m.at = append(m.at, j)
		words = append(words, toks[j].word)
	}
	m.text = strings.Join(words, " ")
	return m
}

func best(c []candidate) float64 {
	top := 0.0
	for _, x := range c {
		top = max(top, x.score)
	}
	return top
}

// english reports whether a word is known without the names of resources.
func english(w string) bool { return commonWords[w] || lexicon[w] != nil }

// rest finds the mentions among the words that are left: misspelled names, parts of
// names, and names of nothing that was observed.
func (x *index) rest(toks []token) []mention {
	var out []mention
	for i := 0; i < len(toks); i++ {
		if toks[i].quoted && len(toks) > 1 || !x.nameLike(toks[i]) && !x.numbers(toks, i) {
			continue
		}
		j := i
		for j < len(toks) && (x.nameLike(toks[j]) || x.numbers(toks, j)) {
			j++
		}
		out = append(out, x.phrase(toks, i, j)...)
		i = j
	}
	return x.gather(out)
}

// numbers reports whether a lone number stands where a name ends: "worker 2", "box 2".
func (x *index) numbers(toks []token, i int) bool {
	t := toks[i]
	if t.use != free || i == 0 || x.words[t.word] == 0 || strings.ContainsFunc(t.word, unicode.IsLetter) {
		return false
	}
	before := toks[i-1]
	return before.use == asKind || before.use == asName || x.nameLike(before)
}

// nameLike reports whether a free word can be part of a name.
func (x *index) nameLike(t token) bool {
	if t.use != free || !strings.ContainsFunc(t.word, unicode.IsLetter) {
		return false
	}
	if english(t.word) {
		return false
	}
	if x.words[t.word] > 0 || x.words[singular(t.word)] > 0 {
		return true
	}
	if _, known := spelling(t.word); known { // a misspelled English word, unless a name is closer
		_, d := x.nearestWord(t.word)
		return d <= 1 && len(t.word) >= 5 && !closeToEnglish(t.word, d)
	}
	return true
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

// phrase links a run of words that may name one resource, or several one after another.
func (x *index) phrase(toks []token, i, j int) []mention {
	for n := j - i; n >= 1; n-- {
		for k := i; k+n <= j; k++ {
			c := x.fuzzy(toks[k : k+n])
			if c == nil {
				continue
			}
			out := []mention{take(toks, k, n, c)}
			if k > i {
				out = append(x.phrase(toks, i, k), out...)
			}
			if k+n < j {
				out = append(out, x.phrase(toks, k+n, j)...)
			}
			return out
		}
	}
	return []mention{x.parts(toks, i, j)}
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

// closest keeps the candidates near the best one.
func closest(c []candidate) []candidate {
	top := best(c)
	return slices.DeleteFunc(c, func(x candidate) bool { return x.score < top-0.05 })
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

// gather joins mentions of single words that are scattered over the question but
// spell one name together: "zebra … sync".
func (x *index) gather(ms []mention) []mention {
	if len(ms) < 2 {
		return ms
	}
	var words []string
	var at []int
	for _, m := range ms {
		words = append(words, pieces(m.text)...)
		at = append(at, m.at...)
	}
	for _, e := range x.entries {
		if len(e.words) != len(words) || len(words) < 2 {
			continue
		}
		if whole := x.byWords(words); len(whole) > 0 && best(whole) > 0.7 {
			slices.Sort(at)
			return []mention{{text: strings.Join(words, " "), at: at, candidates: closest(whole)}}
		}
	}
	return ms
}

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

// closest keeps the candidates near the best one.
func closest(c []candidate) []candidate {
	top := best(c)
	return slices.DeleteFunc(c, func(x candidate) bool { return x.score < top-0.05 })
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

package block

import (
	"bytes"
	"hash/fnv"
	"strconv"
	"unicode/utf8"
)

// RunTerm is what the index holds for a run. It begins with a mark that is in no word.
func RunTerm(run string) string {
	h := fnv.New64a()
	_, _ = h.Write([]byte(run)) // never fails
	return "\u0081" + strconv.FormatUint(h.Sum64(), 36)
}

// Phrase is words that stand after each other in a text.
type Phrase struct {
	words  [][]byte
	hashes []uint64
	prefix bool // words that begin like the last one fit, too
}

// NewPhrase cuts a text into its words.
func NewPhrase(text string, prefix bool) Phrase {
	p := Phrase{prefix: prefix}
	s := scanner{text: text}
	for s.next() {
		p.words = append(p.words, bytes.Clone(s.word))
		p.hashes = append(p.hashes, hash(s.word))
	}
	return p
}

// Empty reports whether there is nothing to look for.
func (p Phrase) Empty() bool { return len(p.words) == 0 }

// Terms is an expression of FTS5 for the blocks that hold all words of the phrase, which
// must have some.
func (p Phrase) Terms() string {
	var out []byte
	for i, w := range p.words {
		if i > 0 {
			out = append(out, " AND "...)
		}
		out = append(append(append(out, '"'), indexed(w)...), '"')
		if p.prefix && i == len(p.words)-1 {
			out = append(out, '*')
		}
	}
	return string(out)
}

// Finder looks for phrases in texts. It keeps its buffers between calls and is for one
// goroutine.
type Finder struct {
	phrases []Phrase
	telling [][]byte // the longest word of each phrase
	lower   []byte
	scan    scanner
	text    []byte // the words of a text, folded
	words   []found
	counts  []int
}

type found struct {
	from, to int
	hash     uint64
}

// NewFinder looks for the phrases.
func NewFinder(phrases []Phrase) *Finder {
	f := &Finder{phrases: phrases, counts: make([]int, len(phrases))}
	for _, p := range phrases {
		var longest []byte
		for _, w := range p.words {
			if len(w) > len(longest) {
				longest = w
			}
		}
		f.telling = append(f.telling, longest)
	}
	return f
}

// may is a quick look before Find: how many of the phrases a text holds at most.
func (f *Finder) may(text string) (n int) {
	if cap(f.lower) < len(text) {
		f.lower = make([]byte, len(text)+len(text)/2)
	}
	lower, marks := f.lower[:len(text)], byte(0)
	for i := range len(text) {
		c := text[i]
		marks |= c
		lower[i] = lowered[c]
	}
	if marks >= utf8.RuneSelf { // letters may lose their diacritics
		return len(f.phrases)
	}
	for _, w := range f.telling {
		if bytes.Contains(lower, w) {
			n++
		}
	}
	return n
}

var lowered = func() (to [256]byte) {
	for c := range to {
		to[c] = byte(c) //nolint:gosec // under 256
		if c >= 'A' && c <= 'Z' {
			to[c] += 'a' - 'A'
		}
	}
	return to
}()

// Find counts how often each phrase occurs in a text, and the words of the text. The
// counts are valid until the next call.
func (f *Finder) Find(text string) (counts []int, words int) {
	f.scan.reset(text)
	f.text, f.words = f.text[:0], f.words[:0]
	for f.scan.next() {
		from := len(f.text)
		f.text = append(f.text, f.scan.word...)
		f.words = append(f.words, found{from, len(f.text), hash(f.scan.word)})
	}
	for i := range f.phrases {
		f.counts[i] = f.count(&f.phrases[i])
	}
	return f.counts, len(f.words)
}

// MayHold reports whether a text can hold one of the phrases: a quick look before Find.
func (f *Finder) MayHold(text string) bool { return f.may(text) > 0 }

// Holds reports whether a text holds all phrases.
func (f *Finder) Holds(text string) bool {
	if f.may(text) < len(f.phrases) {
		return false
	}
	counts, _ := f.Find(text)
	for _, n := range counts {
		if n == 0 {
			return false
		}
	}
	return true
}

func (f *Finder) count(p *Phrase) (n int) {
	for i := 0; i+len(p.words) <= len(f.words); i++ {
		if f.at(p, i) {
			n++
		}
	}
	return n
}

// at reports whether the phrase stands at the i-th word.
func (f *Finder) at(p *Phrase, i int) bool {
	for k, w := range p.words {
		have := f.words[i+k]
		if p.prefix && k == len(p.words)-1 {
			return bytes.HasPrefix(f.text[have.from:have.to], w)
		}
		if have.hash != p.hashes[k] || string(f.text[have.from:have.to]) != string(w) {
			return false
		}
	}
	return len(p.words) > 0
}

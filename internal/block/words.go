package block

import (
	"encoding/binary"
	"math/bits"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// scanner cuts a text into words: runs of letters, numbers and private use, in lower case
// and without diacritics. Every other mark separates words, as SQLite's unicode61
// tokeniser (remove_diacritics 2) has it.
type scanner struct {
	text string
	at   int
	word []byte // the word found last, valid until the next
}

// folded is the lower case of ASCII letters and digits, 0 for what separates words.
var folded = func() (to [utf8.RuneSelf]byte) {
	for c := range to {
		switch b := byte(c); { //nolint:gosec // under 128
		case b >= 'A' && b <= 'Z':
			to[c] = b + 'a' - 'A'
		case b >= 'a' && b <= 'z', b >= '0' && b <= '9':
			to[c] = b
		}
	}
	return to
}()

func (s *scanner) reset(text string) { s.text, s.at = text, 0 }

func (s *scanner) next() bool {
	text, i, word := s.text, s.at, s.word[:0]
	for i < len(text) {
		c := text[i]
		if c >= utf8.RuneSelf {
			s.at, s.word = i, word
			return s.slow()
		}
		f := folded[c]
		i++
		if f != 0 {
			word = append(word, f)
			continue
		}
		if len(word) > 0 {
			break
		}
	}
	s.at, s.word = i, word
	return len(word) > 0
}

// slow goes on with a word, or what may be before one, where text is not ASCII.
func (s *scanner) slow() bool {
	for s.at < len(s.text) {
		r, n := utf8.DecodeRuneInString(s.text[s.at:])
		s.at += n
		switch {
		case r < utf8.RuneSelf && folded[r] != 0:
			s.word = append(s.word, folded[r])
		case r >= utf8.RuneSelf && inWord(r):
			s.word = appendFolded(s.word, r)
		case len(s.word) > 0 && !diacritic(r):
			return true
		}
	}
	return len(s.word) > 0
}

func inWord(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.Is(unicode.Co, r)
}

// diacritic reports a mark that belongs to the letter before it and is left out.
func diacritic(r rune) bool { return r >= 0x300 && r <= 0x36f }

func appendFolded(word []byte, r rune) []byte {
	from := len(word)
	for _, d := range norm.NFD.String(string(unicode.ToLower(r))) {
		if !diacritic(d) {
			word = utf8.AppendRune(word, d)
		}
	}
	if len(word) == from { // never empty: a letter is a letter
		word = utf8.AppendRune(word, r)
	}
	return word
}

// hash tells words apart quickly; equal words have equal hashes.
func hash(word []byte) uint64 {
	h := uint64(len(word)) * 0x9e3779b97f4a7c15
	for len(word) >= 8 {
		h = mix(h ^ binary.LittleEndian.Uint64(word))
		word = word[8:]
	}
	tail := uint64(0)
	for i := len(word) - 1; i >= 0; i-- {
		tail = tail<<8 | uint64(word[i])
	}
	return mix(h ^ tail)
}

func mix(x uint64) uint64 {
	hi, lo := bits.Mul64(x, 0xbf58476d1ce4e5b9)
	return hi ^ lo ^ x>>32
}

// longest is how many bytes of a word the index holds. What follows is compared when the
// records of a block are looked through.
const longest = 64

// indexed is the part of a word that the index holds, of whole characters.
func indexed(word []byte) []byte {
	if len(word) <= longest {
		return word
	}
	n := longest
	for n > 0 && !utf8.RuneStart(word[n]) {
		n--
	}
	return word[:n]
}

// Words collects the distinct words of a block. It keeps its table between calls and is for
// one goroutine.
type Words struct {
	scan  scanner
	slots []slot // a power of two of them
	round uint32 // slots of other rounds are free
	out   []byte
	met   []met    // each distinct word, in the order in which they occur
	said  []uint32 // the words of all records as they come: numbers in met
	ends  []int    // where each record ends in said
	outliner
}

type slot struct {
	round uint32
	word  uint32 // in met
}

// met is a distinct word of a block, or a term for a run.
type met struct {
	from, to uint32 // in out
	hash     uint64
	records  uint32 // that hold it
	last     uint32 // the newest of them, counted from 1
	digit    bool   // one is in it
	cut      bool   // it is longer than what the index holds
}

// Of returns the distinct words of the records, and a term for each run, between spaces, in
// the order in which they occur; and how many words the records have in all.
func (w *Words) Of(lines []Line) (terms string, n int) {
	if w.slots == nil {
		w.slots = make([]slot, 1<<12)
	}
	w.round, w.out, w.met, w.said, w.ends = w.round+1, w.out[:0], w.met[:0], w.said[:0], w.ends[:0]
	run := ""
	for i := range lines {
		if lines[i].Run != run {
			if run = lines[i].Run; run != "" {
				w.add([]byte(RunTerm(run)))
			}
		}
		w.scan.reset(lines[i].Text)
		for w.scan.next() {
			at := w.add(indexed(w.scan.word))
			m := &w.met[at]
			if m.last != uint32(i+1) { //nolint:gosec // a block is short
				m.last = uint32(i + 1) //nolint:gosec // likewise
				m.records++
			}
			m.cut = m.cut || len(w.scan.word) > longest
			w.said = append(w.said, at)
		}
		w.ends = append(w.ends, len(w.said))
	}
	return string(w.out), len(w.said)
}

// add returns the number of a word.
func (w *Words) add(word []byte) uint32 {
	h := hash(word)
	mask := uint64(len(w.slots) - 1)
	at := h & mask
	for ; w.slots[at].round == w.round; at = (at + 1) & mask {
		if m := &w.met[w.slots[at].word]; m.hash == h && string(w.out[m.from:m.to]) == string(word) {
			return w.slots[at].word
		}
	}
	if len(w.out) > 0 {
		w.out = append(w.out, ' ')
	}
	from := len(w.out)
	w.out = append(w.out, word...)
	number := uint32(len(w.met))                                                                             //nolint:gosec // a block is far shorter than 4 GiB
	w.met = append(w.met, met{from: uint32(from), to: uint32(len(w.out)), hash: h, digit: holdsDigit(word)}) //nolint:gosec // likewise
	w.slots[at] = slot{w.round, number}
	if len(w.met)*2 > len(w.slots) {
		w.grow()
	}
	return number
}

func holdsDigit(word []byte) bool {
	for _, c := range word {
		if c >= '0' && c <= '9' {
			return true
		}
	}
	return false
}

func (w *Words) grow() {
	w.slots = make([]slot, 2*len(w.slots))
	mask := uint64(len(w.slots) - 1)
	for i := range w.met {
		at := w.met[i].hash & mask
		for w.slots[at].round == w.round {
			at = (at + 1) & mask
		}
		w.slots[at] = slot{w.round, uint32(i)} //nolint:gosec // likewise
	}
}

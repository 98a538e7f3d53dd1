package retrieval

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	packHits   = 200 // hits that a pack chooses from
	ofEach     = 2   // documents of one meaning that come before the rest
	maxExcerpt = 160 // tokens of one document; a longer one keeps its head and tail
	omission   = "\n[...]\n"
)

// Passage is a document as it goes to a model, or its head and tail.
type Passage struct {
	Hit    Hit
	Text   string
	Tokens int
	Cut    bool // the middle was left out
}

// Pack is the best evidence within budget tokens, best first. With up to half of the
// budget it takes the best two documents of each meaning, so that ten thousand lines of
// one template cannot crowd out the one line that answers; the rest it fills up by
// score. Equal texts come once.
func (x *Index) Pack(q Query, budget int) ([]Passage, error) {
	ranked, err := x.rank(q)
	if err != nil {
		return nil, err
	}
	p := pack{index: x, left: budget, texts: map[string]bool{}}
	taken := map[int]int{} // by meaning
	for round := 1; round <= ofEach; round++ {
		for _, s := range ranked {
			if m := x.meaning[s.doc]; taken[m] < round && p.new(s) {
				p.take(s, budget/2)
				taken[m] = round
			}
		}
	}
	for _, s := range ranked[:min(len(ranked), packHits)] {
		p.take(s, 0)
	}
	slices.SortStableFunc(p.out, func(a, b Passage) int { return cmp.Compare(b.Hit.Score, a.Hit.Score) })
	return p.out, nil
}

// pack is a Pack in the making.
type pack struct {
	index *Index
	left  int
	texts map[string]bool
	out   []Passage
}

// new reports whether the text of a document is not in the pack.
func (p *pack) new(s scored) bool { return !p.texts[p.index.docs[s.doc].Text] }

// take puts a document into the pack if that leaves reserve tokens.
func (p *pack) take(s scored, reserve int) {
	if !p.new(s) {
		return
	}
	one := passage(p.index.hit(s))
	if one.Tokens > p.left-reserve {
		return
	}
	p.texts[one.Hit.Document.Text] = true
	p.left -= one.Tokens
	p.out = append(p.out, one)
}

// passage cuts a document to its excerpt: whole lines from its head and its tail, never a
// part of a line unless a line alone is too long, and then at a space, so that no
// placeholder of a secret is cut in two.
func passage(h Hit) Passage {
	text := h.Document.Text
	n := Tokens(text)
	if n <= maxExcerpt {
		return Passage{Hit: h, Text: text, Tokens: n}
	}
	head, rest := takeHead(text, maxExcerpt/2)
	tail := takeTail(rest, maxExcerpt/2)
	text = head + omission + tail
	return Passage{Hit: h, Text: text, Tokens: Tokens(text), Cut: true}
}

// takeHead cuts the largest beginning of at most n tokens that ends at a line end, or
// else at a space.
func takeHead(s string, n int) (head, rest string) {
	end := 0
	for _, sep := range []string{"\n", " "} {
		for i := 0; i < len(s); {
			j := strings.Index(s[i:], sep)
			if j < 0 || Tokens(s[:i+j]) > n {
				break
			}
			end = i + j
			i = end + 1
		}
		if end > 0 {
			break
		}
	}
	return s[:end], s[end:]
}

// takeTail is the largest end of at most n tokens that begins after a line end, or else
// after a space.
func takeTail(s string, n int) string {
	for _, sep := range []string{"\n", " "} {
		start := len(s)
		for i := len(s); i > 0; {
			j := strings.LastIndex(s[:i], sep)
			if j < 0 || Tokens(s[j+1:]) > n {
				break
			}
			start, i = j+1, j
		}
		if start < len(s) {
			return s[start:]
		}
	}
	return ""
}

// Tokens estimates how many tokens a model makes of a text, rather too many than too
// few: one for every four letters of a word, three digits of a number, and each mark.
func Tokens(s string) int {
	n, letters, digits := 0, 0, 0
	flush := func() {
		n += (letters+3)/4 + (digits+2)/3
		letters, digits = 0, 0
	}
	for _, r := range s {
		switch {
		case r >= '0' && r <= '9':
			if letters > 0 {
				flush()
			}
			digits++
		case r == ' ':
			flush()
		case r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z':
			if digits > 0 {
				flush()
			}
			letters++
		case r < utf8.RuneSelf:
			flush()
			n++
		default:
			flush()
			n += 2
		}
	}
	flush()
	return n
}

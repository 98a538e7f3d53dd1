package catalogue

import (
	"fmt"
	"strings"
)

// vocabulary is what log lines can say, as far as the signatures can tell them
// apart: two lines that the same signatures match say the same. Its words are
// made of the signatures' own examples.
type vocabulary struct {
	signatures []signature
	words      []string       // their names, in order of first example; the last is strange
	of         map[string]int // by which signatures match
	claims     map[string][]float64
}

type signature struct {
	cause string
	match string // what its example matches
	LogSignature
}

// strange is the word for lines that no signature matches.
const strange = "strange"

func newVocabulary(c *Catalogue) vocabulary {
	v := vocabulary{of: map[string]int{}, claims: map[string][]float64{}}
	for _, cause := range c.Causes {
		for _, s := range cause.Shows.Logs {
			v.signatures = append(v.signatures, signature{cause: cause.Name, LogSignature: s})
		}
	}
	for i := range v.signatures {
		s := &v.signatures[i]
		s.match = v.match(s.Example)
		if _, known := v.of[s.match]; !known {
			v.of[s.match] = len(v.words)
			v.words = append(v.words, fmt.Sprintf("%d %s", len(v.words), s.cause))
		}
	}
	v.words = append(v.words, strange)
	for _, s := range v.signatures {
		v.claim(s)
	}
	return v
}

// match says which signatures match a line, a letter each; "" when none does.
func (v *vocabulary) match(line string) string {
	var b strings.Builder
	any := false
	for _, s := range v.signatures {
		if s.Matches(line) {
			b.WriteByte('x')
			any = true
		} else {
			b.WriteByte('.')
		}
	}
	if !any {
		return ""
	}
	return b.String()
}

// claim gives each word that a signature matches its level.
func (v *vocabulary) claim(s signature) {
	if v.claims[s.cause] == nil {
		v.claims[s.cause] = make([]float64, len(v.words))
	}
	row := v.claims[s.cause]
	for _, other := range v.signatures {
		if s.Matches(other.Example) {
			w := v.of[other.match]
			row[w] = max(row[w], s.Level.P())
		}
	}
}

// elsewhere is the share of lines that say something no signature of the cause
// claims: other words, strange ones.
const elsewhere = .2

func (v *vocabulary) look() Look {
	return Look{"log", v.words, func(c *Cause) []float64 {
		out, sum := make([]float64, len(v.words)), 0.0
		for _, level := range v.claims[c.Name] {
			sum += level
		}
		for w := range out {
			out[w] = elsewhere * .75 / float64(len(out)-1)
			if w == len(out)-1 {
				out[w] = elsewhere * .25
			}
			if sum > 0 {
				out[w] += (1 - elsewhere) * v.claims[c.Name][w] / sum
			}
		}
		return normal(out)
	}}
}

func normal(p []float64) []float64 {
	sum := 0.0
	for _, x := range p {
		sum += x
	}
	for i := range p {
		p[i] /= sum
	}
	return p
}

// read is the word of the first line that says something; "" when nothing does.
// A line that a new mix of signatures matches says what the nearest word says.
func (v *vocabulary) read(lines []string, match func(string) string) string {
	for _, line := range lines {
		m := match(line)
		if m == "" {
			continue
		}
		if w, known := v.of[m]; known {
			return v.words[w]
		}
		return v.words[v.nearest(m)]
	}
	return ""
}

// nearest is the word of which most signatures are shared (Jaccard), of equals
// the first.
func (v *vocabulary) nearest(m string) int {
	best, word := -1.0, len(v.words)-1
	for _, s := range v.signatures {
		known := s.match
		both, either := 0.0, 0.0
		for i := range m {
			if m[i] == 'x' || known[i] == 'x' {
				either++
				if m[i] == known[i] {
					both++
				}
			}
		}
		if both/either > best {
			best, word = both/either, v.of[known]
		}
	}
	return word
}

package redact

import (
	"errors"
	"strings"
	"sync"
	"sync/atomic"
)

// minSalt is the shortest salt, in bytes, that New accepts.
const minSalt = 16

// maxPasses bounds how often Text looks again at its own output. One pass is
// enough for ordinary text; hostile text can uncover a value by hiding another.
const maxPasses = 6

// Redactor replaces confidential values. It is safe for concurrent use.
type Redactor struct {
	salt   []byte
	rules  []rule
	custom []custom
	scan   *automaton

	mu    sync.Mutex // serialises Remember
	known atomic.Pointer[memory]
}

// Finding says where a confidential value stands: s[Start:End], in bytes. It never holds the value.
type Finding struct {
	Kind       string
	Start, End int
}

// compiled is the built-in rules with their automaton, which takes tens of milliseconds to build: once a process.
var compiled = sync.OnceValues(func() ([]rule, *automaton) {
	rules := builtin()
	return rules, newAutomaton(rules)
})

// New returns a Redactor whose placeholders depend on salt (at least 16 bytes,
// kept with the store: another salt gives other placeholders). Custom patterns
// are looked for beside the built-in kinds.
func New(salt []byte, patterns ...Pattern) (*Redactor, error) {
	if len(salt) < minSalt {
		return nil, errors.New("make redactor: the salt must have at least 16 bytes")
	}
	r := &Redactor{salt: append([]byte(nil), salt...)}
	r.rules, r.scan = compiled()
	for _, p := range patterns {
		c, err := p.compile()
		if err != nil {
			return nil, err
		}
		r.custom = append(r.custom, c)
	}
	r.known.Store(&memory{})
	return r, nil
}

// Kinds lists the built-in kinds that Find can report, in a fixed order, each once.
func (r *Redactor) Kinds() []string { return kindNames(r.rules) }

// Text returns s without confidential values, and how many were replaced.
func (r *Redactor) Text(s string) (string, int) {
	total := 0
	for range maxPasses {
		found := r.spans(s)
		n := countValues(found)
		if n == 0 {
			break
		}
		s = r.replace(s, found, n)
		total += n
	}
	return s, total
}

// Find says where the confidential values of s stand, in order and without overlap. In
// hostile text, Text can find more once these are hidden.
func (r *Redactor) Find(s string) []Finding {
	var out []Finding
	for _, f := range r.spans(s) {
		if !f.skip() {
			out = append(out, Finding{Kind: f.kind, Start: f.start, End: f.end})
		}
	}
	return out
}

// Pair cleans the value of a decoded name/value pair (an environment variable, a
// header, a setting): the whole value when the name is a sensitive one, else
// what Text finds in it.
func (r *Redactor) Pair(name, value string) (string, int) {
	kind := nameKind(name)
	if kind == "" || harmless(value) {
		return r.Text(value)
	}
	whole := span{start: 0, end: len(value), kind: kind, label: secretLabel}
	return r.replace(value, []span{whole}, 1), 1
}

func (r *Redactor) replace(s string, found []span, n int) string {
	var b strings.Builder
	b.Grow(len(s) + n*8)
	at := 0
	for _, f := range found {
		if f.skip() {
			continue
		}
		b.WriteString(s[at:f.start])
		b.WriteString(r.placeholder(f, s[f.start:f.end]))
		at = f.end
	}
	b.WriteString(s[at:])
	return b.String()
}

func countValues(found []span) int {
	n := 0
	for _, f := range found {
		if !f.skip() {
			n++
		}
	}
	return n
}

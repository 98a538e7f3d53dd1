package template

import (
	"encoding/json"
	"io"

	pipewright "github.com/pipewright/pipewright"
)

// stateVersion changes when what a saved shape means does.
const stateVersion = 2

// savedState is a Miner as JSON.
type savedState struct {
	Version int          `json:"version"`
	Shapes  []savedShape `json:"shapes"` // oldest first
}

type savedShape struct {
	Birth    string       `json:"birth"`
	Born     int64        `json:"born,omitempty"`
	Pattern  []savedToken `json:"pattern,omitempty"` // absent: the tokens of Birth
	Count    uint64       `json:"count"`
	First    int64        `json:"first,omitempty"`
	Last     int64        `json:"last,omitempty"`
	Level    Level        `json:"level,omitempty"`
	Examples []string     `json:"examples,omitempty"`
	Values   [][]string   `json:"values,omitempty"`
	Start    int64        `json:"start,omitempty"`
	Width    int64        `json:"width,omitempty"`
	Rate     []uint32     `json:"rate,omitempty"`
}

type savedToken struct {
	Text  string `json:"t,omitempty"`
	Space string `json:"s,omitempty"`
	Punct bool   `json:"p,omitempty"`
}

// Save writes the state of the miner. Refs do not survive it; ids do.
func (m *Miner) Save(w io.Writer) error { return m.SaveSince(w, 0) }

// SaveSince writes the part of the state that came with the refs from one on, each of its
// shapes as it is now. States that are loaded one after the other are one; those from
// before a fold (see Folds) are not needed any more.
func (m *Miner) SaveSince(w io.Writer, from Ref) error {
	state := savedState{Version: stateVersion}
	for _, s := range m.alive() {
		if s.ref >= from {
			state.Shapes = append(state.Shapes, s.saved())
		}
	}
	if err := json.NewEncoder(w).Encode(state); err != nil {
		return pipewright.Errorf(pipewright.Unavailable, "save the templates: %w", err)
	}
	return nil
}

func (s *shape) saved() savedShape {
	out := savedShape{Birth: encode(s.birth), Born: s.born, Count: s.count, First: s.first, Last: s.last, Level: s.level, Examples: s.examples, Values: s.values}
	if s.rate.width > 0 {
		out.Start, out.Width, out.Rate = s.rate.start, s.rate.width, s.rate.n[:]
	}
	for _, t := range s.tokens {
		if s.pattern {
			out.Pattern = append(out.Pattern, savedToken{encode(t.text), t.space, t.punct})
		}
	}
	return out
}

// Load takes a saved state into an empty miner, or into one that has lines: so the
// miners of replicas become one, whose templates are those of all their lines.
func (m *Miner) Load(r io.Reader) error {
	var state savedState
	if err := json.NewDecoder(r).Decode(&state); err != nil {
		return pipewright.Errorf(pipewright.Invalid, "load the templates: %w", err)
	}
	if state.Version != stateVersion {
		return pipewright.Errorf(pipewright.Invalid, "load the templates: they were saved in version %d, this is version %d: mine them anew", state.Version, stateVersion)
	}
	for _, saved := range state.Shapes {
		if err := m.take(saved); err != nil {
			return err
		}
	}
	if m.live > m.max {
		m.fold()
	}
	return nil
}

// take adds a saved shape, or its counts to the one of its kind.
func (m *Miner) take(saved savedShape) error {
	s := saved.shape()
	if len(saved.Rate) > buckets || saved.Width < 0 || len(saved.Values) > len(s.tokens) {
		return pipewright.Errorf(pipewright.Invalid, "load the templates: the shape %q is damaged: mine them anew", saved.Birth)
	}
	if old := m.twin(s); old != nil {
		old.values = gather(old.tokens, []*shape{old, s})
		old.absorb(&s.stats)
		if s.born < old.born {
			old.born, old.birth = s.born, s.birth
		}
		return nil
	}
	m.enter(s)
	return nil
}

// twin is the shape with the tokens of s, nil when there is none.
func (m *Miner) twin(s *shape) *shape {
	if !s.pattern {
		if ref, ok := m.index[s.birth]; ok {
			return m.shapes[ref]
		}
		return nil
	}
	for _, ref := range m.patterns[skeleton(s.tokens)] {
		if plain(m.shapes[ref].tokens) == plain(s.tokens) {
			return m.shapes[ref]
		}
	}
	return nil
}

func (saved savedShape) shape() *shape {
	s := &shape{birth: decode(saved.Birth), born: saved.Born, pattern: len(saved.Pattern) > 0}
	s.count, s.first, s.last, s.level, s.examples, s.values = saved.Count, saved.First, saved.Last, saved.Level, saved.Examples, saved.Values
	if saved.Width > 0 {
		s.rate.start, s.rate.width = saved.Start, saved.Width
		copy(s.rate.n[:], saved.Rate)
	}
	if !s.pattern {
		s.tokens = tokenise(s.birth)
		return s
	}
	for _, t := range saved.Pattern {
		s.tokens = append(s.tokens, token{text: decode(t.Text), space: t.Space, punct: t.Punct})
	}
	numberHoles(s.tokens)
	return s
}

// encode spells a text so that JSON, which knows no bytes beyond UTF-8, keeps it:
// each byte becomes the rune of its number.
func encode(s string) string {
	out := make([]rune, len(s))
	for i := range len(s) {
		out[i] = rune(s[i])
	}
	return string(out)
}

func decode(s string) string {
	var out []byte
	for _, r := range s {
		out = append(out, byte(r))
	}
	return string(out)
}

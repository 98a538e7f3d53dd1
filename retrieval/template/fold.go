package template

import (
	"slices"
	"strings"
)

// fold makes room: the shapes of each template become one pattern. If they are too
// many still, the rarest are put together by their first word.
func (m *Miner) fold() {
	m.folds++
	all := m.alive()
	m.rebuild(all, clusters(all))
	if m.live > m.max*3/4 {
		all = m.alive()
		m.rebuild(all, m.crowd(all))
	}
}

func clusters(all []*shape) []*cluster {
	toks := make([][]token, len(all))
	for i, s := range all {
		toks[i] = s.tokens
	}
	return consolidate(toks)
}

// rebuild folds the shapes of each cluster into its oldest.
func (m *Miner) rebuild(all []*shape, cs []*cluster) {
	clear(m.recent)
	clear(m.patterns)
	clear(m.index)
	m.live = 0
	for _, c := range cs {
		s := m.unite(all, c)
		m.live++
		if !s.pattern {
			m.index[s.birth] = s.ref
			continue
		}
		k := skeleton(s.tokens)
		m.patterns[k] = append(m.patterns[k], s.ref)
	}
	for i, s := range m.shapes { // so that what was folded is freed
		m.shapes[i] = s.end()
	}
}

// unite folds the shapes of a cluster into its oldest.
func (m *Miner) unite(all []*shape, c *cluster) *shape {
	s := all[c.members[0]]
	if len(c.members) == 1 {
		return s
	}
	members := make([]*shape, len(c.members))
	for k, i := range c.members {
		members[k] = all[i]
	}
	values := gather(c.tokens, members)
	for _, o := range members[1:] {
		s.absorb(&o.stats)
		o.into, o.tokens, o.stats = s, nil, stats{}
	}
	s.tokens, s.values, s.pattern = numberHoles(c.tokens), values, true
	return s
}

// crowd clusters the rarer half of the shapes by their first word, and those whose
// first word is rare too into one.
func (m *Miner) crowd(all []*shape) []*cluster {
	rare := median(all)
	groups := map[string]*cluster{}
	var order []string
	var out []*cluster
	for i, s := range all {
		key := firstWord(s.tokens)
		if s.count > rare {
			out = append(out, &cluster{tokens: s.tokens, members: []int{i}})
			continue
		}
		if groups[key] == nil {
			groups[key] = &cluster{tokens: []token{{text: key}, {text: holeText, space: " "}}}
			order = append(order, key)
		}
		groups[key].members = append(groups[key].members, i)
	}
	rest := &cluster{tokens: []token{{text: holeText}}}
	for _, key := range order {
		if g := groups[key]; len(g.members) > 1 {
			out = append(out, g)
		} else {
			rest.members = append(rest.members, g.members...)
		}
	}
	if len(rest.members) > 0 {
		out = append(out, rest)
	}
	return out
}

func median(all []*shape) uint64 {
	counts := make([]uint64, len(all))
	for i, s := range all {
		counts[i] = s.count
	}
	slices.Sort(counts)
	return counts[len(counts)/2]
}

func firstWord(toks []token) string {
	for _, t := range toks {
		if !t.punct && strings.IndexByte(t.text, hole) < 0 && letters(t.text) > 0 {
			return t.text
		}
	}
	return holeText
}

// fits reports whether a shape is an instance of a pattern with the same skeleton.
func fits(pattern, shape []token) bool {
	if len(pattern) != len(shape) {
		return false
	}
	for i, p := range pattern {
		if !fitsWord(p.text, shape[i].text) {
			return false
		}
	}
	return true
}

func fitsWord(p, w string) bool {
	if p == w || p == "" && sizeUnit(w) {
		return true
	}
	pre, suf, ok := strings.Cut(p, holeText)
	return ok && strings.IndexByte(suf, hole) < 0 && len(w) >= len(pre)+len(suf) && strings.HasPrefix(w, pre) && strings.HasSuffix(w, suf)
}

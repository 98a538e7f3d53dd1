package ask

import (
	"slices"
	"strings"

	pipewright "github.com/pipewright/pipewright"
)

// index finds observed resources by the ways that people write them.
type index struct {
	entries []entry
	aliases map[string][]candidate // by squashed spelling
	words   map[string]int         // in how many names a word occurs
	kinds   []string
	vocab   map[string][]string
}

type entry struct {
	id    pipewright.ResourceID
	kind  string
	words []string
	names []string // squashed spellings, the id first
}

func newIndex(resources []pipewright.Resource) *index {
	x := &index{aliases: map[string][]candidate{}, words: map[string]int{}}
	for _, r := range resources {
		x.add(r.ID)
	}
	slices.Sort(x.kinds)
	x.vocab = vocabulary(x.kinds)
	return x
}

func (x *index) add(id pipewright.ResourceID) {
	name := id.Name()
	e := entry{id: id, kind: id.Kind(), words: pieces(name)}
	spellings := []candidate{{id, 2}}
	e.names = []string{squash(string(id))}
	note := func(s string, score float64) {
		if s = squash(s); s != "" && !slices.Contains(e.names, s) {
			e.names = append(e.names, s)
			spellings = append(spellings, candidate{id, score})
		}
	}
	note(id.System()+name, 1.5)
	note(typeOf(id)+name, 1.5)
	note(name+typeOf(id), 1.5)
	note(name, 1)
	note(name[strings.LastIndexByte(name, '/')+1:], 0.95)
	note(name[strings.LastIndexByte(name, '.')+1:], 0.85)
	for i, n := range e.names {
		x.aliases[n] = append(x.aliases[n], spellings[i])
	}
	for _, w := range unique(e.words) {
		x.words[w]++
	}
	x.entries = append(x.entries, e)
	if !slices.Contains(x.kinds, e.kind) {
		x.kinds = append(x.kinds, e.kind)
	}
}

func typeOf(id pipewright.ResourceID) string {
	_, typ, _ := strings.Cut(id.Kind(), ":")
	return typ
}

func unique(s []string) []string {
	s = slices.Clone(s)
	slices.Sort(s)
	return slices.Compact(s)
}

package template

import (
	"slices"
	"strings"
	"time"
)

// Template is an event that lines are instances of.
type Template struct {
	ID          string // stable while its first line stays its first
	Text        string // variables as <*>
	Count       uint64
	First, Last time.Time // zero when its lines have no time
	Level       Level
	Examples    []string   // a few lines, oldest first
	Values      [][]string // by variable word, in order: some of the words seen there
	Rate        []Step
}

// View is the templates of all lines so far.
type View struct {
	Templates []Template // by first appearance
	of        map[*shape]int
	miner     *Miner
}

// View works out the templates. It changes nothing: lines may be added after it,
// and another view tells the difference.
func (m *Miner) View() View {
	all := m.alive()
	cs := clusters(all)
	slices.SortFunc(cs, func(a, b *cluster) int { return a.members[0] - b.members[0] })
	v := View{of: make(map[*shape]int, len(all)), miner: m}
	for i, c := range cs {
		var members []*shape
		for _, k := range c.members {
			v.of[all[k]] = i
			members = append(members, all[k])
		}
		v.Templates = append(v.Templates, templateOf(members[0].id(), c.tokens, members))
	}
	return v
}

func templateOf(id string, tokens []token, members []*shape) Template {
	sum := stats{}
	for _, s := range members {
		sum.absorb(&s.stats)
	}
	return Template{
		ID: id, Text: strings.ToValidUTF8(render(tokens), "\uFFFD"), Count: sum.count, First: instant(sum.first), Last: instant(sum.last),
		Level: sum.level, Examples: sum.examples, Values: compact(gather(tokens, members)), Rate: sum.rate.steps(),
	}
}

// Of is the index in Templates of the template that a line belongs to.
func (v View) Of(r Ref) int { return v.of[v.miner.shapes[r].end()] }

func instant(at int64) time.Time {
	if at == 0 {
		return time.Time{}
	}
	return time.Unix(0, at).UTC()
}

func compact(vs [][]string) [][]string {
	return slices.DeleteFunc(vs, func(v []string) bool { return v == nil })
}

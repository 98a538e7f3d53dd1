package template

import (
	"slices"
	"strings"
)

// cluster is a template in the making: shapes that differ only where it has holes.
type cluster struct {
	tokens   []token
	members  []int            // indices of the shapes, ascending
	seen     map[int][]string // by column that was merged: some of the values
	absorbed bool             // units that vary were taken into the amounts before them
}

// consolidate merges shapes, given as tokens, into clusters: lists that differ in length
// alone, then shapes that differ in one to three words, then those that differ in more
// while most agree. What the first pass teaches serves a second. The result does not
// depend on the order of the shapes beyond the order of members.
func consolidate(shapes [][]token) []*cluster {
	cs := singles(shapes)
	learnt := lessons{map[string]bool{}, map[string]bool{}}
	for pass := range 2 {
		shorten(cs)
		groups, keys := bySkeleton(cs)
		cs = cs[:0]
		for _, k := range keys {
			cs = append(cs, mergeGroup(groups[k], learnt)...)
		}
		if pass == 0 {
			learnt.from(cs)
		}
	}
	return cs
}

// singles makes each shape a cluster, in the order of their texts.
func singles(shapes [][]token) []*cluster {
	out := make([]*cluster, len(shapes))
	texts := make([]string, len(shapes))
	for i, s := range shapes {
		out[i], texts[i] = &cluster{tokens: s, members: []int{i}}, plain(s)
	}
	slices.SortFunc(out, func(a, b *cluster) int { return strings.Compare(texts[a.members[0]], texts[b.members[0]]) })
	return out
}

// bySkeleton groups clusters by their punctuation and number of words, keys sorted.
func bySkeleton(cs []*cluster) (map[string][]*cluster, []string) {
	groups := map[string][]*cluster{}
	var keys []string
	for _, c := range cs {
		k := skeleton(c.tokens)
		if groups[k] == nil {
			keys = append(keys, k)
		}
		groups[k] = append(groups[k], c)
	}
	slices.Sort(keys)
	return groups, keys
}

// lessons are what merges tell about other merges.
type lessons struct {
	cues   map[string]bool // words before a hole into which three or more values were merged
	values map[string]bool // those values: where they stand elsewhere, they are likely values too
}

const (
	teaching  = 3  // values that a column must have to teach anything
	maxTaught = 64 // values kept of a column
)

func (l lessons) from(cs []*cluster) {
	for _, c := range cs {
		for col, vs := range c.seen {
			if len(vs) < teaching || c.tokens[col].text != holeText {
				continue
			}
			if col > 0 && !c.tokens[col-1].punct {
				l.cues[strings.ToLower(c.tokens[col-1].text)] = true
			}
			for _, v := range vs {
				if letters(v) > 1 {
					l.values[v] = true
				}
			}
		}
	}
}

// skeleton is the punctuation of a shape with a letter for each word.
func skeleton(toks []token) string {
	var b strings.Builder
	for _, t := range toks {
		if t.punct {
			b.WriteString(t.text)
		} else {
			b.WriteByte('w')
		}
	}
	return b.String()
}

// plain is the text of a shape, its words apart.
func plain(toks []token) string {
	var b strings.Builder
	for _, t := range toks {
		b.WriteString(t.text)
		b.WriteByte(2)
	}
	return b.String()
}

// varying lists the columns in which clusters of one skeleton differ.
func varying(cs []*cluster) []int {
	var cols []int
	for i, t := range cs[0].tokens {
		if !t.punct && slices.ContainsFunc(cs[1:], func(c *cluster) bool { return c.tokens[i].text != t.text }) {
			cols = append(cols, i)
		}
	}
	return cols
}

// values lists the distinct texts of a column, in order of first appearance.
func values(cs []*cluster, col int) []string {
	var vs []string
	seen := map[string]bool{}
	for _, c := range cs {
		if v := c.tokens[col].text; !seen[v] {
			seen[v] = true
			vs = append(vs, v)
		}
	}
	return vs
}

// join is the cluster that covers all of cs.
func join(cs []*cluster) *cluster {
	out := &cluster{tokens: slices.Clone(cs[0].tokens), seen: map[int][]string{}}
	for _, c := range cs {
		out.members = append(out.members, c.members...)
		out.absorbed = out.absorbed || c.absorbed
		for col, vs := range c.seen {
			out.saw(col, vs)
		}
	}
	slices.Sort(out.members)
	for _, col := range varying(cs) {
		vs := values(cs, col)
		out.saw(col, vs)
		if col > 0 && allUnits(vs) && endsInHole(out.tokens[col-1]) {
			out.tokens[col], out.absorbed = token{}, true
		} else {
			out.tokens[col].text = pattern(vs)
		}
	}
	out.absorbUnits()
	return out
}

func (c *cluster) saw(col int, vs []string) {
	for _, v := range vs {
		if len(c.seen[col]) < maxTaught && !slices.Contains(c.seen[col], v) {
			c.seen[col] = append(c.seen[col], v)
		}
	}
}

// absorbUnits takes the other units of a cluster into their amounts, once one of them varies.
func (c *cluster) absorbUnits() {
	for i := 1; i < len(c.tokens) && c.absorbed; i++ {
		if sizeUnit(c.tokens[i].text) && endsInHole(c.tokens[i-1]) {
			c.tokens[i] = token{}
		}
	}
}

func endsInHole(t token) bool { return strings.HasSuffix(t.text, holeText) }

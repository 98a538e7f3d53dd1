package template

import (
	"slices"
	"strings"
)

// cluster is a template in the making: shapes that differ only where it has holes.
type cluster struct {
	tokens   []token
	members  []int // indices of the shapes, ascending
	seen     map[int]int
	absorbed bool // units that vary were taken into the amounts before them
}

// consolidate merges shapes, given as tokens, into clusters: first those that
// differ in one to three words, then those that differ in more while most agree.
// What was learnt about the words before values serves a second pass. The result
// does not depend on the order of the shapes beyond the order of members.
func consolidate(shapes [][]token) []*cluster {
	groups, keys := bySkeleton(shapes)
	learnt := map[string]bool{}
	for pass := range 2 {
		for _, k := range keys {
			groups[k] = mergeGroup(groups[k], learnt)
		}
		if pass == 0 {
			if learnCues(groups, keys, learnt); len(learnt) == 0 {
				break
			}
		}
	}
	var out []*cluster
	for _, k := range keys {
		out = append(out, groups[k]...)
	}
	return out
}

// bySkeleton groups shapes by their punctuation and number of words, keys sorted.
func bySkeleton(shapes [][]token) (map[string][]*cluster, []string) {
	order := make([]int, len(shapes))
	texts := make([]string, len(shapes))
	for i, s := range shapes {
		order[i], texts[i] = i, plain(s)
	}
	slices.SortFunc(order, func(a, b int) int { return strings.Compare(texts[a], texts[b]) })
	groups := map[string][]*cluster{}
	var keys []string
	for _, i := range order {
		k := skeleton(shapes[i])
		if groups[k] == nil {
			keys = append(keys, k)
		}
		groups[k] = append(groups[k], &cluster{tokens: shapes[i], members: []int{i}})
	}
	slices.Sort(keys)
	return groups, keys
}

// learnCues notes the words that stand before a hole into which three or more
// values were merged: what follows them elsewhere is likely a value too.
func learnCues(groups map[string][]*cluster, keys []string, learnt map[string]bool) {
	for _, k := range keys {
		for _, c := range groups[k] {
			for col, n := range c.seen {
				if n >= 3 && col > 0 && c.tokens[col].text == holeText && !c.tokens[col-1].punct {
					learnt[strings.ToLower(c.tokens[col-1].text)] = true
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
	out := &cluster{tokens: slices.Clone(cs[0].tokens), seen: map[int]int{}}
	for _, c := range cs {
		out.members = append(out.members, c.members...)
		out.absorbed = out.absorbed || c.absorbed
		for col, n := range c.seen {
			out.seen[col] = max(out.seen[col], n)
		}
	}
	slices.Sort(out.members)
	for _, col := range varying(cs) {
		vs := values(cs, col)
		out.seen[col] = max(out.seen[col], len(vs))
		if col > 0 && allUnits(vs) && endsInHole(out.tokens[col-1]) {
			out.tokens[col], out.absorbed = token{}, true
		} else {
			out.tokens[col].text = pattern(vs)
		}
	}
	out.absorbUnits()
	return out
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

// pattern is what values share at both ends, up to a separator, around a hole.
func pattern(vs []string) string {
	if stem, ok := sameStem(vs); ok {
		return stem + holeText
	}
	pre, suf := vs[0], vs[0]
	for _, v := range vs[1:] {
		for !strings.HasPrefix(v, pre) {
			pre = pre[:len(pre)-1]
		}
		for !strings.HasSuffix(v, suf) {
			suf = suf[1:]
		}
	}
	if i := strings.IndexByte(pre, hole); i >= 0 {
		pre = pre[:i]
	}
	pre = pre[:1+strings.LastIndexAny(pre, "_-/#@.$")]
	suf = suf[1+strings.LastIndexByte(suf, hole):]
	if i := strings.IndexAny(suf, "_-/#@%"); i >= 0 {
		suf = suf[i:]
	} else {
		suf = ""
	}
	return pre + holeText + suf
}

// sameStem is the word that all values begin with when they differ in digits alone.
func sameStem(vs []string) (string, bool) {
	cut := func(s string) string { return strings.TrimRight(s, "0123456789\x00") }
	stem := cut(vs[0])
	for _, v := range vs {
		if cut(v) != stem {
			return "", false
		}
	}
	return stem, stem != ""
}

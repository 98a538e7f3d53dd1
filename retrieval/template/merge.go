package template

import (
	"cmp"
	"slices"
	"strings"
)

const (
	maxWidth    = 3   // columns that are compared by leaving them out
	maxColumns  = 24  // varying columns up to which more than one is left out at a time
	maxSimilar  = 400 // clusters of one skeleton up to which all pairs are compared
	agreeing    = 4   // words that must be the same in similar clusters,
	agreeingFor = 2   // and so many for each that differs
)

// proposal is to merge clusters that are equal but for some columns.
type proposal struct {
	cols    []int
	members []*cluster
	score   float64
	key     string
}

// mergeGroup merges the clusters of one skeleton until nothing more is to gain.
func mergeGroup(cs []*cluster, learnt map[string]bool) []*cluster {
	for width := 0; width <= maxWidth && len(cs) > 1; {
		cols := varying(cs)
		if len(cols) == 0 {
			break
		}
		ps := proposals(cs, cols, width, learnt)
		if len(ps) == 0 {
			width++
			continue
		}
		cs = accept(cs, ps)
		width = 1
	}
	return mergeSimilar(cs, learnt)
}

// accept carries out the proposals, best first, each cluster once.
func accept(cs []*cluster, ps []proposal) []*cluster {
	used := map[*cluster]bool{}
	var out []*cluster
	for _, p := range ps {
		if slices.ContainsFunc(p.members, func(c *cluster) bool { return used[c] }) {
			continue
		}
		for _, c := range p.members {
			used[c] = true
		}
		out = append(out, join(p.members))
	}
	for _, c := range cs {
		if !used[c] {
			out = append(out, c)
		}
	}
	return out
}

// proposals lists the merges worth making when width columns are left out, best first.
func proposals(cs []*cluster, cols []int, width int, learnt map[string]bool) []proposal {
	var out []proposal
	if width > 1 && len(cols) > maxColumns {
		return nil
	}
	choose(cols, width, func(sub []int) {
		buckets := map[string][]*cluster{}
		var order []string
		for _, c := range cs {
			k := contextKey(c.tokens, sub)
			if buckets[k] == nil {
				order = append(order, k)
			}
			buckets[k] = append(buckets[k], c)
		}
		for _, k := range order {
			p := proposal{cols: sub, members: buckets[k], key: k}
			if len(p.members) < 2 {
				continue
			}
			if p.score = judge(p, learnt); p.score > 0 {
				p.cols = slices.Clone(sub)
				out = append(out, p)
			}
		}
	})
	slices.SortStableFunc(out, func(a, b proposal) int {
		return cmp.Or(cmp.Compare(b.score, a.score), strings.Compare(a.key, b.key))
	})
	return out
}

// choose calls f with every selection of n columns. The slice is reused.
func choose(cols []int, n int, f func([]int)) {
	sub := make([]int, 0, n)
	var walk func(from int)
	walk = func(from int) {
		if len(sub) == n {
			f(sub)
			return
		}
		for i := from; i < len(cols); i++ {
			sub = append(sub, cols[i])
			walk(i + 1)
			sub = sub[:len(sub)-1]
		}
	}
	walk(0)
}

// mergeSimilar merges clusters that differ in many columns at once, each of
// which varies like a value, while at least twice as many words agree.
func mergeSimilar(cs []*cluster, learnt map[string]bool) []*cluster {
	if len(cs) < 2 || len(cs) > maxSimilar {
		return cs
	}
	var out []*cluster
	for _, part := range components(cs) {
		if len(part) > 1 && judge(proposal{cols: varying(part), members: part}, learnt) > 0 {
			part = []*cluster{join(part)}
		}
		out = append(out, part...)
	}
	return out
}

// components are the sets of clusters that are linked by similarity, in order.
func components(cs []*cluster) [][]*cluster {
	root := make([]int, len(cs))
	find := func(i int) int {
		for root[i] != i {
			i = root[i]
		}
		return i
	}
	for i := range cs {
		root[i] = i
		for j := range i {
			if a, b := find(i), find(j); a != b && similar(cs[i], cs[j]) {
				root[max(a, b)] = min(a, b)
			}
		}
	}
	parts := make([][]*cluster, len(cs))
	for i, c := range cs {
		parts[find(i)] = append(parts[find(i)], c)
	}
	return slices.DeleteFunc(parts, func(p []*cluster) bool { return len(p) == 0 })
}

func similar(a, b *cluster) bool {
	same, diff := 0, 0
	for i, t := range a.tokens {
		switch {
		case t.punct:
		case t.text != b.tokens[i].text:
			diff++
		case letters(t.text) > 1:
			same++
		}
	}
	return same >= agreeing && same >= agreeingFor*diff
}

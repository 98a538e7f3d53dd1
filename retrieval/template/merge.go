package template

import (
	"cmp"
	"slices"
)

const (
	maxWidth    = 3         // columns that are compared by leaving them out
	maxColumns  = 24        // varying columns up to which more than one is left out at a time
	maxCompared = 3_000_000 // comparisons up to which they are
	maxSimilar  = 400       // clusters of one skeleton up to which all pairs are compared
	agreeing    = 4         // words that must be the same in similar clusters,
	agreeingFor = 2         // and so many for each that differs
)

// proposal is to merge clusters that are equal but for some columns.
type proposal struct {
	cols    []int
	members []*cluster
	score   float64
	key     uint64
}

// mergeGroup merges the clusters of one skeleton until nothing more is to gain.
func mergeGroup(cs []*cluster, learnt lessons) []*cluster {
	for width := 0; width <= maxWidth && len(cs) > 1; {
		cols := varying(cs)
		if len(cols) == 0 { // lists that were shortened
			return []*cluster{join(cs)}
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

// keyed is a cluster's place in its group, with the hash of what is left of its words
// when some columns are left out.
type keyed struct {
	key uint64
	at  int
}

// proposals lists the merges worth making when width columns are left out, best first.
func proposals(cs []*cluster, cols []int, width int, learnt lessons) []proposal {
	if width > 1 && (len(cols) > maxColumns || selections(len(cols), width)*len(cs) > maxCompared) {
		return nil
	}
	// The hash of the words left is the sum of the hashes of all less those left out.
	hashes, sums := make([][]uint64, len(cs)), make([]uint64, len(cs))
	for i, c := range cs {
		hashes[i] = wordHashes(c.tokens, cols)
		for _, h := range hashes[i] {
			sums[i] += h
		}
	}
	var out []proposal
	left := make([]keyed, len(cs))
	choose(len(cols), width, func(sub []int) {
		for i := range cs {
			left[i] = keyed{sums[i], i}
			for _, k := range sub {
				left[i].key -= hashes[i][k]
			}
		}
		out = append(out, alike(cs, cols, sub, left, learnt)...)
	})
	slices.SortStableFunc(out, func(a, b proposal) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.key, b.key))
	})
	return out
}

// alike lists the merges of clusters with one key that are worth making.
func alike(cs []*cluster, cols, sub []int, left []keyed, learnt lessons) (out []proposal) {
	slices.SortFunc(left, func(a, b keyed) int { return cmp.Or(cmp.Compare(a.key, b.key), a.at-b.at) })
	for start := 0; start < len(left); {
		end := start + 1
		for end < len(left) && left[end].key == left[start].key {
			end++
		}
		if end-start > 1 {
			p := proposal{key: left[start].key}
			for _, k := range sub {
				p.cols = append(p.cols, cols[k])
			}
			for _, l := range left[start:end] {
				p.members = append(p.members, cs[l.at])
			}
			if p.score = judge(p, learnt); p.score > 0 {
				out = append(out, p)
			}
		}
		start = end
	}
	return out
}

// wordHashes hashes the words of some columns with their places, all truth values of
// keys alike.
func wordHashes(toks []token, cols []int) []uint64 {
	out := make([]uint64, len(cols))
	for k, col := range cols {
		h := uint64(14695981039346656037) + uint64(col)*0x9e3779b97f4a7c15
		if text := toks[col].text; !flagAt(toks, col) {
			for i := range len(text) {
				h = (h ^ uint64(text[i])) * 1099511628211
			}
		}
		h ^= h >> 32
		h *= 0xd6e8feb86659fd93
		out[k] = h ^ h>>32
	}
	return out
}

// selections is how many ways there are to take k of n.
func selections(n, k int) int {
	out := 1
	for i := range k {
		out = out * (n - i) / (i + 1)
	}
	return out
}

// choose calls f with every selection of n numbers under limit. The slice is reused.
func choose(limit, n int, f func([]int)) {
	sub := make([]int, 0, n)
	var walk func(from int)
	walk = func(from int) {
		if len(sub) == n {
			f(sub)
			return
		}
		for i := from; i < limit; i++ {
			sub = append(sub, i)
			walk(i + 1)
			sub = sub[:len(sub)-1]
		}
	}
	walk(0)
}

// mergeSimilar merges clusters that differ in many columns at once, each of
// which varies like a value, while at least twice as many words agree.
func mergeSimilar(cs []*cluster, learnt lessons) []*cluster {
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

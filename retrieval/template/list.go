package template

import "strings"

// foldLists shortens a list to its first word: words of one spelling, with a stem
// and a hole, that follow each other.
func foldLists(toks []token) []token {
	out := toks[:0]
	for _, t := range toks {
		if n := len(out); n > 0 && strings.IndexByte(t.text, hole) > 0 && out[n-1].text == t.text {
			continue
		}
		out = append(out, t)
	}
	return out
}

// shorten cuts lists to their first word in clusters that differ only in how long these are.
func shorten(cs []*cluster) {
	type variant struct {
		first  int // words of the first cluster
		uneven bool
	}
	kept := make([][]int, len(cs))
	texts := make([]string, len(cs))
	variants := map[string]variant{}
	for i, c := range cs {
		kept[i] = collapse(c.tokens)
		texts[i] = plain(pick(c.tokens, kept[i]))
		v, ok := variants[texts[i]]
		if !ok {
			v.first = len(c.tokens)
		}
		v.uneven = v.uneven || len(c.tokens) != v.first
		variants[texts[i]] = v
	}
	for i, c := range cs {
		if len(kept[i]) < len(c.tokens) && variants[texts[i]].uneven {
			c.tokens, c.seen = pick(c.tokens, kept[i]), nil
		}
	}
}

// maxItem is how many tokens an item of a list may have.
const maxItem = 8

// collapse finds the lists of a shape: words of one spelling with a hole, after each other,
// or items that are alike, a mark between them. It returns the columns that are left when
// each list is cut to its first item.
func collapse(toks []token) []int {
	kept := make([]int, 0, len(toks))
	for i := 0; i < len(toks); {
		size, end := list(toks, i)
		for k := range size {
			kept = append(kept, i+k)
		}
		i = end
	}
	return kept
}

// list is the size of the first item of the list that begins at i, and where the list
// ends; a token that begins none is a list of one.
func list(toks []token, i int) (size, end int) {
	holes := 0
	for size = 1; size <= maxItem && i+size < len(toks); size++ {
		holes += strings.Count(toks[i+size-1].text, holeText)
		if holes == 0 {
			continue
		}
		step, end := size, i+size
		if separates(toks[i+size]) {
			step++
		} else if size > 1 {
			continue
		}
		for end+step <= len(toks) && alikeItems(toks[i:i+size], toks[end+step-size:end+step]) && (step == size || toks[end].text == toks[i+size].text) {
			end += step
		}
		if end > i+size {
			return size, end
		}
	}
	return 1, i + 1
}

func alikeItems(a, b []token) bool {
	for i := range a {
		if a[i].text != b[i].text {
			return false
		}
	}
	return true
}

// separates reports whether a mark stands between the items of lists.
func separates(t token) bool { return t.punct && (t.text == "," || t.text == ";" || t.text == "|") }

// pick is the tokens at some columns.
func pick(toks []token, cols []int) []token {
	out := make([]token, len(cols))
	for i, c := range cols {
		out[i] = toks[c]
	}
	return out
}

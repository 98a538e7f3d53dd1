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

// collapse finds the lists of a shape: words of one spelling with a hole, after each other
// or with one mark between them. It returns the columns that are left when each list is
// cut to its first word.
func collapse(toks []token) []int {
	kept := make([]int, 0, len(toks))
	for i := 0; i < len(toks); i++ {
		kept = append(kept, i)
		if strings.IndexByte(toks[i].text, hole) < 0 || toks[i].punct {
			continue
		}
		for step := 1; step <= 2; step++ {
			j := i
			for j+step < len(toks) && toks[j+step].text == toks[i].text && (step == 1 || separates(toks[j+1]) && toks[j+1].text == toks[i+1].text) {
				j += step
			}
			if j > i {
				i = j
				break
			}
		}
	}
	return kept
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

package redact

// anchor is a short text that every value of a rule has in or beside it, as a
// sequence of byte sets. When lead is set, the first set is the byte before.
type anchor struct {
	sets []*set
	lead bool
}

// exact anchors on a text as it is written; fold in any case. after demands a
// byte of the given set (or the start of the text) before the anchor.
func exact(text string) anchor { return spelled(text, false) }
func fold(text string) anchor  { return spelled(text, true) }

func (a anchor) after(before *set) anchor {
	return anchor{sets: append([]*set{before}, a.sets...), lead: true}
}

func spelled(text string, anyCase bool) anchor {
	var a anchor
	for i := 0; i < len(text); i++ {
		one := bytesOf(text[i : i+1])
		if c := text[i]; anyCase && c >= 'a' && c <= 'z' {
			one[c-'a'+'A'] = true
		}
		a.sets = append(a.sets, one)
	}
	return a
}

// hit is an anchor recognised in a state: which rule, and how long the anchor is without its lead.
type hit struct{ rule, length int }

// automaton recognises every anchor in one pass: a table from (state, byte
// class) to the next state. States from firstHit on have hits.
type automaton struct {
	class    [256]uint8
	width    int
	next     []uint16 // the next state times width is next[state*width+class]
	hits     [][]hit
	start    int
	firstHit int
}

// find runs the automaton over s and asks the rule at every anchor. Values do not overlap.
func (a *automaton) find(s string, rules []rule) []span {
	var out []span
	done := 0
	state := a.start
	for i := 0; i < len(s); i++ {
		state = int(a.next[state*a.width+int(a.class[s[i]])])
		if state < a.firstHit {
			continue
		}
		for _, h := range a.hits[state] {
			at := i + 1 - h.length
			if at < done {
				continue
			}
			f := rules[h.rule].find(s, at, i+1)
			if f.end <= f.start {
				continue
			}
			if f.start < done && !rules[h.rule].reaches {
				continue
			}
			if f.start < done {
				out, f.start = swallow(out, f.start)
			}
			done = f.end
			out = append(out, rules[h.rule].name(f))
			break
		}
	}
	return out
}

// swallow makes room for a value that reaches back to from: it drops what starts there or after, and
// says where what stays lets the value start.
func swallow(out []span, from int) ([]span, int) {
	for len(out) > 0 && out[len(out)-1].start >= from {
		out = out[:len(out)-1]
	}
	if len(out) > 0 {
		from = max(from, out[len(out)-1].end)
	}
	return out, from
}

package redact

import "sort"

// secretLabel labels what is confidential only because of where it stands.
const secretLabel = "secret"

// span is a value to hide. plain is its decoded form when that differs from the
// text (percent-encoded in a URL): the placeholder is derived from it. A span
// without a kind is a placeholder already there, which nothing may touch.
type span struct {
	start, end  int
	kind, label string
	plain       string
}

func (f span) skip() bool { return f.kind == "" }

// spans lists what to hide in s, sorted and without overlap.
func (r *Redactor) spans(s string) []span {
	found := r.standing(s)
	layers := views(s)
	own := len(found)
	for _, v := range layers {
		found = append(found, v.back(r.standing(v.text))...)
	}
	again := recurrences(s, layers, found)
	if len(again) == 0 && len(found) == own {
		return found
	}
	return merge(append(found, again...))
}

// standing lists what shows itself by its shape, its place or because it is known.
func (r *Redactor) standing(s string) []span {
	found := r.scan.find(s, r.rules)
	known := r.known.Load()
	if len(r.custom) == 0 && known.empty() {
		return found
	}
	more := known.find(s)
	for _, c := range r.custom {
		more = append(more, c.find(s)...)
	}
	if len(more) == 0 {
		return found
	}
	return merge(append(more, found...))
}

// merge sorts the spans and joins those that overlap. Equal spans keep the first given;
// what touches a placeholder is dropped, unless it swallows it whole.
func merge(all []span) []span {
	sort.SliceStable(all, func(i, j int) bool { return all[i].start < all[j].start })
	out := all[:1:1]
	for _, f := range all[1:] {
		last := &out[len(out)-1]
		switch {
		case f.start >= last.end:
			out = append(out, f)
		case f.skip():
			if f.start > last.start && f.end >= last.end || f.start == last.start {
				*last = f
			}
		case last.skip():
		default:
			*last = join(*last, f)
		}
	}
	return out
}

// join is the union of two overlapping spans, labelled as the longer one.
func join(a, b span) span {
	if a.start == b.start && a.end == b.end {
		return a
	}
	longer := a
	if b.end-b.start > a.end-a.start {
		longer = b
	}
	if longer.start > a.start || longer.end < max(a.end, b.end) {
		longer.plain = ""
	}
	longer.start, longer.end = a.start, max(a.end, b.end)
	return longer
}

package ask

import (
	"slices"
)

// What was said, asked of a reading.

// has reports whether every concept was said.
func (r *reading) has(cs ...concept) bool {
	for _, c := range cs {
		if !r.concepts[c] {
			return false
		}
	}
	return true
}

// any reports whether one of the concepts was said.
func (r *reading) any(cs ...concept) bool {
	return slices.ContainsFunc(cs, func(c concept) bool { return r.concepts[c] })
}

// in reports whether the concept was said as a verb in one of the forms.
func (r *reading) in(c concept, fs ...form) bool {
	return slices.ContainsFunc(fs, func(f form) bool { return r.forms[sense{c, f}] })
}

// says reports whether the very word was said, outside quotes.
func (r *reading) says(words ...string) bool {
	return slices.ContainsFunc(r.toks, func(t token) bool { return !t.quoted && t.use != asName && slices.Contains(words, t.word) })
}

// linked reports whether a mention found a resource.
func (r *reading) linked() bool {
	return slices.ContainsFunc(r.mentions, func(m mention) bool { return len(m.candidates) > 0 })
}

// named reports whether the message speaks of a resource: by name, by kind, or of
// something that looks like one.
func (r *reading) named() bool { return len(r.mentions) > 0 || len(r.kinds) > 0 }

// observed reports whether the message speaks of a resource that was observed, or
// of something that is written like one.
func (r *reading) observed() bool {
	return r.linked() || len(r.kinds) > 0 || slices.ContainsFunc(r.mentions, func(m mention) bool { return identifier(m.text) })
}

// plural reports whether a kind was said in the plural.
func (r *reading) plural() bool {
	return slices.ContainsFunc(r.kinds, func(k kindMention) bool { return k.plural })
}

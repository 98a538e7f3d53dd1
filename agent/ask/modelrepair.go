package ask

import (
	"encoding/json"
	"strings"
	"unicode"
)

// readObject reads the first JSON object in a text, repairing the usual damage of
// small models: code fences, prose around it, single or curly quotes, bare keys,
// Python's literals, trailing commas, a missing end.
func readObject(text string) (map[string]any, bool) {
	for range 8 { // tries: prose may hold braces before the object
		i := strings.IndexByte(text, '{')
		if i < 0 {
			return nil, false
		}
		text = text[i:]
		var v map[string]any
		if json.NewDecoder(strings.NewReader(text)).Decode(&v) == nil && len(v) > 0 {
			return v, true
		}
		if json.Unmarshal([]byte(repair(text)), &v) == nil && len(v) > 0 {
			return v, true
		}
		text = text[1:]
	}
	return nil, false
}

// repairer rewrites damaged JSON, one value after another.
type repairer struct {
	in    []rune
	at    int
	out   strings.Builder
	depth int
}

// deepest is how far objects may be nested before the rest is given up.
const deepest = 32

// repair rewrites the first value of s as JSON. What cannot be read is left out.
func repair(s string) string {
	r := &repairer{in: []rune(s)}
	r.value()
	return r.out.String()
}

func (r *repairer) peek() rune {
	for r.at < len(r.in) && unicode.IsSpace(r.in[r.at]) {
		r.at++
	}
	if r.at >= len(r.in) {
		return 0
	}
	return r.in[r.at]
}

func (r *repairer) value() {
	switch c := r.peek(); {
	case r.depth > deepest || c == 0:
		r.out.WriteString("null")
	case c == '{':
		r.members('}', true)
	case c == '[':
		r.members(']', false)
	case closing(c) != 0:
		r.quoted(closing(c))
	default:
		r.bare()
	}
}

// members reads an object or a list up to its end, or to the end of the text.
func (r *repairer) members(end rune, keys bool) {
	r.depth++
	defer func() { r.depth-- }()
	r.out.WriteRune(r.in[r.at])
	r.at++
	for first := true; ; first = false {
		for r.peek() == ',' {
			r.at++
		}
		c := r.peek()
		if c == 0 || c == '}' || c == ']' {
			if c != 0 {
				r.at++
			}
			r.out.WriteRune(end)
			return
		}
		if !first {
			r.out.WriteByte(',')
		}
		before := r.at
		if keys {
			r.key()
		}
		r.value()
		if r.at == before {
			r.at++ // a sign that nothing begins with
		}
	}
}

func (r *repairer) key() {
	if q := closing(r.peek()); q != 0 {
		r.quoted(q)
	} else {
		r.write(r.word(func(c rune) bool { return c == ':' || c == '=' || c == ',' || c == '}' || unicode.IsSpace(c) }))
	}
	r.out.WriteByte(':')
	if c := r.peek(); c == ':' || c == '=' {
		r.at++
		if r.peek() == '>' {
			r.at++
		}
	}
}

// closing is the quotation mark that ends what c begins, 0 when c begins nothing.
func closing(c rune) rune {
	switch c {
	case '"', '\'', '`':
		return c
	case '“':
		return '”'
	case '‘':
		return '’'
	}
	return 0
}

// quoted reads up to a quotation mark that ends a value: one that a sign of JSON or
// the end follows.
func (r *repairer) quoted(q rune) {
	r.at++
	var b strings.Builder
	for ; r.at < len(r.in); r.at++ {
		c := r.in[r.at]
		if c == '\\' && r.at+1 < len(r.in) {
			r.at++
			b.WriteString(unescape(r.in[r.at]))
			continue
		}
		if c == q && r.ends() {
			r.at++
			break
		}
		b.WriteRune(c)
	}
	r.write(b.String())
}

func unescape(c rune) string {
	switch c {
	case 'n':
		return "\n"
	case 't':
		return "\t"
	case 'r':
		return "\r"
	}
	return string(c)
}

// ends reports whether what follows the mark at r.at is a sign of JSON.
func (r *repairer) ends() bool {
	for i := r.at + 1; i < len(r.in); i++ {
		if !unicode.IsSpace(r.in[i]) {
			return strings.ContainsRune(",:}]=", r.in[i])
		}
	}
	return true
}

func (r *repairer) bare() {
	word := strings.TrimSpace(r.word(func(c rune) bool { return strings.ContainsRune(",}]\n", c) }))
	switch strings.ToLower(word) {
	case "true", "false":
		r.out.WriteString(strings.ToLower(word))
	case "null", "none", "nil", "undefined", "":
		r.out.WriteString("null")
	default:
		if json.Valid([]byte(word)) {
			r.out.WriteString(word)
			return
		}
		r.write(word)
	}
}

func (r *repairer) word(stop func(rune) bool) string {
	start := r.at
	for r.at < len(r.in) && !stop(r.in[r.at]) {
		r.at++
	}
	return string(r.in[start:r.at])
}

func (r *repairer) write(s string) {
	b, _ := json.Marshal(s) // a string always encodes
	r.out.Write(b)
}

package redact

import (
	"math/bits"
	"strconv"
	"strings"
)

// maxQuoted bounds the search for a closing quote, in bytes.
const maxQuoted = 8192

// maxJudged is how many bytes of an unquoted value decide whether it is one.
const maxJudged = 256

// value is where an assigned value stands, without its quotes.
type value struct {
	start, end     int
	quoted, equals bool
	slashes        int  // that escape its quotes
	quote          byte // 0 without
	bare           bool // only a space stands before it
	listed         bool // it is the next item of a list
}

// joint is what stands between a name and its value.
type joint struct {
	after                int // where the value may begin
	equals, bare, listed bool
}

// valueAfter reads what follows the name s[from:stop]: its closing quote, a
// separator, and the value.
func valueAfter(s string, from, stop int) (value, bool) {
	i := stop
	if slashes, q := quoteAt(s, i); q != 0 {
		i += slashes + 1
		if i < len(s) && s[i] == ']' {
			i++
		}
	}
	j, ok := separator(s, from, stop, i)
	if !ok {
		return value{}, false
	}
	i = run(s, j.after, spaceBytes, 16)
	if strings.HasPrefix(s[i:], "!!binary ") { // a tag of YAML
		i += len("!!binary ")
	}
	if i < len(s) && s[i] == '{' { // {"value": "X"}
		if in, ok := valueMember(s, i+1); ok {
			i = in
		}
	}
	if i+1 < len(s) && s[i] == '[' {
		if _, q := quoteAt(s, i+1); q != 0 {
			i++ // a header that was sent more than once
		}
	}
	if slashes, q := quoteAt(s, i); q != 0 {
		v := quotedValue(s, i+slashes+1, slashes, q)
		v.bare, v.listed = j.bare, j.listed
		return v, true
	}
	v := plainValue(s, i, maxJudged)
	v.equals, v.listed = j.equals, j.listed
	if v.end <= v.start || j.bare || i > j.after && namesAnother(s[v.start:v.end]) {
		return value{}, false
	}
	return v, true
}

// quoteAt recognises an opening quote with the backslashes that escape it.
func quoteAt(s string, i int) (slashes int, quote byte) {
	for i+slashes < len(s) && s[i+slashes] == '\\' && slashes < 16 {
		slashes++
	}
	if i+slashes < len(s) && (s[i+slashes] == '"' || s[i+slashes] == '\'' || s[i+slashes] == '`') {
		return slashes, s[i+slashes]
	}
	return 0, 0
}

// separator reads = : => := -> or, for a flag or an XML element, a space or >.
// i is after the name's closing quote, if any.
func separator(s string, from, stop, i int) (joint, bool) {
	at := run(s, i, spaceBytes, 16)
	rest := s[at:]
	switch {
	case strings.HasPrefix(rest, "://"), strings.HasPrefix(rest, "::"):
		return joint{}, false
	case strings.HasPrefix(rest, "=>"), strings.HasPrefix(rest, ":="), strings.HasPrefix(rest, "=="):
		return joint{after: at + 2, equals: true}, true
	case strings.HasPrefix(rest, "->"):
		return joint{after: at + 2, equals: true, listed: true}, true
	case strings.HasPrefix(rest, "="), i == stop && strings.HasPrefix(rest, "%3D"):
		return joint{after: at + 1 + 2*strings.Count(rest[:1], "%"), equals: true}, true
	case strings.HasPrefix(rest, ":"):
		return joint{after: at + 1}, true
	case at == i && strings.HasPrefix(rest, ">") && from > 0 && s[from-1] == '<':
		return joint{after: at + 1, equals: true}, true
	case at > i && i == stop && strings.HasPrefix(s[from:], "-"):
		return joint{after: at, equals: true}, true
	case at > i && i == stop && run(s, from, upperNames, 64) == stop:
		return joint{after: at, bare: true}, true
	case i > stop && strings.HasPrefix(rest, ","):
		return listedValue(s, from, at+1)
	}
	return elsewhere(s, stop, i)
}

// upperNames is how SQL writes its keywords.
var upperNames = bytesOf(uppers + "_")

// elsewhere reads a value that an element or a line of its own holds: <name>X</name><value>Y</value>,
// name="X" value="Y", or - name: X and value: Y on the next line.
func elsewhere(s string, stop, i int) (joint, bool) {
	at := run(s, i, bytesOfBreaks, 64)
	if i == stop && strings.HasPrefix(s[i:], "</name>") {
		at = run(s, i+len("</name>"), bytesOfBreaks, 64)
		if strings.HasPrefix(s[at:], "<value>") {
			return joint{after: at + len("<value>"), equals: true}, true
		}
	}
	if at == i || !hasFold(s, at, "value") {
		return joint{}, false
	}
	at += len("value")
	if at < len(s) && (s[at] == '=' || s[at] == ':') {
		return joint{after: at + 1, equals: true}, true
	}
	return joint{}, false
}

var bytesOfBreaks = bytesOf(" \t\r\n")

// listedValue reads the second half of {"name": "X", "value": "Y"}, of ("X", "Y") and of the arguments
// ['--x', 'Y'].
func listedValue(s string, from, i int) (joint, bool) {
	i = run(s, i, spaceBytes, 16)
	slashes, q := quoteAt(s, i)
	if q == 0 {
		return joint{}, false
	}
	for range 2 { // other members of the object stand between
		if j := nextMember(s, i, slashes, q); j > 0 && !hasFold(s, i+slashes+1, "value") {
			i = j
		}
	}
	if !hasFold(s, i+slashes+1, "value") {
		open := from - 1 - slashes
		pair := open > 0 && s[open-1] == '('
		return joint{after: i, equals: true, listed: true}, pair || strings.HasPrefix(s[from:], "--")
	}
	at, ok := valueMember(s, i)
	return joint{after: at, equals: true}, ok
}

// quotedValue ends at the quote that is escaped as often as the opening one. A value
// that was cut off runs to the end of its line.
func quotedValue(s string, start, slashes int, quote byte) value {
	v := value{start: start, quoted: true, slashes: slashes, quote: quote}
	back := 0
	stop := min(len(s), start+maxQuoted)
	for i := start; i < stop; i++ {
		switch {
		case s[i] == '\\':
			back++
			continue
		case quote == '\'' && slashes == 0 && i > start && strings.HasPrefix(s[i:], "''"):
			i++ // a doubled quote, as SQL and YAML write one
		case s[i] == quote && (back < slashes || back%(2*(slashes+1)) == slashes):
			v.end = i - min(back, slashes)
			return v
		}
		back = 0
	}
	v.end = run(s, start, lineBytes, maxQuoted)
	return v
}

// valueMember is where the value of an object begins whose first member is "value".
func valueMember(s string, i int) (int, bool) {
	i = run(s, i, bytesOfBreaks, 16)
	slashes, q := quoteAt(s, i)
	if q == 0 || !hasFold(s, i+slashes+1, "value") {
		return 0, false
	}
	i += slashes + 1 + len("value")
	slashes, q = quoteAt(s, i)
	i = run(s, i+slashes+1, spaceBytes, 16)
	if q == 0 || i >= len(s) || s[i] != ':' {
		return 0, false
	}
	return run(s, i+1, spaceBytes, 16), true
}

// nextMember is where the name after the member at i begins, 0 when what stands at i is no member
// with a quoted value.
func nextMember(s string, i, slashes int, quote byte) int {
	name := quotedValue(s, i+slashes+1, slashes, quote)
	at := run(s, name.end+slashes+1, spaceBytes, 4)
	if at >= len(s) || s[at] != ':' {
		return 0
	}
	at = run(s, at+1, spaceBytes, 4)
	if n, q := quoteAt(s, at); q != quote || n != slashes {
		return 0
	}
	v := quotedValue(s, at+slashes+1, slashes, quote)
	at = run(s, v.end+slashes+1, spaceBytes, 4)
	if at >= len(s) || s[at] != ',' {
		return 0
	}
	at = run(s, at+1, spaceBytes, 16)
	if n, q := quoteAt(s, at); q != quote || n != slashes {
		return 0
	}
	return at
}

var (
	lineBytes  = bytesOf("\r\n").not()
	plainBytes = bytesOf(" \t\r\n\"`<").not()
)

// plain is a quoted value as it was before it was quoted, "" when that is how it stands in s: one
// password has one placeholder, in JSON within JSON as well.
func (v value) plain(s string) string {
	text := s[v.start:v.end]
	if v.quote == '\'' {
		if strings.Contains(text, "''") {
			return strings.ReplaceAll(text, "''", "'")
		}
		return ""
	}
	if !v.quoted || strings.IndexByte(text, '\\') < 0 {
		return ""
	}
	for range bits.Len(uint(v.slashes)) + 1 {
		once, err := strconv.Unquote(`"` + text + `"`)
		if err != nil {
			return ""
		}
		text = once
	}
	return text
}

// plainValue ends at white space, at a quote, or at punctuation that belongs to
// the text around it.
func plainValue(s string, start, limit int) value {
	i := start
	for i < len(s) && i-start < limit && plainBytes[s[i]] && !closes(s, i) {
		if s[i] == '-' && strings.HasPrefix(s[i:], blockOpen) {
			break
		}
		if end := placeholderEnd(s, i); end > 0 {
			i = end
			continue
		}
		i++
	}
	return value{start: start, end: i}
}

// whole is the end of a value that was read only as far as it took to judge it.
func (v value) whole(s string) int {
	if v.quoted || v.end-v.start < maxJudged {
		return v.end
	}
	return plainValue(s, v.start, len(s)).end
}

// closes tells whether s[i] ends an unquoted value rather than being part of it.
func closes(s string, i int) bool {
	switch s[i] {
	case ',', ';':
		return i+1 >= len(s) || !alnumBytes[s[i+1]] && !strings.ContainsRune("!@#$%^*+/", rune(s[i+1])) || namesAnother(s[i+1:])
	case '&':
		return namesAnother(s[i+1:])
	case ')', ']', '}', '\'':
		return i+1 >= len(s) || !alnumBytes[s[i+1]]
	case '.':
		return i+1 >= len(s) || s[i+1] == ' '
	case '\\':
		stop := i + 1
		for stop < len(s) && s[stop] == '\\' && stop < i+16 {
			stop++
		}
		return stop < len(s) && strings.IndexByte("\"'nrtu", s[stop]) >= 0
	}
	return false
}

// namesAnother tells whether a text starts with a name and = or :, the next assignment.
func namesAnother(s string) bool {
	stop := run(s, 0, dottedBytes, 64)
	if stop == 0 || !letterBytes[s[0]] && s[0] != '_' || stop+1 >= len(s) {
		return false
	}
	return (s[stop] == '=' || s[stop] == ':') && s[stop+1] != '='
}

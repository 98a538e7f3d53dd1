package redact

import "strings"

// maxQuoted bounds the search for a closing quote, in bytes.
const maxQuoted = 8192

// maxJudged is how many bytes of an unquoted value decide whether it is one.
const maxJudged = 256

// value is where an assigned value stands, without its quotes.
type value struct {
	start, end     int
	quoted, equals bool
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
	after, equals, ok := separator(s, from, stop, i)
	if !ok {
		return value{}, false
	}
	i = run(s, after, spaceBytes, 16)
	if slashes, q := quoteAt(s, i); q != 0 {
		return quotedValue(s, i+slashes+1, slashes, q), true
	}
	v := plainValue(s, i, maxJudged)
	v.equals = equals
	if v.end <= v.start || i > after && namesAnother(s[v.start:v.end]) {
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

// separator reads = : => := or, for a flag or an XML element, a space or >.
// i is after the name's closing quote, if any.
func separator(s string, from, stop, i int) (after int, equals, ok bool) {
	at := run(s, i, spaceBytes, 16)
	rest := s[at:]
	switch {
	case strings.HasPrefix(rest, "://"), strings.HasPrefix(rest, "::"):
		return 0, false, false
	case strings.HasPrefix(rest, "=>"), strings.HasPrefix(rest, ":="), strings.HasPrefix(rest, "=="):
		return at + 2, true, true
	case strings.HasPrefix(rest, "="), i == stop && strings.HasPrefix(rest, "%3D"):
		return at + 1 + 2*strings.Count(rest[:1], "%"), true, true
	case strings.HasPrefix(rest, ":"):
		return at + 1, false, true
	case at == i && strings.HasPrefix(rest, ">") && from > 0 && s[from-1] == '<':
		return at + 1, true, true
	case at > i && i == stop && strings.HasPrefix(s[from:], "--"):
		return at, true, true
	case i > stop && strings.HasPrefix(rest, ","):
		return namedValue(s, at+1)
	}
	return 0, false, false
}

// namedValue reads the second half of {"name": "X", "value": "Y"}.
func namedValue(s string, i int) (after int, equals, ok bool) {
	i = run(s, i, spaceBytes, 16)
	slashes, q := quoteAt(s, i)
	i += slashes + 1
	if q == 0 || !hasFold(s, i, "value") {
		return 0, false, false
	}
	i += len("value")
	slashes, q = quoteAt(s, i)
	i = run(s, i+slashes+1, spaceBytes, 16)
	if q == 0 || i >= len(s) || s[i] != ':' {
		return 0, false, false
	}
	return i + 1, true, true
}

// quotedValue ends at the quote that is escaped as often as the opening one. A value
// that was cut off runs to the end of its line.
func quotedValue(s string, start, slashes int, quote byte) value {
	v := value{start: start, quoted: true}
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

var (
	lineBytes  = bytesOf("\r\n").not()
	plainBytes = bytesOf(" \t\r\n\"`<").not()
)

// plainValue ends at white space, at a quote, or at punctuation that belongs to
// the text around it.
func plainValue(s string, start, limit int) value {
	i := start
	for i < len(s) && i-start < limit && plainBytes[s[i]] && !closes(s, i) {
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

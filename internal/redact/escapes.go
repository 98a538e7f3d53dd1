package redact

import "strings"

// unescape reads %XX, \u00XX, \n and &quot; as the characters that they stand for. In a word with
// an equals sign or a percent sign before it, a plus is a space, as forms write
// it. Escaped quotes stay: the rules read them.
func unescape(s string) (view, bool) {
	if !escapes(s) {
		return view{}, false
	}
	var v view
	var text []byte
	form := false
	for i := 0; i < len(s); {
		c, n := escaped(s[i:])
		form = s[i] > ' ' && (form || s[i] == '=' || n > 0 && s[i] == '%')
		if n == 0 && form && s[i] == '+' {
			c, n = ' ', 1
		}
		if n > 0 && text == nil {
			text = v.until(s, i)
		}
		if n == 0 {
			c, n = s[i], 1
		}
		if text != nil {
			text = v.add(text, c, i, i+n)
		}
		i += n
	}
	v.text = string(text)
	return v, text != nil
}

// escapes tells whether a text has an escape. It looks for the bytes with which one begins, which
// most lines do not have, and from there at a few bytes.
func escapes(s string) bool {
	for _, c := range []byte{'%', '\\', '&', '+'} {
		for at := 0; ; at++ {
			i := strings.IndexByte(s[at:], c)
			if i < 0 {
				break
			}
			at += i
			if _, n := escaped(s[at:]); n > 0 || c == '+' && inForm(s, at) {
				return true
			}
		}
	}
	return false
}

// inForm tells whether the plus at s[at] has an equals sign before it in its word.
func inForm(s string, at int) bool {
	for i := at - 1; i >= 0 && at-i < nearby && s[i] > ' '; i-- {
		if s[i] == '=' {
			return true
		}
	}
	return false
}

// until begins a view with what stands before the first escape.
func (v *view) until(s string, stop int) []byte {
	text := make([]byte, 0, len(s))
	v.from, v.to = make([]int32, 0, len(s)), make([]int32, 0, len(s))
	for i := range stop {
		text = v.add(text, s[i], i, i+1)
	}
	return text
}

// entities are the characters that XML must escape.
var entities = []struct {
	name string
	c    byte
}{{"&quot;", '"'}, {"&#34;", '"'}, {"&apos;", '\''}, {"&#39;", '\''}, {"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}}

// escaped is the character that an escape at the beginning of s stands for, and the
// escape's length, 0 when there is none.
func escaped(s string) (c byte, n int) {
	switch s[0] {
	case '%':
		if len(s) >= 3 && hexDigit(s[1]) >= 0 && hexDigit(s[2]) >= 0 {
			return byte(hexDigit(s[1])<<4 | hexDigit(s[2])), 3
		}
	case '&':
		for _, e := range entities {
			if strings.HasPrefix(s, e.name) {
				return e.c, len(e.name)
			}
		}
	case '\\':
		return slashed(s)
	}
	return 0, 0
}

// slashed reads an escape of JSON, however often it was escaped again.
func slashed(s string) (c byte, n int) {
	for n < len(s) && s[n] == '\\' && n < 16 {
		n++
	}
	switch rest := s[n:]; {
	case strings.HasPrefix(rest, "u00") && len(rest) >= 5 && hexDigit(rest[3]) >= 0 && hexDigit(rest[4]) >= 0:
		return byte(hexDigit(rest[3])<<4 | hexDigit(rest[4])), n + 5
	case rest == "":
	case rest[0] == 'n' || rest[0] == 'r':
		return '\n', n + 1
	case rest[0] == 't':
		return '\t', n + 1
	case rest[0] == '/':
		return '/', n + 1
	}
	return 0, 0
}

func hexDigit(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

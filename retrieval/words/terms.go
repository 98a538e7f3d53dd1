package words

import (
	"strings"
)

// Kind says what a term is spelled like.
type Kind uint8

// Kinds of terms.
const (
	Word       Kind = iota // letters alone: "connection"
	Identifier             // letters with digits, marks or capitals within: "rdd_11_0", "orders_etl", "KeyError"
	Number                 // "3200", "29.0", "-17"
	Address                // an IP address or a hardware address
	Hex                    // "0x1f", a UUID, a digest
	Path                   // "/var/log/x", "hdfs://..."
)

// Term is one term of a text.
type Term struct {
	Text  string // lower case
	Kind  Kind
	Parts []string // of an identifier or a path, split at marks, capitals and digits, lower case; numbers left out
	Known bool     // an identifier that names an error or an exception
}

const boundary = " \t\r\n()[]{}<>\"'`,;=|?!"

// Terms cuts a text, in order.
func Terms(text string) []Term {
	var out []Term
	for len(text) > 0 {
		start := strings.IndexFunc(text, func(r rune) bool { return !strings.ContainsRune(boundary, r) })
		if start < 0 {
			break
		}
		text = text[start:]
		end := strings.IndexAny(text, boundary)
		if end < 0 {
			end = len(text)
		}
		out = appendChunk(out, text[:end])
		text = text[end:]
	}
	return out
}

// appendChunk cuts what stands between spaces: at colons, unless they are within an address or a URL.
func appendChunk(out []Term, s string) []Term {
	s = strings.Trim(s, ".:-*#&~+")
	if s == "" {
		return out
	}
	if strings.Contains(s, "://") || strings.Count(s, ":") >= 4 {
		return append(out, classify(s))
	}
	for _, part := range strings.Split(s, ":") {
		part = strings.Trim(part, ".-*#&~+")
		if strings.HasPrefix(part, "/") && strings.Count(part, "/") == 1 {
			part = part[1:]
		}
		if part != "" {
			out = append(out, classify(part))
		}
	}
	return out
}

func classify(s string) Term {
	t := Term{Text: strings.ToLower(s)}
	digits, letters, marks, upper := count(s)
	switch {
	case strings.Contains(s, "/") || strings.Contains(s, "\\"):
		t.Kind = Path
	case digits == 0 && marks == 0 && (upper == 0 || upper == 1 && isUpper(s[0]) || upper == letters):
		t.Kind = Word
		return t
	case letters == 0 && strings.Count(s, ".") == 3 && digits >= 4:
		t.Kind = Address
		return t
	case letters <= 1 && digits > 0:
		t.Kind = Number
		return t
	case strings.Count(s, ":") >= 4:
		t.Kind = Address
		return t
	case digits > 0 && isHex(t.Text):
		t.Kind = Hex
		return t
	default:
		t.Kind = Identifier
	}
	t.Parts = Split(s)
	for _, p := range t.Parts {
		t.Known = t.Known || p == "error" || p == "exception" || p == "failure" || p == "fault"
	}
	return t
}

func count(s string) (digits, letters, marks, upper int) {
	for i := range len(s) {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			digits++
		case isUpper(c):
			upper++
			letters++
		case c >= 'a' && c <= 'z' || c >= 0x80:
			letters++
		default:
			marks++
		}
	}
	return digits, letters, marks, upper
}

func isHex(s string) bool {
	s = strings.TrimPrefix(s, "0x")
	if len(s) < 6 {
		return strings.Trim(s, "0123456789abcdef") == "" && len(s) > 0 && s[0] <= '9'
	}
	return strings.Trim(s, "0123456789abcdef-") == ""
}

func isUpper(c byte) bool { return c >= 'A' && c <= 'Z' }
func isLower(c byte) bool { return c >= 'a' && c <= 'z' || c >= 0x80 }

// Split cuts an identifier at marks, at digits and where capitals begin a word:
// "NoRouteToHostException", "orders_etl_v2". Parts are lower case, numbers left out.
func Split(s string) []string {
	var out []string
	start := -1
	flush := func(end int) {
		if start >= 0 && end > start {
			out = append(out, strings.ToLower(s[start:end]))
		}
		start = -1
	}
	for i := range len(s) {
		c := s[i]
		if !isUpper(c) && !isLower(c) {
			flush(i)
			continue
		}
		begins := isUpper(c) && i > 0 && (isLower(s[i-1]) || isUpper(s[i-1]) && i+1 < len(s) && isLower(s[i+1]))
		if begins {
			flush(i)
		}
		if start < 0 {
			start = i
		}
	}
	flush(len(s))
	return out
}

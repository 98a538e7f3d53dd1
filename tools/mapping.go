package tools

import (
	"strings"

	pipewright "github.com/pipewright/pipewright"
)

// String is the canonical text of the mapping, as it stands in the arguments of
// an action: `order_id, customer_id=buyer_id, amount=amount::numeric(10,2)`.
// Names that are not plain identifiers are quoted as in SQL.
func (m Remap) String() string {
	parts := make([]string, len(m))
	for i, r := range m {
		parts[i] = quoteIdent(r.Name)
		if r.From != r.Name || r.Cast != "" {
			parts[i] += "=" + quoteIdent(r.From)
		}
		if r.Cast != "" {
			parts[i] += "::" + r.Cast
		}
	}
	return strings.Join(parts, ", ")
}

// ParseRemap reads what String wrote. Anything else is an Invalid error.
func ParseRemap(text string) (Remap, error) {
	var m Remap
	for rest := text; ; {
		r, tail, ok := parseRemapped(rest)
		if !ok {
			return nil, pipewright.Errorf(pipewright.Invalid, "mapping %q: want old=new::type, separated by commas", text)
		}
		m = append(m, r)
		if tail == "" {
			return m, nil
		}
		rest = tail
	}
}

func parseRemapped(s string) (r Remapped, tail string, ok bool) {
	if r.Name, s, ok = scanIdent(s); !ok {
		return r, "", false
	}
	r.From = r.Name
	if after, has := strings.CutPrefix(s, "="); has {
		if r.From, s, ok = scanIdent(after); !ok {
			return r, "", false
		}
	}
	if after, has := strings.CutPrefix(s, "::"); has {
		if r.Cast, s = scanType(after); r.Cast == "" {
			return r, "", false
		}
	}
	if s == "" {
		return r, "", true
	}
	tail, ok = strings.CutPrefix(s, ", ")
	return r, tail, ok && tail != ""
}

// scanIdent reads a plain or quoted identifier off the front of s.
func scanIdent(s string) (name, tail string, ok bool) {
	if !strings.HasPrefix(s, `"`) {
		n := strings.IndexFunc(s, func(c rune) bool { return !plainRune(c) })
		if n < 0 {
			n = len(s)
		}
		return s[:n], s[n:], n > 0
	}
	var b strings.Builder
	for s = s[1:]; ; {
		n := strings.IndexByte(s, '"')
		if n < 0 {
			return "", "", false
		}
		b.WriteString(s[:n])
		s = s[n+1:]
		if !strings.HasPrefix(s, `"`) {
			return b.String(), s, b.Len() > 0
		}
		b.WriteByte('"')
		s = s[1:]
	}
}

// scanType reads a type name up to the next comma outside parentheses. Only
// letters, digits, spaces, commas in parentheses and brackets are types.
func scanType(s string) (typ, tail string) {
	depth := 0
	for i, c := range s {
		switch {
		case c == '(':
			depth++
		case c == ')':
			depth--
		case c == ',' && depth == 0:
			return s[:i], s[i:]
		case c != ' ' && c != ',' && c != '[' && c != ']' && !plainRune(c):
			return "", s
		}
	}
	return s, ""
}

func plainRune(c rune) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9'
}

func quoteIdent(name string) string {
	plain := name != "" && (name[0] < '0' || name[0] > '9') && !strings.ContainsFunc(name, func(c rune) bool { return !plainRune(c) })
	if plain {
		return name
	}
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
}

package redact

import (
	"net/url"
	"strings"
)

// nearby is how far back, in bytes, an assignment's surroundings are read.
const nearby = 256

func assignmentRule() rule {
	r := rule{kind: "password", label: secretLabel, find: findAssignment,
		also: []string{"jdbc_password", "odbc_password", "kafka_jaas_password", "session_cookie"}}
	for _, k := range keywords {
		r.anchors = append(r.anchors, fold(k.word))
		if k.kind != cookieKind {
			r.also = append(r.also, k.kind)
		}
	}
	return r
}

// findAssignment is the value that a sensitive name is given, in plain text,
// JSON (escaped or not), YAML, logfmt, a query string, a flag or an XML element.
func findAssignment(s string, at, end int) span {
	from, stop := runBack(s, at, dottedBytes, 64), run(s, end, nameBytes, 25)
	name := s[from:stop]
	if hasFold(s, at, "azure.account.key") {
		stop = run(s, end, dottedBytes, 80) // Hadoop puts the account behind the word
	}
	v, ok := valueAfter(s, from, stop)
	if !ok && (stop >= len(s) || !spaceBytes[s[stop]]) {
		return span{}
	}
	k := announced(name)
	if !ok {
		if v, ok = spoken(s, stop, k); !ok {
			return span{}
		}
	}
	if k.kind == "authorization_header" {
		return v.credentials(s)
	}
	if k.kind == "" || !v.plausible(s, k.weak) || k.random && !v.random(s) {
		return span{}
	}
	kind := inContext(s, from, k.kind)
	if kind == "" {
		return span{}
	}
	if v.bare && kind == "password" {
		kind = "sql_password"
	}
	f := span{start: v.start, end: v.whole(s), kind: kind, plain: v.plain(s)}
	if stop < len(s) && s[stop] == '%' || from > 0 && (s[from-1] == '?' || s[from-1] == '&') {
		f.plain = unquery(s[f.start:f.end])
	}
	return f
}

// inContext refines the kind by what stands before the name on the same line; "" means that
// it is not sensitive here.
func inContext(s string, from int, kind string) string {
	before := s[max(0, from-nearby):from]
	if cut := strings.LastIndexByte(before, '\n'); cut >= 0 {
		before = before[cut:]
	}
	switch kind {
	case cookieKind:
		if strings.Contains(before, "ookie") || strings.Contains(before, "OOKIE") {
			return "session_cookie"
		}
		return ""
	case "secret":
		if strings.HasSuffix(before, ":") && strings.Contains(before, "arn:") {
			return ""
		}
	case "password":
		return passwordKind(before)
	}
	return kind
}

func passwordKind(before string) string {
	switch {
	case strings.Contains(before, "LoginModule"):
		return "kafka_jaas_password"
	case strings.Contains(before, "jdbc:"):
		return "jdbc_password"
	case strings.Contains(before, "Driver=") || strings.Contains(before, "DRIVER=") || strings.Contains(before, "Server="):
		return "odbc_password"
	}
	return "password"
}

// plausible judges a value by how it is written. A weak name with a colon is
// often prose ("unexpected token: SELECT"): there the value must look made up.
func (v value) plausible(s string, weak bool) bool {
	text := s[v.start:v.end]
	if harmless(text) {
		return false
	}
	if v.listed && !madeUp(text) || v.bare && weak && !madeUp(text) {
		return false
	}
	if !weak || v.quoted {
		return !weak || len(text) >= 4
	}
	if len(text) < 6 {
		return false
	}
	return v.equals || madeUp(text)
}

func madeUp(text string) bool {
	lower, upper, digit := mix(text[:min(len(text), 64)])
	return digit && (lower || upper || len(text) >= 12) || lower && upper && len(text) >= 16
}

// random wants 16 bytes in which letters and digits mix.
func (v value) random(s string) bool {
	return v.end-v.start >= 16 && looksRandom(s[v.start:v.end])
}

// unquery is the value of a query string decoded, "" when it is written as it is.
func unquery(text string) string {
	plain, err := url.QueryUnescape(text)
	if err != nil || plain == text {
		return ""
	}
	return plain
}

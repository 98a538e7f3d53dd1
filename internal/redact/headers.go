package redact

import (
	"bytes"
	"encoding/base64"
	"strings"
)

var bearerBytes = bytesOf(lowers + uppers + digits + "._~+/=-")

func headerRules() []rule {
	return []rule{
		{kind: "bearer_token", label: secretLabel, anchors: []anchor{fold("bearer ").after(gapBytes), fold("apikey ").after(gapBytes)}, find: findBearer},
		{kind: "basic_auth", label: secretLabel, anchors: []anchor{fold("basic ").after(gapBytes)}, find: findBasic},
		{kind: "sql_password", label: secretLabel, anchors: []anchor{fold("password '"), fold("identified by ")}, find: findSQLPassword},
		{kind: "sql_password", label: secretLabel, anchors: []anchor{fold("set password for ")}, find: findSetPassword},
		{kind: "session_cookie", label: secretLabel, anchors: []anchor{fold("sid=").after(gapBytes), fold("auth="), fold("sess=")}, find: findCookie},
		{kind: "authorization_header", label: secretLabel, anchors: []anchor{exact("response=")}, find: findDigest},
		{kind: "basic_auth", label: secretLabel, anchors: []anchor{exact(`auth"`), exact(`auth\`)}, find: findRegistryAuth},
	}
}

// findBearer (RFC 6750) wants 16 bytes and a digit: "bearer token expired" is prose.
func findBearer(s string, _, end int) span {
	stop := trimDots(s, end, run(s, end, bearerBytes, len(s)))
	_, _, digit := mix(s[end:min(stop, end+64)])
	if stop-end < 16 || !digit {
		return span{}
	}
	return span{start: end, end: stop}
}

// findBasic (RFC 7617) wants base64 of user:password.
func findBasic(s string, _, end int) span {
	stop := run(s, end, base64Bytes, 4096)
	text := bytes.TrimRight([]byte(s[end:stop]), "=")
	plain, err := base64.RawStdEncoding.DecodeString(string(text))
	if err != nil || len(plain) < 3 || bytes.IndexByte(plain, ':') < 0 {
		return span{}
	}
	return span{start: end, end: stop}
}

// schemes are the words before the credentials of an Authorization header, and the kinds they announce.
var schemes = map[string]string{"bearer": "bearer_token", "basic": "basic_auth", "token": "authorization_header", "apikey": "authorization_header", "negotiate": "authorization_header",
	"bot": "authorization_header", "geniekey": "authorization_header"}

// credentials is the value of an Authorization header without its scheme.
func (v value) credentials(s string) span {
	f := span{start: v.start, end: v.whole(s), kind: "authorization_header"}
	word := run(s, v.start, letterBytes, 16)
	if kind := schemes[strings.ToLower(s[v.start:word])]; kind != "" && word < len(s) && s[word] == ' ' {
		f.start, f.kind = run(s, word, spaceBytes, 16), kind
		if !v.quoted {
			f.end = plainValue(s, f.start, len(s)).end
		}
	} else if !v.quoted && !madeUp(s[v.start:v.end]) {
		return span{}
	}
	if f.end-f.start < 6 || harmless(s[f.start:f.end]) {
		return span{}
	}
	return f
}

// findSQLPassword is the literal of CREATE USER ... PASSWORD '...'.
func findSQLPassword(s string, _, end int) span {
	if s[end-1] == '\'' {
		end--
	}
	v := argument(s, end)
	if !v.quoted || harmless(s[v.start:v.end]) || strings.IndexByte(s[v.start:v.end], '\n') >= 0 {
		return span{}
	}
	return span{start: v.start, end: v.end}
}

// findSetPassword is the literal of SET PASSWORD FOR 'user'@'host' = '...'.
func findSetPassword(s string, _, end int) span {
	stop := run(s, end, spaceBytes.not(), 128)
	i := run(s, stop, spaceBytes, 4)
	if !strings.HasPrefix(s[i:], "=") {
		return span{}
	}
	v := argument(s, run(s, i+1, spaceBytes, 4))
	if !v.quoted || harmless(s[v.start:v.end]) {
		return span{}
	}
	return span{start: v.start, end: v.end}
}

// findCookie is the value of a cookie whose name says that it is a session's.
func findCookie(s string, at, end int) span {
	if inContext(s, at, cookieKind) == "" {
		return span{}
	}
	v := plainValue(s, end, maxJudged)
	if !v.random(s) {
		return span{}
	}
	return span{start: v.start, end: v.whole(s)}
}

// findDigest is the answer of digest authentication (RFC 7616), which can be guessed offline.
func findDigest(s string, _, end int) span {
	v := argument(s, end)
	if n := v.end - v.start; n != 32 && n != 64 || run(s, v.start, hexBytes, n) != v.end {
		return span{}
	}
	return span{start: v.start, end: v.end}
}

// findRegistryAuth is what a client of container registries keeps: "auth": base64 of user:password.
func findRegistryAuth(s string, at, end int) span {
	v, ok := valueAfter(s, at, at+len("auth"))
	if !ok || !v.quoted {
		return span{}
	}
	f := findBasic(s, at, v.start)
	if f.end != v.end {
		return span{}
	}
	return f
}

package redact

import (
	"bytes"
	"encoding/base64"
	"strings"
)

func loginRules() []rule {
	return []rule{
		{kind: "password", label: secretLabel, find: findSecondArgument, anchors: []anchor{fold("auth=("), fold("auth("), fold("login(")}},
		{kind: "password", label: secretLabel, find: findAuthCommand, anchors: []anchor{exact("AUTH ").after(gapBytes)}},
	}
}

// findSecondArgument is the password of auth=('user', 'password') and login("user", "password").
func findSecondArgument(s string, _, end int) span {
	user := argument(s, run(s, end, spaceBytes, 4))
	if !user.quoted {
		return span{}
	}
	i := run(s, user.end+user.slashes+1, spaceBytes, 4)
	if i >= len(s) || s[i] != ',' {
		return span{}
	}
	v := argument(s, run(s, i+1, spaceBytes, 4))
	if !v.quoted || v.end-v.start < 4 || harmless(s[v.start:v.end]) || !madeUp(s[v.start:v.end]) {
		return span{}
	}
	return span{start: v.start, end: v.end, plain: v.plain(s)}
}

// findAuthCommand is the password of Redis' AUTH, and the credentials of SMTP's AUTH PLAIN (RFC 4616).
func findAuthCommand(s string, _, end int) span {
	if strings.HasPrefix(s[end:], "PLAIN ") {
		end += len("PLAIN ")
		stop := run(s, end, base64Bytes, 4096)
		plain, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(s[end:stop], "="))
		if err != nil || !bytes.ContainsAny(plain, "\x00:") {
			return span{}
		}
		return span{start: end, end: stop}
	}
	v := plainValue(s, end, maxJudged)
	if !chosen(s[v.start:v.end]) || v.end-v.start < 12 {
		return span{}
	}
	return span{start: v.start, end: v.end}
}

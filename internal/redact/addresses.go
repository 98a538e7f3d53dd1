package redact

import (
	"net/url"
	"strings"
)

var (
	localBytes  = bytesOf(lowers + uppers + digits + "._%+-")
	hostBytes   = bytesOf(lowers + uppers + digits + ".-")
	userEnd     = bytesOf(" \t\r\n\"'`<>/\\,;|(){}[]")
	pathBytes   = bytesOf(lowers + uppers + digits + "/_-.~%@+=")
	escapedPath = bytesOf(lowers + uppers + digits + "%_-+/=~.")
)

func addressRules() []rule {
	return []rule{
		{kind: "url_password", label: secretLabel, anchors: []anchor{exact("://")}, find: findUserinfo},
		{kind: "webhook_url", label: "webhook_url", find: findWebhook, also: []string{"slack_webhook"}, anchors: []anchor{
			exact("hooks.slack.com/"), exact("discord.com/api/webhooks/"), exact("discordapp.com/api/webhooks/"), exact("webhook.office.com/")}},
		{kind: "azure_sas_signature", label: secretLabel, find: findSignature, anchors: []anchor{fold("sig=").after(gapBytes)}},
		{kind: "presigned_url_signature", label: secretLabel, find: findSignature, anchors: []anchor{fold("-signature="), fold("signature=").after(bytesOf(" ,"))}},
		{kind: "email", label: "email", anchors: []anchor{exact("@"), exact("%40")}, find: findEmail},
	}
}

// findUserinfo is the password of scheme://user:password@host (RFC 3986). An
// unescaped @ belongs to the password.
func findUserinfo(s string, _, end int) span {
	stop := run(s, end, userEnd.not(), 512)
	last := strings.LastIndexByte(s[end:stop], '@')
	if last < 0 {
		return span{}
	}
	colon := strings.IndexByte(s[end:end+last], ':')
	if colon < 0 {
		if last >= 20 && looksRandom(s[end:end+last]) {
			return span{start: end, end: end + last} // a token in the place of a user
		}
		return span{}
	}
	f := span{start: end + colon + 1, end: end + last}
	if harmless(s[f.start:f.end]) {
		return span{}
	}
	if plain, err := url.PathUnescape(s[f.start:f.end]); err == nil {
		f.plain = plain
	}
	return f
}

// findWebhook is the path of an address that lets anybody post to a chat.
func findWebhook(s string, at, end int) span {
	f := span{start: end, end: trimDots(s, end, run(s, end, pathBytes, len(s)))}
	if f.end-f.start < 20 {
		return span{}
	}
	if strings.HasPrefix(s[at:], "hooks.slack.com") {
		f.kind, f.label = "slack_webhook", "slack_webhook"
	}
	return f
}

// findSignature is what signs a shared or presigned storage address: base64,
// percent-encoded, or hex; 32 bytes at least.
func findSignature(s string, _, end int) span {
	f := span{start: end, end: run(s, end, escapedPath, len(s))}
	if f.end-f.start < 40 {
		return span{}
	}
	if plain, err := url.PathUnescape(s[f.start:f.end]); err == nil {
		f.plain = plain
	}
	return f
}

// findEmail wants a domain with a dot and a top level of letters, that is not
// a host inside a cluster or a file.
func findEmail(s string, at, end int) span {
	from := runBack(s, at, localBytes, 65)
	for from < at && (s[from] == '.' || s[from] == '-' || s[from] == '%') {
		from++
	}
	stop := run(s, end, hostBytes, 255)
	for stop > end && !alnumBytes[s[stop-1]] {
		stop--
	}
	dot := strings.LastIndexByte(s[end:stop], '.')
	if at-from < 1 || at-from > 64 || dot < 1 || !topLevel(s[end+dot+1:stop]) || !alnumBytes[s[end]] {
		return span{}
	}
	if s[from:at] == "git" || strings.HasSuffix(s[:from], "//") {
		return span{}
	}
	return span{start: from, end: stop, plain: s[from:at] + "@" + s[end:stop]}
}

func topLevel(name string) bool {
	if len(name) < 2 || len(name) > 24 || run(name, 0, letterBytes, 24) != len(name) {
		return false
	}
	switch strings.ToLower(name) {
	case "internal", "local", "localdomain", "lan", "svc", "cluster", "py", "scala", "java", "js", "ts", "sql", "png", "jpg", "json", "yaml", "parquet", "jar", "log":
		return false
	}
	return true
}

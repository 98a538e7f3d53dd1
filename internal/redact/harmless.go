package redact

import "strings"

// harmlessWords are values that say something about a secret instead of being one.
var harmlessWords = func() map[string]bool {
	out := map[string]bool{}
	for _, w := range strings.Fields(`none null nil nan undefined true false yes no unset empty missing absent present invalid valid expired
		expires expiring required optional incorrect wrong changed change reset rotated rotate rotation refreshed refresh revoked redacted hidden masked removed
		omitted filtered failed failure error ok okay not is was has for from the and with must should cannot could may will this that to in of on at
		authentication authorization authenticated unauthorized denied rejected accepted success successful found unknown default string str bytes byte int integer
		bool boolean float object text varchar char column type field optional[str] secretstr any bearer basic digest negotiate token apikey aws4-hmac-sha256
		password passwd secret user username key name value file env environment plaintext encrypted prompt enter retry retrying again please your n/a - tbd todo changeme_not_set
		{ [ ( {} [] () | > |- >- "" '' , ; : **`) {
		out[w] = true
	}
	return out
}()

var maskBytes = bytesOf("*xX.-#_•")

// harmless tells whether a value needs no hiding: empty, a mask, a placeholder, a
// word of prose, or a reference to where the secret is kept.
func harmless(v string) bool {
	v = strings.TrimSpace(v)
	if v == "" || hidden(v) || run(v, 0, maskBytes, len(v)) == len(v) {
		return true
	}
	if len(v) <= 24 && harmlessWords[strings.TrimRight(strings.ToLower(v), ".,;:!?)")] {
		return true
	}
	return reference(v)
}

// hidden tells whether a value is a placeholder, perhaps with an escaped line end.
func hidden(v string) bool {
	end := placeholderEnd(v, 0)
	if end == 0 || end == len(v) {
		return end > 0
	}
	rest := strings.ReplaceAll(strings.ReplaceAll(v[end:], `\n`, ""), `\r`, "")
	return run(rest, 0, gapBytes, len(rest)) == len(rest)
}

// reference recognises variables, templates, calls, ARNs and paths.
func reference(v string) bool {
	switch v[0] {
	case '$':
		return len(v) > 1 && (v[1] == '{' || v[1] == '(' || run(v, 1, bytesOfName, len(v)) == len(v))
	case '{':
		return strings.HasPrefix(v, "{{")
	case '%':
		return strings.HasPrefix(v, "%(") || len(v) == 2
	case '<':
		return strings.HasSuffix(v, ">") || !strings.ContainsAny(v, digits)
	case '[', '(':
		return bracketed(v)
	case '/':
		return path(v)
	}
	for _, prefix := range []string{"arn:", blockOpen, "Optional[", "vault:", "env:", "file:", "s3://", "sm://", "secretsmanager:", "ssm:", "os.environ", "os.getenv", "process.env", "System.getenv", "valueFrom", "secretKeyRef"} {
		if strings.HasPrefix(v, prefix) {
			return true
		}
	}
	return false
}

var (
	bytesOfName = bytesOf(uppers + digits + "_")
	wordBytes   = bytesOf(lowers + uppers + " _-*")
	pathChars   = bytesOf(lowers + uppers + digits + "/._-")
)

// bracketed accepts [REDACTED], (hidden) and the like: one word in brackets.
func bracketed(v string) bool {
	stop := run(v, 1, wordBytes, len(v))
	return stop == len(v) || stop == len(v)-1 && (v[stop] == ']' || v[stop] == ')')
}

// path accepts a file name of at least two levels that does not look made up.
func path(v string) bool {
	return strings.Count(v, "/") >= 2 && run(v, 0, pathChars, len(v)) == len(v) && !looksRandom(v)
}

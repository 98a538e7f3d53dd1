package redact

import "strings"

// fillers stand between the word password and the password itself in a sentence.
var fillers = map[string]bool{"is": true, "was": true, "be": true, "to": true, "set": true, "changed": true, "now": true, "as": true, "new": true, "using": true, "with": true, "value": true}

// spoken reads a password out of a sentence: "the password for etl is X", "password X rejected".
// Prose is full of the word: only what has letters in both cases and a digit counts.
func spoken(s string, stop int, k keyword) (value, bool) {
	if k.kind == "" || k.kind == cookieKind || k.random {
		return value{}, false
	}
	if k.kind != "password" || k.weak {
		return spokenKey(s, stop)
	}
	i := stop
	for whose := false; i < len(s); {
		at := run(s, i, spaceBytes, 4)
		if at == i {
			break
		}
		v := plainValue(s, at, maxJudged)
		word := strings.TrimRight(s[v.start:v.end], ":")
		if chosen(word) {
			return value{start: v.start, end: v.start + len(word), equals: true}, true
		}
		name := strings.ToLower(word)
		if !fillers[name] && name != "for" && name != "of" && !whose || i-stop > 64 {
			break
		}
		whose, i = name == "for" || name == "of", v.end
	}
	return value{}, false
}

// spokenKey is a long key right after the word: "configure set aws_secret_access_key X".
func spokenKey(s string, stop int) (value, bool) {
	at := run(s, stop, spaceBytes, 4)
	v := plainValue(s, at, maxJudged)
	v.equals = true
	lower, upper, digit := mix(s[at:v.end])
	return v, at > stop && v.end-at >= 20 && lower && upper && digit && run(s, at, base64Bytes, maxJudged) == v.end
}

// chosen tells whether a word of prose looks like a password.
func chosen(word string) bool {
	if len(word) < 8 || len(word) > 64 || strings.ContainsAny(word, "/\\:=()[]{}<>@,'\"`") {
		return false
	}
	lower, upper, digit := mix(word)
	return lower && upper && digit
}

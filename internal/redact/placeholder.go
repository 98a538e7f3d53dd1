package redact

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

const (
	opening   = "[redacted:"
	suffixLen = 6 // hex digits of the keyed hash
	maxLabel  = 40
)

// placeholder is what stands in for a value. The label follows from the value
// where it can, so that one value has one placeholder whatever surrounded it.
func (r *Redactor) placeholder(f span, text string) string {
	value := text
	if f.plain != "" {
		value = f.plain
	}
	label := f.label
	if label == secretLabel {
		label, value = r.identify(value)
	}
	mac := hmac.New(sha256.New, r.salt)
	mac.Write([]byte(value))
	return opening + label + ":" + hex.EncodeToString(mac.Sum(nil))[:suffixLen] + "]"
}

// identify names a value by itself, as it was remembered or by its own shape,
// and gives its plain form.
func (r *Redactor) identify(value string) (label, plain string) {
	if label, ok := r.known.Load().label(value); ok {
		return label, value
	}
	for _, f := range r.scan.find(value, r.rules) {
		if f.start != 0 || f.end != len(value) || f.skip() || f.label == secretLabel {
			continue
		}
		if f.plain != "" {
			value = f.plain
		}
		return f.label, value
	}
	return secretLabel, value
}

// placeholderEnd is where the placeholder that starts at s[at] ends, or 0.
func placeholderEnd(s string, at int) int {
	if !strings.HasPrefix(s[at:], opening) {
		return 0
	}
	i := at + len(opening)
	label := run(s, i, labelBytes, maxLabel)
	if label == i || label >= len(s) || s[label] != ':' {
		return 0
	}
	end := run(s, label+1, hexBytes, suffixLen)
	if end-label-1 != suffixLen || end >= len(s) || s[end] != ']' {
		return 0
	}
	return end + 1
}

func findPlaceholder(s string, at, _ int) span {
	return span{start: at, end: placeholderEnd(s, at)}
}

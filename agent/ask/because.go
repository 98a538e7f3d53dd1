package ask

import (
	"regexp"
	"strings"
)

// decided recognises a decision with its reason, and what a surface adds about where it
// was said: "deny it because the new model is wanted (inc-0001)".
var decided = regexp.MustCompile(`(?is)^(.{0,80}?\b(?:deny|denied|reject|refuse|decline|veto|approve|undo|pause|resume)\b.{0,60}?)[\s,:;–—-]+because\s+(.+?)(\s*\(inc-\d+\))?$`)

// takenOut are secrets as the redactor leaves them, with the word of the key before.
var takenOut = regexp.MustCompile(`(?i)(?:[\w-]+\s*[=:]\s*)?\[redacted:[^\]]*\]`)

// withoutReason is what a message decides, and why: the words of a reason name no
// resource and wish nothing.
func withoutReason(text string) (decision, why string) {
	m := decided.FindStringSubmatch(strings.TrimSpace(text))
	if m == nil {
		return text, ""
	}
	return m[1] + m[3], strings.TrimSpace(m[2])
}

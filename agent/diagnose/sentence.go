package diagnose

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/pipewright/pipewright/agent/catalogue"
)

// Facts are what a sentence about one case may use, as text. An empty one is
// not known.
type Facts struct {
	Resource string // where the cause sits
	Symptom  string // where the incident was first seen
	Change   string // what changed, in the source's words
	At       string // when it changed
	Since    string // when the symptom began
	Error    string // the part of a record that the signature matched
	Metric   string // a reading against its past
}

var (
	optional = regexp.MustCompile(`\[([^\[\]|]*)(?:\|([^\[\]]*))?\]`)
	hole     = regexp.MustCompile(`\{([a-z]+)\}`)
)

// plainSays is the sentence of a cause that brings none.
const plainSays = "{resource}[: {change} at {at}][; {symptom} shows `{error}`][; {metric}]"

// Sentence renders a cause for people from its says template. A part in square
// brackets is left out, or replaced by what follows its bar, when one of its
// facts is not known. Nothing is invented: numbers and names come from the
// facts. A symptom at the cause's own resource is called "it".
func Sentence(c catalogue.Cause, f Facts) string {
	facts := f.byName()
	says := c.Says
	if says == "" {
		says = strings.TrimSuffix(c.Summary, ".") + ": " + plainSays
	}
	text := optional.ReplaceAllStringFunc(says, func(part string) string {
		m := optional.FindStringSubmatch(part)
		for _, name := range hole.FindAllStringSubmatch(m[1], -1) {
			if facts[name[1]] == "" {
				return m[2]
			}
		}
		return m[1]
	})
	text = hole.ReplaceAllStringFunc(text, func(name string) string { return facts[strings.Trim(name, "{}")] })
	return strings.TrimSpace(text)
}

func (f Facts) byName() map[string]string {
	m := map[string]string{"resource": f.Resource, "symptom": f.Symptom, "change": f.Change, "at": f.At, "since": f.Since, "error": f.Error, "metric": f.Metric}
	if f.Symptom == f.Resource && f.Symptom != "" {
		m["symptom"] = "it"
	}
	for name, text := range m {
		m[name] = line(text)
	}
	m["error"] = strings.ReplaceAll(m["error"], "`", "'")
	return m
}

// longestFact is how much of one fact a sentence shows, in characters.
const longestFact = 160

// line makes text from outside safe to stand inside a sentence: one line,
// printable, bounded.
func line(text string) string {
	text = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(text, "?"), func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
	if utf8.RuneCountInString(text) > longestFact {
		text = string([]rune(text)[:longestFact]) + "..."
	}
	return text
}

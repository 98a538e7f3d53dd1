package prompts

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	pipewright "github.com/pipewright/pipewright"
)

// Type is what a value of an input must be.
type Type string

const (
	Text     Type = "text"     // anything, at most maxText bytes; fenced as data
	Resource Type = "resource" // glue:job/orders_etl
	Duration Type = "duration" // 30m, 2h, 7d, 1w
	Incident Type = "incident" // inc-0003
	Metric   Type = "metric"   // cpu_percent
	Number   Type = "number"   // a whole number
	Choice   Type = "choice"   // one of the input's choices
)

// Types is the closed list.
var Types = []Type{Text, Resource, Duration, Incident, Metric, Number, Choice}

// Bounds of a value: free text in bytes, a duration in days.
const (
	maxText = 4000
	maxDays = 366
)

var (
	durationShape = regexp.MustCompile(`^([1-9][0-9]{0,5})(m|h|d|w)$`)
	incidentShape = regexp.MustCompile(`^inc-[0-9]{1,9}$`)
	metricShape   = regexp.MustCompile(`^[a-z][a-z0-9_]{0,63}$`)
	numberShape   = regexp.MustCompile(`^[0-9]{1,9}$`)
	units         = map[string]struct {
		word    string
		minutes int
	}{"m": {"minute", 1}, "h": {"hour", 60}, "d": {"day", 24 * 60}, "w": {"week", 7 * 24 * 60}}
)

// check says why a value does not fit its input, "" when it does.
func (in Input) check(value string) string {
	switch in.Type {
	case Text:
		if len(value) > maxText {
			return fmt.Sprintf("is %d bytes long; the most is %d", len(value), maxText)
		}
	case Resource:
		if _, err := pipewright.ParseResourceID(value); err != nil || pipewright.Visible(value) != value || strings.ContainsAny(value, "`\"") {
			return fmt.Sprintf("%q is not a resource such as glue:job/orders_etl", cut(pipewright.Visible(value), 80))
		}
	case Duration:
		if !validDuration(value) {
			return fmt.Sprintf("%q is not a time span such as 30m, 2h, 7d or 1w, at most %d days", cut(value, 40), maxDays)
		}
	case Choice:
		if !slices.Contains(in.Choices, value) {
			return fmt.Sprintf("%q is not one of %s", cut(value, 40), strings.Join(in.Choices, ", "))
		}
	default:
		return in.checkShape(value)
	}
	return ""
}

func (in Input) checkShape(value string) string {
	for _, s := range []struct {
		of   Type
		fits *regexp.Regexp
		like string
	}{{Incident, incidentShape, "an incident such as inc-0003"}, {Metric, metricShape, "a metric such as cpu_percent"}, {Number, numberShape, "a whole number"}} {
		if in.Type == s.of && !s.fits.MatchString(value) {
			return fmt.Sprintf("%q is not %s", cut(value, 40), s.like)
		}
	}
	return ""
}

func validDuration(value string) bool {
	m := durationShape.FindStringSubmatch(value)
	if m == nil {
		return false
	}
	n, err := strconv.Atoi(m[1])
	return err == nil && n*units[m[2]].minutes <= maxDays*24*60
}

// spoken is a checked value as it stands in a question. Free text is in quotation
// marks: the planner reads what is quoted as material, never as a wish.
func (in Input) spoken(value string) string {
	switch {
	case value == "":
		return ""
	case in.Type == Text:
		plain := strings.Map(func(r rune) rune {
			if strings.ContainsRune("\"'`“”„‟‘’‚‛«»‹›", r) {
				return -1
			}
			return r
		}, pipewright.Visible(value))
		return `"` + cut(strings.Join(strings.Fields(plain), " "), 300) + `"`
	case in.Type == Duration:
		m := durationShape.FindStringSubmatch(value)
		word := units[m[2]].word
		if m[1] != "1" {
			word += "s"
		}
		return m[1] + " " + word
	case in.Type == Choice:
		return strings.ReplaceAll(value, "_", " ")
	}
	return value
}

// written is a checked value as it stands in the body.
func (in Input) written(value string) string {
	switch {
	case value == "":
		return ""
	case in.Type == Text:
		return "\n" + Fence(in.Name, value) + "\n"
	case in.Type == Duration:
		return in.spoken(value)
	}
	return "`" + value + "`"
}

// sample is a value that fits the input, for trying a template out.
func (in Input) sample() string {
	switch {
	case in.Default != "":
		return in.Default
	case in.Type == Choice && len(in.Choices) > 0:
		return in.Choices[0]
	}
	return map[Type]string{Text: "words", Resource: "glue:job/orders_etl", Duration: "2h", Incident: "inc-0003", Metric: "cpu_percent", Number: "3"}[in.Type]
}

package ask

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	pipewright "github.com/pipewright/pipewright"
)

// numeric matches a run of signs that holds a digit: numbers, times, identifiers.
var numeric = regexp.MustCompile(`[\p{L}\p{N}_.,:/%#@+-]*\p{Nd}[\p{L}\p{N}_.,:/%#@+-]*`)

// facts are the numbers and the words with digits that some evidence holds.
type facts struct {
	words   map[string]bool
	numbers []float64
}

// stray returns the first number or identifier of a sentence that the cited evidence does
// not hold, empty when all are there. Formats are forgiven: 12,345 and 12345, 87 % and 0.87,
// 87.3 for 87.26, a time in the asker's zone; another value is not.
func (m *thought) stray(text string, cited []shown) string {
	f := m.factsOf(cited)
	spots := numeric.FindAllStringIndex(text, -1)
	for _, at := range spots {
		token := bareToken(text[at[0]:at[1]])
		if token == "" || f.holds(token, text[at[1]:]) || m.named(token) || m.saidByAsker(token, text[at[1]:]) {
			continue
		}
		return token
	}
	for _, w := range strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return r < 'a' || r > 'z' }) {
		if n, ok := numberWords[w]; ok && !f.equals(n, 0) {
			return w
		}
	}
	return ""
}

var numberWords = map[string]float64{"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
	"eleven": 11, "twelve": 12, "fifteen": 15, "twenty": 20, "thirty": 30, "fifty": 50, "hundred": 100, "thousand": 1000, "million": 1e6}

func bareToken(s string) string { return strings.ToLower(strings.Trim(s, ".,:;/#@+-_")) }

// factsOf gathers what the cited evidence holds.
func (m *thought) factsOf(cited []shown) facts {
	f := facts{words: map[string]bool{}}
	for _, s := range cited {
		e := s.evidence
		f.add(e.Excerpt)
		f.note(string(e.Source), e.Query)
		f.numbers = append(f.numbers, float64(s.hits))
		f.times(m.q.Zone, e.Start, e.End)
		if d := e.End.Sub(e.Start).Seconds(); !e.Start.IsZero() && d > 0 {
			f.numbers = append(f.numbers, d)
		}
		for _, n := range e.Lines {
			f.numbers = append(f.numbers, float64(n))
		}
	}
	f.numbers = append(f.numbers, float64(len(cited)))
	f.times(m.q.Zone, m.now, m.ans.Window.Start, m.ans.Window.End)
	return f
}

var stamps = regexp.MustCompile(`\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?|\b\d{1,2}:\d\d(?::\d\d)?\b`)

// add takes the words and numbers of a text. Times count as times, not as the numbers
// they are written with.
func (f *facts) add(text string) {
	f.note(text)
	for _, s := range numeric.FindAllString(stamps.ReplaceAllString(text, " "), -1) {
		for _, part := range strings.FieldsFunc(s, func(r rune) bool { return r == '/' || r == ':' }) {
			if v, _, _, ok := measure(bareToken(part)); ok {
				f.numbers = append(f.numbers, v...)
			}
		}
	}
}

// note takes the words of texts that hold a digit, as they are.
func (f *facts) note(texts ...string) {
	for _, text := range texts {
		for _, s := range numeric.FindAllString(text, -1) {
			f.words[bareToken(s)] = true
			if at, err := time.Parse(time.RFC3339, strings.ToUpper(bareToken(s))); err == nil {
				f.times(time.UTC, at)
			}
		}
	}
}

// times takes the ways in which people write an instant.
func (f *facts) times(zone *time.Location, at ...time.Time) {
	for _, t := range at {
		if t.IsZero() {
			continue
		}
		for _, z := range []*time.Location{time.UTC, zone} {
			for _, layout := range []string{"15:04", "15:04:05", "3:04pm", "3pm", time.DateOnly, time.RFC3339, "2006-01-02t15:04", "15:04z", "02.01.2006", "02/01/2006", "01/02/2006", "2006"} {
				f.words[strings.ToLower(t.In(z).Format(layout))] = true
			}
			f.words["day "+strconv.Itoa(t.In(z).Day())] = true
		}
	}
}

// holds reports whether a token of a sentence is in the facts. rest is what follows it.
func (f facts) holds(token, rest string) bool {
	if f.words[token] {
		return true
	}
	if strings.Contains(token, "/") || strings.Count(token, "-") == 1 && strings.Trim(token, "0123456789.,-%") == "" {
		parts := strings.FieldsFunc(token, func(r rune) bool { return r == '/' || r == '-' })
		for _, p := range parts {
			if !f.holds(p, "") {
				return false
			}
		}
		return len(parts) > 1
	}
	if m := monthBeside.FindString(strings.ToLower(rest)); m != "" && f.words["day "+strings.TrimLeft(strings.TrimRight(token, "stndrh"), "0")] {
		return true
	}
	values, decimals, unit, ok := measure(token)
	if !ok {
		return false
	}
	scales := []float64{1}
	if unit == "%" || strings.HasPrefix(strings.TrimSpace(rest), "%") || strings.HasPrefix(strings.TrimSpace(rest), "percent") {
		scales = append(scales, 0.01)
	}
	if unit == "" {
		unit = timeUnit.FindString(strings.ToLower(strings.TrimSpace(rest)))
	}
	scales = append(scales, scaleOf(unit)...)
	for _, v := range values {
		for _, s := range scales {
			if f.equals(v*s, 0.5*math.Pow10(-decimals)*s) {
				return true
			}
		}
	}
	return false
}

var (
	monthBeside = regexp.MustCompile(`^[. ]*(?:of )?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)`)
	timeUnit    = regexp.MustCompile(`^(?:ms|milliseconds?|s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|days?|segundos?|minutos?|horas?|sekunden?|minuten?|stunden?|secondes?|heures?)\b`)
)

// equals reports whether one of the numbers is v within a tolerance.
func (f facts) equals(v, within float64) bool {
	for _, n := range f.numbers {
		if math.Abs(n-v) <= within+1e-9*math.Abs(v) {
			return true
		}
	}
	return false
}

// named reports whether a token with digits is the name of something observed, whole or
// as a part of it.
func (m *thought) named(token string) bool {
	if !identifier(token) {
		return false
	}
	if m.observed(pipewright.ResourceID(token)) {
		return true
	}
	_, ok := m.world.index.aliases[squash(token)]
	return ok
}

// saidByAsker reports whether the asker wrote the token: an identifier or a time, or
// a number with a unit of time ("in the past 2 hours").
func (m *thought) saidByAsker(token, rest string) bool {
	said := false
	for _, s := range numeric.FindAllString(m.q.Text, -1) {
		said = said || bareToken(s) == token
	}
	if !said {
		return false
	}
	_, _, unit, number := measure(token)
	return !number || unit != "" && unit != "%" || timeUnit.MatchString(strings.ToLower(strings.TrimSpace(rest)))
}

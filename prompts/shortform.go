package prompts

import (
	"regexp"
	"strings"

	pipewright "github.com/pipewright/pipewright"
)

// Call is a prompt with the values somebody gave.
type Call struct {
	Prompt Prompt            `json:"-"`
	Name   string            `json:"name"`
	Values map[string]string `json:"values"`
}

// ShortForm reads "rca glue:job/orders_etl since=2h" as a call of root-cause: the
// name or a short name, then values, by key or in the order of the inputs. Words in
// quotation marks are one value. It is pure; values are checked when the prompt is
// rendered. A name that no prompt has is NotFound.
func ShortForm(l *Library, text string) (Call, error) {
	words, err := words(text)
	if err != nil {
		return Call{}, err
	}
	if len(words) == 0 {
		return Call{}, pipewright.Errorf(pipewright.Invalid, "name a prompt; there are %s", strings.Join(l.names(), ", "))
	}
	p, err := l.Prompt(words[0].text)
	if err != nil {
		return Call{}, err
	}
	c := Call{Prompt: p, Name: p.Name, Values: map[string]string{}}
	return c, c.take(words[1:])
}

// Values reads "resource=glue:job/orders_etl since=2h" already split into words,
// as a command line gives them; a word without a key takes the next free input.
func Values(p Prompt, args []string) (map[string]string, error) {
	c := Call{Prompt: p, Name: p.Name, Values: map[string]string{}}
	var given []word
	for _, a := range args {
		given = append(given, word{text: a})
	}
	return c.Values, c.take(given)
}

var assignment = regexp.MustCompile(`(?s)^([a-z][a-z0-9_]{0,29})=(.*)$`)

// take gives the words to the inputs: those with a key first.
func (c Call) take(given []word) error {
	var rest []string
	for _, w := range given {
		m := assignment.FindStringSubmatch(w.text)
		if m == nil || w.quoted {
			rest = append(rest, w.text)
			continue
		}
		if !c.Prompt.has(m[1]) {
			return pipewright.Errorf(pipewright.Invalid, "%s has no input %q; it takes %s", c.Name, m[1], c.Prompt.takes())
		}
		if _, twice := c.Values[m[1]]; twice {
			return pipewright.Errorf(pipewright.Invalid, "%s is given twice", m[1])
		}
		c.Values[m[1]] = m[2]
	}
	return c.fill(rest)
}

// fill gives words without a key to the free inputs in order; a last free text
// takes all that is left.
func (c Call) fill(rest []string) error {
	for _, in := range c.Prompt.Inputs {
		if _, given := c.Values[in.Name]; given || len(rest) == 0 {
			continue
		}
		if in.Type == Text {
			c.Values[in.Name], rest = strings.Join(rest, " "), nil
			continue
		}
		c.Values[in.Name], rest = rest[0], rest[1:]
	}
	if len(rest) > 0 {
		return pipewright.Errorf(pipewright.Invalid, "%s does not know what %q is; it takes %s", c.Name, cut(pipewright.Visible(rest[0]), 60), c.Prompt.takes())
	}
	return nil
}

// word is one word of a short form.
type word struct {
	text   string
	quoted bool // wholly: it cannot be an assignment
}

var quoteOf = map[rune]rune{'"': '"', '“': '”', '„': '“'}

// words splits a text at spaces outside quotation marks, straight or curly: chat
// programs turn one into the other.
func words(text string) ([]word, error) {
	var out []word
	var b strings.Builder
	var end rune // of the quotation we are in, 0 outside
	begun, quoted := false, false
	flush := func() {
		if begun {
			out = append(out, word{b.String(), quoted})
		}
		b.Reset()
		begun, quoted = false, false
	}
	for _, r := range text {
		switch {
		case end != 0 && (r == end || end != '"' && r == '"'):
			end = 0
		case end == 0 && quoteOf[r] != 0:
			quoted = quoted || !begun
			begun, end = true, quoteOf[r]
		case end == 0 && (r == ' ' || r == '\t' || r == '\n' || r == '\u00a0'):
			flush()
		default:
			begun = true
			b.WriteRune(r)
		}
	}
	if end != 0 {
		return nil, pipewright.Errorf(pipewright.Invalid, "a quotation mark is not closed")
	}
	flush()
	return out, nil
}

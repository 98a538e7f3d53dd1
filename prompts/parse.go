package prompts

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"

	pipewright "github.com/pipewright/pipewright"
)

// front is the YAML front matter of a file.
type front struct {
	Name    string            `yaml:"name"`
	Purpose string            `yaml:"purpose"`
	Intent  pipewright.Intent `yaml:"intent"`
	Short   []string          `yaml:"short"`
	Inputs  []Input           `yaml:"inputs"`
	Tools   []string          `yaml:"tools"`
	Ask     string            `yaml:"ask"`
}

// parse reads one file. ok is false when it has any fault; the prompt is then only
// good for its name.
func (c *checker) parse(file string, text []byte) (p Prompt, ok bool) {
	before := len(c.faults)
	head, body, found := split(string(text))
	if !found {
		c.add(file, "", "it must begin with front matter between two lines of ---")
		return Prompt{}, false
	}
	var f front
	dec := yaml.NewDecoder(bytes.NewReader([]byte(head)))
	dec.KnownFields(true)
	if err := dec.Decode(&f); err != nil {
		c.yaml(file, err)
	}
	p = Prompt{Name: f.Name, Purpose: f.Purpose, Intent: f.Intent, Short: f.Short, Inputs: f.Inputs, Tools: f.Tools, Ask: f.Ask, Body: body, File: file, Hash: hash(text)}
	for i := range p.Inputs {
		if p.Inputs[i].Type == "" {
			p.Inputs[i].Type = Text
		}
	}
	c.check(&p)
	return p, len(c.faults) == before
}

// split parts the front matter from the body.
func split(text string) (head, body string, ok bool) {
	text = strings.TrimPrefix(strings.ReplaceAll(text, "\r\n", "\n"), "\ufeff")
	rest, ok := strings.CutPrefix(text, "---\n")
	if !ok {
		return "", "", false
	}
	head, body, ok = strings.Cut("\n"+rest, "\n---\n")
	return head, body, ok
}

var unknownField = regexp.MustCompile(`^line (\d+): field (.+) not found in type`)

// yaml says what is wrong with the front matter, one fault a line.
func (c *checker) yaml(file string, err error) {
	var wrong *yaml.TypeError
	if !errors.As(err, &wrong) {
		c.add(file, "", "the front matter is not YAML: "+strings.TrimPrefix(err.Error(), "yaml: "))
		return
	}
	for _, e := range wrong.Errors {
		if m := unknownField.FindStringSubmatch(e); m != nil {
			c.add(file, m[2], fmt.Sprintf("there is no such key (line %s)", m[1]))
			continue
		}
		c.add(file, "", "the front matter does not fit: "+e)
	}
}

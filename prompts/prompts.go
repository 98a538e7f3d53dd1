// Package prompts holds the prompt templates: what people ask for again and
// again, as one Markdown file each, with what it needs and which tools it may use.
// The files are embedded; a folder of the user's replaces and adds.
//
// Every prompt works in two ways. Its body is rendered for a model. Its question is
// plain English that the built-in planner understands, so that it works with no
// model at all. Values come from outside: they are checked against their input's
// type, and free text is fenced as data in the body and quoted in the question.
//
// Rendering is pure: the same file and values give the same text, and the hash of
// the file names the version. Command prompts, Slack's slash command and the model
// planner call this package.
package prompts

import (
	"slices"
	"strings"
	"text/template"

	pipewright "github.com/pipewright/pipewright"
)

// Prompt is one template with its front matter.
type Prompt struct {
	Name    string            `json:"name"`
	Purpose string            `json:"purpose"`
	Intent  pipewright.Intent `json:"intent"`          // what the built-in planner makes of the question
	Short   []string          `json:"short,omitempty"` // other names, for short forms: rca
	Inputs  []Input           `json:"inputs"`
	Tools   []string          `json:"tools"` // the read tools a model may call for it
	Ask     string            `json:"ask"`   // template of the question
	Body    string            `json:"body"`  // template for a model
	File    string            `json:"file"`
	Hash    string            `json:"hash"` // sha256:... of the file

	layer     int // 0: embedded
	ask, body *template.Template
}

// Input is one value that a prompt takes.
type Input struct {
	Name     string   `yaml:"name" json:"name"`
	Type     Type     `yaml:"type" json:"type"`
	Required bool     `yaml:"required" json:"required"`
	Default  string   `yaml:"default" json:"default,omitempty"`
	Purpose  string   `yaml:"purpose" json:"purpose,omitempty"`
	Choices  []string `yaml:"choices" json:"choices,omitempty"` // for the type choice
}

// has reports whether there is an input of this name.
func (p Prompt) has(name string) bool {
	return slices.ContainsFunc(p.Inputs, func(in Input) bool { return in.Name == name })
}

// Library is a set of prompts, sorted by name. It is built once and then only read.
type Library struct{ prompts []Prompt }

// Prompts lists the prompts by name.
func (l *Library) Prompts() []Prompt { return slices.Clone(l.prompts) }

// Prompt looks a prompt up by its name or one of its short names.
func (l *Library) Prompt(name string) (Prompt, error) {
	name = strings.ToLower(name)
	i := slices.IndexFunc(l.prompts, func(p Prompt) bool { return p.Name == name || slices.Contains(p.Short, name) })
	if i < 0 {
		return Prompt{}, pipewright.Errorf(pipewright.NotFound, "there is no prompt %q; there are %s", cut(pipewright.Visible(name), 60), strings.Join(l.names(), ", "))
	}
	return l.prompts[i], nil
}

func (l *Library) names() []string {
	var out []string
	for _, p := range l.prompts {
		out = append(out, p.Name)
	}
	return out
}

// cut keeps at most n bytes of whole characters.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && s[n]&0xC0 == 0x80 {
		n--
	}
	return s[:n] + "…"
}

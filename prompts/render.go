package prompts

import (
	"maps"
	"slices"
	"strings"
	"text/template"

	pipewright "github.com/pipewright/pipewright"
)

// Rendered is a prompt with its values filled in.
type Rendered struct {
	Name     string            `json:"name"`
	Hash     string            `json:"hash"` // of the file: the version
	Intent   pipewright.Intent `json:"intent"`
	Tools    []string          `json:"tools"`
	Values   map[string]string `json:"values"` // with defaults
	Question string            `json:"question"`
	Text     string            `json:"text"`
}

// Render fills the values in. The error is Invalid and lists everything that is
// wrong with them, one a line.
func (p Prompt) Render(values map[string]string) (Rendered, error) {
	all, faults := p.fill(values)
	if len(faults) > 0 {
		return Rendered{}, pipewright.Errorf(pipewright.Invalid, "%s: %s", p.Name, strings.Join(faults, "\n"))
	}
	out := Rendered{Name: p.Name, Hash: p.Hash, Intent: p.Intent, Tools: slices.Clone(p.Tools), Values: all}
	var err error
	if out.Question, err = execute(p.ask, p.each(all, Input.spoken)); err != nil {
		return Rendered{}, pipewright.Errorf(pipewright.Invalid, "%s: ask: %w", p.Name, err)
	}
	out.Question = strings.Join(strings.Fields(out.Question), " ")
	if out.Text, err = execute(p.body, p.each(all, Input.written)); err != nil {
		return Rendered{}, pipewright.Errorf(pipewright.Invalid, "%s: body: %w", p.Name, err)
	}
	out.Text = strings.TrimSpace(out.Text) + "\n"
	return out, nil
}

// fill checks the values and adds defaults.
func (p Prompt) fill(values map[string]string) (all map[string]string, faults []string) {
	all = map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if !p.has(name) {
			faults = append(faults, cut(pipewright.Visible(name), 40)+": there is no such input; it takes "+p.takes())
		}
	}
	for _, in := range p.Inputs {
		v := strings.TrimSpace(values[in.Name])
		if v == "" {
			v = in.Default
		}
		why := ""
		switch {
		case v == "" && in.Required:
			why = "is needed: " + in.Purpose
		case v != "":
			why = in.check(v)
		}
		if why != "" {
			faults = append(faults, in.Name+": "+why)
		}
		all[in.Name] = v
	}
	return all, faults
}

// takes lists the inputs for a person.
func (p Prompt) takes() string {
	var out []string
	for _, in := range p.Inputs {
		out = append(out, in.Name)
	}
	if len(out) == 0 {
		return "none"
	}
	return strings.Join(out, ", ")
}

func (p Prompt) each(values map[string]string, as func(Input, string) string) map[string]string {
	out := map[string]string{}
	for _, in := range p.Inputs {
		out[in.Name] = as(in, values[in.Name])
	}
	return out
}

func execute(t *template.Template, values map[string]string) (string, error) {
	var b strings.Builder
	err := t.Execute(&b, values)
	return b.String(), err
}

// Usage is the inputs as somebody types them: <resource> [since=24h] [note=...].
func (p Prompt) Usage() string {
	var out []string
	for _, in := range p.Inputs {
		switch {
		case in.Required:
			out = append(out, "<"+in.Name+">")
		case in.Default != "":
			out = append(out, "["+in.Name+"="+in.Default+"]")
		default:
			out = append(out, "["+in.Name+"=...]")
		}
	}
	return strings.Join(out, " ")
}

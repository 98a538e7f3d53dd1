package ask

import (
	"fmt"
	"maps"
	"strings"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/prompts"
)

// template finds the prompt template that the question is asked through: named by the
// surface, or typed in its short form ("rca orders_etl since=2h"). From then on the
// template's own question is what is read, and what the thread spoke of before does not
// count. A name or a value that does not fit is an error when the surface named the
// template, and an answer that says so when it was typed.
func (t *turn) template() (answered bool, err error) {
	call, said, fault := t.called()
	if !said {
		return false, nil
	}
	if fault == nil {
		var r prompts.Rendered
		if r, fault = call.Prompt.Render(t.named(call)); fault == nil {
			t.task, t.q.Text, t.prev = &r, r.Question, state{}
			t.ans = t.blank()
			return false, nil
		}
	}
	if t.q.Template != "" {
		return false, fault
	}
	t.ans.Intent, t.ans.Verdict = "help", pipewright.Clarify
	t.r = t.world.read("", t.now, nil)
	t.say("%s. It is typed as: %s %s", upper(fault.Error()), call.Name, call.Prompt.Usage())
	return true, nil
}

// called reads which template is meant, with its values. fault says what does not fit.
func (t *turn) called() (call prompts.Call, said bool, fault error) {
	library := t.a.deps.Prompts
	switch {
	case t.q.Template != "" && library == nil:
		return call, true, pipewright.Errorf(pipewright.NotFound, "there is no prompt %q here", t.q.Template)
	case t.q.Template != "":
		p, err := library.Prompt(t.q.Template)
		return prompts.Call{Prompt: p, Name: p.Name, Values: t.q.Inputs}, true, err
	case library == nil:
		return call, false, nil
	}
	call, fault = prompts.ShortForm(library, t.q.Text)
	return call, call.Name != "" && t.shortForm(call, fault), fault
}

// shortForm reports whether a text that begins with a template's name is its short form,
// and no English: names such as "why", "explain" and "changes" are both. It is one when a
// value has its key, or when everything in it fits and none of it is free text, as in
// "why did it fail".
func (t *turn) shortForm(call prompts.Call, fault error) bool {
	for _, in := range call.Prompt.Inputs {
		switch keyed := strings.Contains(t.q.Text, " "+in.Name+"="); {
		case keyed:
			return true
		case in.Type == prompts.Text && call.Values[in.Name] != "":
			return false
		}
	}
	if len(call.Values) == 0 && t.prev.Intent != "" && !strings.EqualFold(strings.TrimSpace(t.q.Text), call.Name) {
		if t.world.read(t.q.Text, t.now, nil).top().score >= understood {
			return false // "changes" goes on with what was spoken of
		}
	}
	_, err := call.Prompt.Render(t.named(call))
	return fault == nil && err == nil
}

// named gives resources that were typed by a part of their name their full one, when
// only one fits.
func (t *turn) named(call prompts.Call) map[string]string {
	values := maps.Clone(call.Values)
	for _, in := range call.Prompt.Inputs {
		v := values[in.Name]
		if in.Type != prompts.Resource || v == "" || strings.Contains(v, "/") {
			continue
		}
		var ids []pipewright.ResourceID
		for _, m := range t.world.index.exact(tokenise(v)) {
			for _, c := range closest(m.candidates) {
				ids = append(ids, c.id)
			}
		}
		if len(ids) == 1 {
			values[in.Name] = string(ids[0])
		}
	}
	return values
}

// version is the template and its version: root-cause@sha256:…
func version(r *prompts.Rendered) string { return fmt.Sprintf("%s@%s", r.Name, r.Hash) }

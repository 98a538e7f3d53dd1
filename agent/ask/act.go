package ask

import (
	"slices"
	"strings"

	pipewright "github.com/pipewright/pipewright"
)

// verbsOf lists the verbs that a concept asks for, the closest first.
func verbsOf(c concept) []pipewright.Verb {
	switch c {
	case "restart":
		return []pipewright.Verb{"restart", "retry"}
	case "retry":
		return []pipewright.Verb{"retry", "backoff_retry", "restart"}
	case "scale":
		return []pipewright.Verb{"scale_up"}
	case "shrink":
		return []pipewright.Verb{"scale_down"}
	case "rollback":
		return []pipewright.Verb{"rollback"}
	case "cancel":
		return []pipewright.Verb{"cancel"}
	case "remap":
		return []pipewright.Verb{"remap"}
	}
	return nil
}

// wanted lists the verbs that the question asks for.
func (t *turn) wanted() []pipewright.Verb {
	if t.r.action != "" {
		return []pipewright.Verb{t.r.action.Verb()}
	}
	if t.r.rolling() || t.r.backToVersion() || t.intent == "act" && t.r.in("undo", base) {
		return verbsOf("rollback")
	}
	for _, c := range actVerbs {
		if t.r.in(c, base, third, past, ing) && (c != "scale" && c != "shrink" || t.r.scaling(c)) {
			if c == "scale" && t.r.says("down", "in") && !t.r.says("up") {
				c = "shrink"
			}
			return verbsOf(c)
		}
	}
	if t.r.has("$getgoing") {
		return verbsOf("restart")
	}
	if t.r.has("$anothergo") {
		return verbsOf("retry")
	}
	switch {
	case t.r.again() || t.r.in("run", base) && t.intent == "act":
		return verbsOf("retry")
	case t.r.has("more"):
		return verbsOf("scale")
	}
	return nil
}

// actionFor is the wanted action on a resource, by the actuators that can do it.
func (t *turn) actionFor(id pipewright.ResourceID) (pipewright.Action, bool) {
	for _, verb := range t.wanted() {
		for _, act := range t.a.deps.Tools.For(id) {
			if act.Kind.Verb() == verb && (t.r.action == "" || t.r.action == act.Kind) {
				return pipewright.Action{Kind: act.Kind, Target: id, Risk: act.Risk}, true
			}
		}
	}
	return pipewright.Action{}, false
}

// act turns "restart X" into a request. The guards rule first; what they deny is not filed.
func (t *turn) act() error {
	s, err := t.pick(t.actable())
	if err != nil || t.settle(s) {
		return err
	}
	switch {
	case t.r.has("$destroy"):
		return t.keeps(s)
	case len(s.kinds) > 0:
		return t.oneAtATime(s.kinds)
	case len(s.ids) == 0:
		t.ans.Verdict = pipewright.Clarify
		t.next.Pending = t.r.text
		t.say("Which resource do you mean? Name it, such as %q.", "restart airflow:dag/orders")
		return nil
	case len(s.ids) > 1:
		t.which(s.ids)
		return nil
	}
	action, ok := t.actionFor(s.ids[0])
	if !ok {
		t.cannot(s.ids[0])
		return nil
	}
	if err := t.rule(action); err != nil {
		return err
	}
	return t.file(action)
}

// keeps answers a wish to delete something: no action here does.
func (t *turn) keeps(s scope) error {
	t.ans.Verdict = pipewright.Unsupported
	t.say("I delete nothing: no action here removes a resource or its data, so nothing was filed.")
	if len(s.ids) == 1 {
		t.cannot(s.ids[0])
		t.ans.Verdict = pipewright.Unsupported
	}
	return nil
}

// actable prefers what the wanted action can be done to; "the failed job" is one
// that is in trouble as well.
func (t *turn) actable() prefer {
	trouble := t.trouble(pipewright.Window{Start: t.now.AddDate(0, 0, -1), End: t.now})
	return func(id pipewright.ResourceID) (float64, error) {
		if _, ok := t.actionFor(id); !ok {
			return 0, nil
		}
		if !t.r.has("$fail") {
			return 1, nil
		}
		more, err := trouble(id)
		return 1 + more, err
	}
}

func (t *turn) oneAtATime(kinds []string) error {
	var ids []pipewright.ResourceID
	for _, e := range t.world.index.entries {
		if slices.Contains(kinds, e.kind) {
			ids = append(ids, e.id)
		}
	}
	t.say("One resource at a time.")
	t.which(ids)
	return nil
}

// cannot says what can be done with a resource instead.
func (t *turn) cannot(id pipewright.ResourceID) {
	t.ans.Verdict = pipewright.Unsupported
	var kinds []string
	for _, act := range t.a.deps.Tools.For(id) {
		kinds = append(kinds, string(act.Kind))
	}
	verb := "do that with"
	if v := t.wanted(); len(v) > 0 {
		verb = strings.ReplaceAll(string(v[0]), "_", " ")
	}
	if len(kinds) == 0 {
		t.say("I cannot %s %s: no action on it is known.", verb, id)
		return
	}
	t.say("I cannot %s %s; what I can propose for it is %s.", verb, id, strings.Join(kinds, ", "))
}

package ask

import (
	"slices"
	"strings"

	pipewright "github.com/pipewright/pipewright"
)

// scope is which resources a question is about.
type scope struct {
	ids     []pipewright.ResourceID
	kinds   []string // the question is about all resources of these kinds
	choices []pipewright.ResourceID
	missing string // a name that nothing observed has
	near    []pipewright.ResourceID
}

// none reports whether the question named no resource at all.
func (s scope) none() bool {
	return len(s.ids) == 0 && len(s.kinds) == 0 && len(s.choices) == 0 && s.missing == ""
}

// prefer scores candidates for an intent; only one with the highest score above zero
// is taken without asking.
type prefer func(pipewright.ResourceID) (float64, error)

// pick resolves the mentions of the question. Where several resources fit, prefer
// decides; where it cannot, the asker does.
func (t *turn) pick(p prefer) (scope, error) {
	var s scope
	kinds := narrow(t.r.kinds)
	mentions := t.firm()
	if len(kinds) > 0 && len(mentions) == 0 {
		return t.pickKind(kinds, p)
	}
	var unknown []mention
	for _, m := range mentions {
		candidates := t.narrowed(m, kinds)
		if len(candidates) == 0 {
			unknown = append(unknown, m)
			continue
		}
		ids, err := t.decide(candidates, p)
		if err != nil {
			return s, err
		}
		if len(ids) == 1 {
			if !slices.Contains(s.ids, ids[0]) {
				s.ids = append(s.ids, ids[0])
			}
			continue
		}
		s.choices = append(s.choices, ids...)
	}
	if len(s.ids) > 0 { // what was named exactly settles what was not
		s.choices = nil
	}
	t.blame(&s, unknown, kinds)
	t.ans.Resources = append(t.ans.Resources, s.ids...)
	t.next.Asked.Resources = s.ids
	return s, nil
}

// firm drops words that only might be names ("load" of orders.load) when another
// name was said in full.
func (t *turn) firm() []mention {
	strong := slices.ContainsFunc(t.r.mentions, func(m mention) bool { return best(m.candidates) >= 0.95 })
	return slices.DeleteFunc(slices.Clone(t.r.mentions), func(m mention) bool {
		lone := len(m.at) == 1 && len(m.candidates) > 0 && best(m.candidates) < 0.9 && !identifier(m.text)
		stray := len(m.candidates) == 0 && len(m.at) > 0 && !identifier(m.text) && len(t.r.kinds) > 0 // an adjective, not the name of a kind
		plainAny := len(m.candidates) == 0 && !identifier(m.text) && t.r.has("any")
		return (strong && lone || stray || plainAny) && len(t.kindsBeside(m)) == 0
	})
}

func (t *turn) kindsBeside(m mention) []kindMention {
	var next []kindMention
	for _, k := range t.r.kinds {
		if len(m.at) == 0 {
			break
		}
		if k.at == m.at[0]-1 || k.at == m.at[len(m.at)-1]+1 || k.at == m.at[0]-2 {
			next = append(next, k)
		}
	}
	return next
}

// blame names what does not exist: something written like an identifier, a word
// beside a kind, or the only name that was said.
func (t *turn) blame(s *scope, unknown []mention, kinds []string) {
	for _, m := range unknown {
		if identifier(m.text) || len(s.ids) == 0 && len(s.choices) == 0 {
			s.missing, s.near = m.text, m.near
			if len(kinds) > 0 {
				s.near = t.nearOfKind(m, kinds)
			}
			s.choices = nil
			return
		}
	}
}

func (t *turn) nearOfKind(m mention, kinds []string) []pipewright.ResourceID {
	near := m.near
	if len(near) == 0 {
		near = t.world.index.nearest(m.text)
	}
	for _, e := range t.world.index.entries {
		if slices.Contains(kinds, e.kind) && !slices.Contains(near, e.id) && len(near) < 4 {
			near = append(near, e.id)
		}
	}
	return near
}

// narrowed keeps the candidates of the kinds that were said. "orders" beside "glue job" is
// the glue job whose name has the word.
func (t *turn) narrowed(m mention, kinds []string) []candidate {
	if len(kinds) == 0 || len(m.candidates) == 1 && (best(m.candidates) >= 1.5 || best(m.candidates) >= 1 && identifier(m.text)) {
		return m.candidates
	}
	kinds = t.beside(m, kinds)
	ofKind := func(c candidate) bool { return !slices.Contains(kinds, c.id.Kind()) }
	if kept := slices.DeleteFunc(slices.Clone(m.candidates), ofKind); len(kept) > 0 {
		return kept
	}
	if kept := slices.DeleteFunc(t.world.index.byWords(pieces(m.text)), ofKind); len(kept) > 0 {
		return kept
	}
	if len(m.candidates) > 0 && !t.kindObserved(kinds) || best(m.candidates) >= 0.95 && len(closest(slices.Clone(m.candidates))) == 1 {
		return m.candidates
	}
	return nil
}

func (t *turn) kindObserved(kinds []string) bool {
	return slices.ContainsFunc(kinds, func(k string) bool { return slices.Contains(t.world.index.kinds, k) })
}

// beside narrows to the kinds said next to the mention, when several resources and
// kinds were said: "the orders dag and the customers job".
func (t *turn) beside(m mention, kinds []string) []string {
	if len(t.r.mentions) < 2 || len(m.at) == 0 {
		return kinds
	}
	next := t.kindsBeside(m)
	if len(next) == 0 {
		return kinds
	}
	return narrow(next)
}

// pickKind resolves "the glue job" and "the workers".
func (t *turn) pickKind(kinds []string, p prefer) (scope, error) {
	kinds = t.systemItself(kinds)
	var all []candidate
	for _, e := range t.world.index.entries {
		if slices.Contains(kinds, e.kind) {
			all = append(all, candidate{e.id, 1})
		}
	}
	if len(all) == 0 {
		return scope{missing: strings.Join(t.kindSaid(), " "), near: nil}, nil
	}
	if len(all) > 1 && (t.r.plural() || t.r.any("which", "any") || t.r.says("per", "by")) {
		return scope{kinds: kinds}, nil
	}
	ids, err := t.decide(all, p)
	if err != nil || len(ids) > 1 {
		return scope{choices: ids}, err
	}
	t.ans.Resources = append(t.ans.Resources, ids...)
	return scope{ids: ids}, nil
}

// systemItself narrows a bare "redshift" or "postgres" to the cluster or the database:
// its tables are said to be tables.
func (t *turn) systemItself(kinds []string) []string {
	said := t.kindSaid()
	for _, k := range kinds {
		system, typ, _ := strings.Cut(k, ":")
		if len(said) == 1 && said[0] == system && (typ == "cluster" || typ == "db") && t.kindObserved([]string{k}) {
			return []string{k}
		}
	}
	return kinds
}

func (t *turn) kindSaid() []string {
	var out []string
	for _, k := range t.r.toks {
		if k.use == asKind {
			out = append(out, k.word)
		}
	}
	return out
}

// look back sets the window: what was said, or the past hours.
func (t *turn) span0(hours int) pipewright.Window {
	w := t.r.window
	if !t.r.timed {
		w = pipewright.Window{Start: t.now.AddDate(0, 0, -hours/24), End: t.now}
		if hours%24 != 0 {
			w.Start = t.now.Add(-hour(hours))
		}
	}
	t.ans.Window, t.next.Timed = w, t.r.timed
	return w
}

package ask

import (
	"slices"
	"strings"

	pipewright "github.com/pipewright/pipewright"
)

// Several clauses in one message.

// clauses looks for two wishes in one message. The first is taken, unless it is only
// a refusal ("don't restart it, tell me why it failed").
func (t *turn) clauses(text string, prev *pipewright.Window) {
	parts := splitClauses(text)
	if len(parts) < 2 {
		return
	}
	var found []*reading
	var said []string
	for _, p := range parts {
		if courtesy(p) { // "go on, scale it up"
			continue
		}
		r := t.world.read(p, t.now, prev)
		if r.has("$halt") && !r.has("any") { // "stop, what is wrong now" is said to who talks
			continue
		}
		if r.top().score >= clear {
			found, said = append(found, r), append(said, strings.TrimSpace(p))
		}
	}
	led := len(found) > 0 && !t.r.linked() && len(t.r.kinds) == 0 && aside(parts[0]) && slices.Contains(wishes, found[len(found)-1].top().intent)
	if led { // "that was a mistake, roll it back"
		found = found[len(found)-1:]
	}
	if len(found) == 1 && (led || t.r.top().score < understood || courtesy(parts[0])) && !t.r.any("if", "would") && !t.r.says("says", "said", "reads", "writes", "wrote") && !slices.ContainsFunc(t.r.toks, func(k token) bool { return k.quoted }) {
		t.r, t.intent = found[0], found[0].top().intent
		return
	}
	if len(found) > 1 && slices.Contains(wishes, found[1].top().intent) && idle(found[0]) { // "all right then, approve it"
		t.r, t.intent = found[1], found[1].top().intent
		return
	}
	if len(found) < 2 || found[0].top().intent == found[1].top().intent && !apart(found[0], found[1]) {
		return
	}
	first, second := 0, 1
	if refusal(found[0]) && !refusal(found[1]) {
		first, second = 1, 0
	}
	whole := t.r
	t.r, t.intent = found[first], found[first].top().intent
	if len(t.r.mentions) == 0 && len(t.r.kinds) == 0 {
		t.r.mentions, t.r.kinds = whole.mentions, whole.kinds
	}
	if !t.r.timed {
		t.r.window, t.r.timed, t.r.relative = whole.window, whole.timed, whole.relative
	}
	if second == 1 {
		t.second, t.also = said[1], found[1]
	}
}

// apart reports whether two clauses speak of different things in ways that one reading
// cannot hold: one by kind ("the warehouse"), the other by name.
func apart(a, b *reading) bool {
	byKind := func(r *reading) bool { return len(r.kinds) > 0 && len(r.mentions) == 0 }
	return byKind(a) && b.linked() || byKind(b) && a.linked()
}

// courtesy reports whether a clause has nothing but words that lead up to a wish.
func courtesy(clause string) bool {
	return !slices.ContainsFunc(tokenise(clause), func(k token) bool { return !fillers[k.word] || k.quoted })
}

// wishes are the intents that change something.
var wishes = []pipewright.Intent{"act", "approve", "deny", "undo", "pause", "resume"}

// idle reports whether a clause that reads as a question of state asks nothing: it has
// no word of a question and only leads up to what follows.
func idle(r *reading) bool {
	return r.top().intent == "status" && !r.any("what", "how", "which", "why", "tell", "$asks", "$wh", "be", "status")
}

// refusal reports whether a clause only says what not to do.
func refusal(r *reading) bool { return r.top().intent == "deny" && r.has("not") }

func splitClauses(text string) []string {
	s := text
	for _, sep := range []string{" and then ", " and also ", ", and ", " and ", " then ", " but ", ", ", "; ", "? ", "! ", ". ", "\n"} {
		s = strings.ReplaceAll(s, sep, "\x00")
	}
	var out []string
	for _, p := range strings.Split(s, "\x00") {
		if strings.TrimSpace(p) != "" {
			out = append(out, p)
		}
	}
	if len(out) > 8 {
		return nil
	}
	return out
}

// aside reports whether a clause only tells of the speaker or of what was, ahead of a wish:
// "I changed my mind, undo it", "that was a mistake, roll it back". It names nothing, asks
// nothing and quotes nobody.
func aside(clause string) bool {
	toks := tokenise(clause)
	if len(toks) < 2 || len(toks) > 8 {
		return false
	}
	first := toks[0].word
	for len(toks) > 2 && (fillers[first] || first == "on") && !slices.Contains([]string{"i", "we"}, first) {
		toks = toks[1:]
		first = toks[0].word
	}
	named := slices.ContainsFunc(toks, func(k token) bool {
		return k.quoted || identifier(k.word) || slices.ContainsFunc(lexicon[k.word], func(s sense) bool { return slices.Contains(actVerbs, s.concept) })
	})
	return !named && slices.Contains([]string{"i", "we", "my", "that", "this", "it", "second", "changed"}, first)
}

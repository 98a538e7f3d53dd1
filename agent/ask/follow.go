package ask

import (
	"slices"
	"strings"
	"unicode/utf8"

	pipewright "github.com/pipewright/pipewright"
)

// understand reads the message and joins it with what the thread remembers.
func (t *turn) understand() {
	text := t.q.Text
	if len(text) > maxText {
		text = strings.ToValidUTF8(text[:maxText], "")
	}
	if !utf8.ValidString(text) {
		text = strings.ToValidUTF8(text, " ")
	}
	text = takenOut.ReplaceAllString(ownWords(text), " ")
	text, t.why = withoutReason(text)
	t.own = text
	text, t.tongue = translate(text)
	var prev *pipewright.Window
	if t.prev.Intent != "" {
		w := pipewright.Window{Start: t.prev.Window.Start.In(t.q.Zone), End: t.prev.Window.End.In(t.q.Zone)}
		prev = &w
	}
	t.r = t.world.read(text, t.now, prev)
	t.intent = t.r.top().intent
	t.clauses(text, prev)
	if len(t.r.toks) == 0 {
		t.intent = "help"
	}
	t.next = state{}
	if t.task != nil { // a template says what it is after, and never wishes for anything
		t.intent, t.also, t.second = t.task.Intent, nil, ""
		return
	}
	t.follow(prev)
	if t.page > 0 {
		return
	}
	t.heed()
	if t.intent == "unknown" && t.r.says("approve", "approving") && !t.r.any("why", "who") {
		t.intent = "approve" // that it is none is for approve to say
	}
	t.inherit()
	if t.misread = t.tongue != nil && slices.Contains(wishes, t.intent); t.misread {
		t.intent = "unknown"
	}
	if t.foreign() && t.next.Pending == "" {
		t.intent, t.r.mentions = "unknown", nil
	}
}

// agreeing words say yes to what was offered and nothing else.
var agreeing = wordSet("yes for y yep yeah sure ok okay go ahead do it that this please now then lgtm proceed just make happen so alright fine confirm confirmed approved agreed absolutely is us let the thing run execute send perfect great good sounds apply aye")

var refusing = wordSet("doing going happening way chance keep no nope nah not thanks thank you do it that this please cancel never mind nevermind stop leave be")

// follow reads what only a thread gives a meaning to: "do it", "why?", "the second
// one", "and the day before?", "what about customers_etl?".
func (t *turn) follow(prev *pipewright.Window) {
	r := t.r
	switch {
	case t.wantsMore():
		t.more()
	case t.only(agreeing) && (r.any("do", "yes", "go") && !r.says("for") || r.says("go") && r.says("for") || r.says("make")) || r.says("lgtm") || t.only(agreeing) && r.says("do", "proceed", "confirm", "apply", "execute"):
		t.intent = "approve"
		t.next.Pending = "agree"
	case t.only(refusing) && (r.has("no") || r.says("nah", "nope")) && !r.has("$acts"):
		t.intent = "deny"
		t.next.Pending = "agree"
	case t.demurs():
		t.intent = "deny"
		r.concepts["$not"] = true
	case r.ordinal != 0 && len(t.prev.Choices) > 0:
		t.pickChoice(prev)
	case t.prev.Pending != "" && t.bareName():
		t.pickNamed(prev)
	case t.prev.Intent == "":
		if t.r.top().score < understood && r.linked() && t.bareName() {
			t.intent = "status"
		}
	case len(r.toks) <= 4 && r.seq("since when") && !r.named():
		t.intent = "status"
		t.inheritScope()
	case t.bareWhy():
		t.intent = "diagnose"
		if slices.Contains([]pipewright.Intent{"explain", "act", "approve", "undo", "alternatives", "incident", "pause"}, t.prev.Intent) {
			t.intent = "explain"
		}
	case r.top().score < understood+2 && t.anaphoric():
		t.intent = t.continued()
	}
}

// continued is the intent that a fragment goes on with.
func (t *turn) continued() pipewright.Intent {
	switch t.prev.Intent {
	case "act", "approve", "deny", "undo", "pause", "resume", "help", "unknown":
		if t.r.top().score >= understood {
			return t.r.top().intent
		}
		if t.r.linked() {
			return "status"
		}
		return t.r.top().intent
	}
	if s := t.r.top(); s.score >= understood && s.intent != "diagnose" && s.intent != "status" {
		return s.intent
	}
	return t.prev.Intent
}

// only reports whether every word is in the set, and there are few.
func (t *turn) only(set map[string]bool) bool {
	if len(t.r.toks) == 0 || len(t.r.toks) > 6 {
		return false
	}
	return !slices.ContainsFunc(t.r.toks, func(k token) bool { return !set[k.word] || k.quoted })
}

// bareName reports whether the message is hardly more than a resource.
func (t *turn) bareName() bool {
	return t.r.named() && !slices.ContainsFunc(t.r.toks, func(k token) bool {
		return k.use != asName && k.use != asKind && !commonWords[k.word] && !slices.ContainsFunc(k.senses, func(s sense) bool {
			return slices.Contains([]concept{"it", "choose", "any", "be", "yes", "me", "want"}, s.concept)
		})
	})
}

func (t *turn) bareWhy() bool {
	return t.r.has("why") && !t.r.has("$whyask") && !t.r.named() && !t.r.has("$acts") && t.r.incident == "" && len(t.r.toks) <= 5 && !t.r.metric.said && !t.r.has("choose") && !t.r.has("approve")
}

// anaphoric reports whether the message leans on the one before: it starts with
// "and" or "what about", or has nothing but a time or a name.
func (t *turn) anaphoric() bool {
	r := t.r
	if r.relative || r.says("about") && r.any("what", "how") || len(r.toks) > 0 && r.toks[0].word == "and" || r.says("same") {
		return true
	}
	meaning := slices.ContainsFunc(r.toks, func(k token) bool { return k.use == free && !commonWords[k.word] && len(k.senses) == 0 })
	return !meaning && (r.timed || r.linked() || len(r.kinds) > 0) && r.top().score < understood
}

// inherit takes resources and window from the turn before where this one leaves
// them open.
func (t *turn) inherit() {
	r := t.r
	if t.prev.Intent == "" {
		return
	}
	leans := t.anaphoric() || r.has("it") || t.bareWhy() || len(r.toks) <= 3 || r.any("log", "evidence", "sure") && !r.named()
	generic := slices.Contains([]pipewright.Intent{"status", "failures", "help", "policy", "unknown", "approve", "deny"}, t.intent) && !t.anaphoric() && !r.has("it")
	if leans && !generic && !r.named() && r.incident == "" && r.approval == "" {
		t.inheritScope()
	}
	if !r.timed && t.prev.Timed && (t.anaphoric() || t.bareWhy()) {
		r.window, r.timed = pipewright.Window{Start: t.prev.Window.Start.In(t.q.Zone), End: t.prev.Window.End.In(t.q.Zone)}, true
	}
	if t.intent == "metric" && !r.metric.said && t.prev.Metric != "" {
		r.metric = metricChoice{said: true, names: []string{t.prev.Metric}, words: []string{t.prev.Metric}}
	}
}

func (t *turn) inheritScope() {
	for _, id := range t.prev.Resources {
		t.r.mentions = append(t.r.mentions, mention{text: string(id), candidates: []candidate{{id, 2}}})
	}
	if len(t.prev.Resources) == 0 && len(t.prev.Kinds) > 0 {
		t.r.kinds = []kindMention{{kinds: t.prev.Kinds, at: -9, plural: true}}
	}
	t.r.incident = t.prev.Incident
}

package ask

import (
	"slices"
	"strings"
)

// Phrases whose words mean nothing to the lexicon one by one: what counts is their shape.

// strange reports whether the word at i is none that the planner knows, nor a name.
func (r *reading) strange(i int) bool {
	if i < 0 || i >= len(r.toks) {
		return false
	}
	t := r.toks[i]
	return t.use == free && !t.quoted && len(lexicon[t.word]) == 0 && !commonWords[t.word] && !identifier(t.word)
}

// settle claims the words that only a phrase gives a meaning to, so that they are taken for
// nobody's name.
func (r *reading) settle(x *index) {
	free := func(i int) bool { return r.strange(i) && x.words[r.toks[i].word] == 0 }
	for i, t := range r.toks {
		if slices.Contains([]string{"went", "gone", "goes"}, t.word) && free(i+1) {
			r.toks[i+1].use = asIdiom
		}
	}
	for i := range r.toks { // "ben wrote", "anna thinks": somebody, not a resource
		if free(i) && i+1 < len(r.toks) && !r.toks[i+1].quoted && telling[r.word(i+1)] {
			r.toks[i].use = asIdiom
		}
	}
	if _, alone := r.doingWhat(); alone && free(2) {
		r.toks[2].use = asIdiom
	}
}

// telling are the verbs of people who say or want something.
var telling = wordSet("wrote writes said says thinks thought told tells asked asks wants wanted agrees agreed reckons suggests suggested mentioned claims claimed")

// wentStrange is a verb of going and a word for where nobody wants to go: "went pop",
// "has gone phut". Where things are meant to go are words that the planner knows.
func (r *reading) wentStrange(forms ...string) bool {
	for i, t := range r.toks {
		if slices.Contains(forms, t.word) && i+1 < len(r.toks) && r.toks[i+1].use == asIdiom {
			return true
		}
	}
	return false
}

// gaveOut is a set phrase for an end, in the past: "bit the dust".
func (r *reading) gaveOut() bool {
	return r.seq("bit|hit the dust|buffers|wall|skids|deck", "gave|given up the ghost", "kicked the bucket", "packed it in", "packed|gave|given|keeled|tipped|toppled up|out|over|in", "threw|thrown in the towel", "came a cropper", "bought the farm", "went|gone up in flames|smoke")
}

// doingWhat is "what is VERBing", where the verb is no deed: with a resource behind it
// ("what is bugging X") it asks for a cause, with nothing behind it ("what is cooking") how
// things are.
func (r *reading) doingWhat() (to, alone bool) {
	if len(r.toks) < 3 || r.word(0) != "what" || !slices.Contains([]string{"is", "was", "keeps"}, r.word(1)) {
		return false, false
	}
	verb := r.toks[2]
	known := slices.ContainsFunc(verb.senses, func(s sense) bool {
		return slices.Contains([]concept{"go", "do", "happen", "change", "fail", "run", "wait", "work"}, s.concept) || slices.Contains(actVerbs, s.concept)
	})
	if !strings.HasSuffix(verb.word, "ing") || verb.use != free && verb.use != asIdiom || known {
		return false, false
	}
	if alone = len(r.toks) == 3; alone {
		return false, true
	}
	next := r.toks[3]
	return next.use == asName || next.use == asKind || slices.Contains([]string{"the", "my", "our", "this", "that", "it"}, next.word), false
}

// movingAlong is "ticking along", "chugging along": it goes its way.
func (r *reading) movingAlong() bool {
	for i, t := range r.toks {
		if strings.HasSuffix(t.word, "ing") && slices.Contains([]string{"along", "nicely", "over", "smoothly"}, r.word(i+1)) {
			return true
		}
	}
	return false
}

func (r *reading) derivePhrases(set func(concept, bool)) {
	set("$fixit", r.headIs("fix", "heal", "repair", "mend", "solve", "resolve", "remediate") && (r.says("it", "this", "that") || r.observed()) && !r.any("$asks", "$wh", "not"))
	set("$pastfail", r.gaveOut() && !r.any("you", "be"))
	to, alone := r.doingWhat()
	to = to || r.word(0) == "what" && r.seq("got|gotten|come|came into|over")
	to = to || r.word(0) == "what" && r.says("did") && r.word(len(r.toks)-1) == "in"
	set("$causing", to && r.observed() && !r.has("you"))
	set("$catchup", alone)
	set("$calm", r.movingAlong() && !r.any("what", "$wish"))
	set("$returned", r.beside("is|are|was it|that|they|everything back|up") && !r.any("$fail"))
}

// demurs reports whether a few words turn something down without saying what: "rather
// not", "let's not", "not on your life".
func (t *turn) demurs() bool {
	r := t.r
	if len(r.toks) == 0 || len(r.toks) > 6 || r.linked() || len(r.kinds) > 0 || r.incident+r.approval != "" || strings.HasSuffix(strings.TrimSpace(r.text), "?") {
		return false
	}
	said := t.only(demurring) && (r.beside("rather|better|us|maybe|perhaps not", "not on your|my life|watch", "not a chance", "forget it|about|that", "no way", "not happening|today|interested|keen") || r.seq("hold off on that|it|this|approving"))
	if said {
		r.mentions = nil
	}
	return said
}

var demurring = wordSet("let us rather better maybe perhaps not on your my life watch a chance forget it about that this no way happening today interested keen hold off i would d am really just please thanks please well actually hmm nah sorry we approving")

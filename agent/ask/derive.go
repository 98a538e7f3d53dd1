package ask

import (
	"slices"
)

// actVerbs are the concepts that are actions on resources.
var actVerbs = []concept{"restart", "retry", "rollback", "cancel", "remap", "scale", "shrink"}

// derive adds the concepts that come of several words or of a word's form.
func (r *reading) derive() {
	set := func(name concept, yes bool) {
		if yes {
			r.concepts[name] = true
		}
	}
	set("$named", r.observed())
	set("$strong", slices.ContainsFunc(r.mentions, func(m mention) bool { return best(m.candidates) >= 0.8 }))
	set("$linked", r.speaksOf())
	set("$kind", len(r.kinds) > 0)
	set("$plural", r.plural())
	set("$metric", r.metric.said)
	set("$timed", r.timed)
	set("$inc", r.incident != "")
	set("$app", r.approval != "")
	set("$class", r.class != "")
	r.deriveMood(set)
	r.deriveFailures(set)
	r.deriveActions(set)
	r.deriveQuestions(set)
	r.deriveWishes(set)
	r.deriveIdioms(set)
	r.deriveEnd(set)
	r.deriveWhyAsk(set)
	r.deriveRerun(set)
	r.deriveTrackRecord(set)
	r.deriveOtherwise(set)
	r.deriveSwitch(set)
	set("$ruledout", r.seq("rule|ruled|ruling out", "exclude|excluded") && r.any("what", "which", "why", "tell", "did", "have"))
	set("$waitsfor", r.seq("what|anything|who|which|whatever waits|waiting|wait for|on me|us|my|our|approval|somebody|someone"))
	set("$openq", r.says("open") && len(r.toks) <= 7 && !r.observed() && (r.any("what", "any", "which", "status") || r.says("still")))
	set("$destroy", r.headIs("delete", "drop", "truncate", "wipe", "purge", "erase", "destroy", "remove") && (r.observed() || len(r.kinds) > 0) && !r.any("$asks", "$wh"))
}

func (r *reading) deriveFailures(set func(concept, bool)) {
	set("$failing", r.in("fail", ing) || r.says("failing", "stuck", "hanging") || r.notWorking() && !r.any("did") || r.wentBad("goes", "going"))
	set("$failbase", r.in("fail", base, third) && !r.has("healing") || r.wentBad("go", "goes"))
	set("$pastfail", r.in("fail", past) && !r.says("stopped", "broken", "hung") || r.says("broken") && r.any("have", "did") || r.concepts["did"] && r.in("fail", base) || r.says("failed") || r.says("went") && !r.says("gone") && r.has("broken") || r.concepts["did"] && r.says("go") && r.has("broken") || r.wentBad("went", "gone") || r.concepts["did"] && (r.wentBad("go") || r.notWorking()))
	set("$failnoun", r.has("failure"))
	set("$problem", r.has("broken"))
	set("fine", r.says("all") && r.says("right"))
	set("$broke", r.any("$failing", "$failbase", "$pastfail", "$failnoun", "broken"))
	set("$fail", r.any("$failing", "$failbase", "$pastfail", "$failnoun", "broken", "error"))
	set("$oom", r.says("out") && r.says("memory", "mem", "ram") || r.says("oom", "oomkilled"))
	set("$whatplural", r.has("what") && (r.plural() || r.says("else")))
}

func (r *reading) deriveActions(set func(concept, bool)) {
	for _, c := range actVerbs {
		acted := r.in(c, base, third, past, ing)
		if c == "scale" || c == "shrink" {
			acted = r.scaling(c)
		}
		set("$acts", acted && !(c == "cancel" && r.any("healing")))
		set("$actpast", r.in(c, past, ing) && acted && (c != "cancel" || !r.says("stopping", "stopped", "aborted")))
	}
	set("$acts", r.action != "" || r.rolling() || r.again())
	set("$actpast", r.says("rolled") && r.says("back") || r.says("reran", "ran") && r.says("again"))
	reported := r.says("says", "said", "reads", "writes", "wrote", "told", "asked", "suggested", "suggests", "recommends", "recommended", "advised", "advises", "wanted", "planned") // "the log says: restart it" is no wish of the asker
	told := r.any("did", "was") || r.has("have") && !r.has("could") && !r.beside("have a|another|one|to")
	told = told && !r.beside("way it|they|things was|were")
	set("$past", told && !r.concepts["$lead"] || reported)
	set("$didit", r.says("do", "done") || r.seq("you did"))
	set("$saidyes", r.says("said", "gave") && r.says("yes", "ok", "okay", "go-ahead", "nod", "no"))
	set("$approvedpast", r.in("approve", past) || r.in("deny", past))
	set("$elsewish", r.any("could", "would", "attempt") || r.says("do", "done", "tried", "try"))
	set("$alt", r.has("alternative") || r.says("runner-up", "runner-ups", "runner", "runners", "runners-up") || r.says("best") && r.says("next", "second") || r.says("plan") && r.says("b") || r.says("workaround", "workarounds") || r.seq("other|another|better|different way|ways|approach|approaches|route|path|avenue|avenues", "way out|around|forward"))
}

// scaling tells "scale up X" from "the increase of errors" and "raised an error".
func (r *reading) scaling(c concept) bool {
	if !r.in(c, base, past, ing) {
		return false
	}
	return r.says("scale", "scaled", "scaling", "upscale", "resize", "resized", "resizing", "upsize", "downscale", "scaleup", "scale-up", "scale-down") || r.has("memory") || r.has("more") || r.says("memory", "replicas", "nodes", "dpus")
}

// rolling is "roll … back"; "roll out" is not.
func (r *reading) rolling() bool {
	return r.says("roll", "rolled", "rolling") && r.says("back")
}

// backToVersion is "bring back the previous version".
func (r *reading) backToVersion() bool {
	return r.has("version") && r.says("back") && r.says("bring", "put", "go", "switch", "take")
}

// again is "run … again".
func (r *reading) again() bool {
	return r.in("run", base, past) && r.says("again", "once") && r.says("run", "ran", "start", "kick", "trigger")
}

func (r *reading) deriveQuestions(set func(concept, bool)) {
	set("$howmany", r.has("how", "many") && !r.says("much") || r.has("many") && r.says("many", "often", "frequently") || r.says("count", "number", "tally", "total", "times") && !r.has("if"))
	set("$howlong", r.has("how") && r.says("long") || r.says("duration") || r.has("how", "time") && r.says("took"))
	set("$doing", r.says("doing", "going", "looking", "look", "holding") && r.has("how"))
	set("$going", r.says("going", "happening") || r.says("up") && !r.named())
	set("$come", r.says("come"))
	set("$running", r.says("running"))
	set("$paused", r.in("pause", past))
	set("$updateme", r.says("update") && r.has("me") && !r.has("$linked"))
	set("$most", r.any("peak") || r.has("many"))
	set("$ifcheck", (r.has("check") || r.has("tell") || r.says("know", "see")) && !r.any("$acts", "would"))
	set("$safe", r.says("safe", "dangerous", "risky", "sensible", "wise", "harm", "idea", "risk", "risks", "downside", "downsides", "consequence", "consequences", "repercussions", "fallout", "worse"))
	set("$progressive", r.in("restart", ing) && slices.Contains([]string{"is", "are"}, r.word(0)))
	set("$youdid", r.has("you") && r.has("$actpast") && !r.beside("you restarting|retrying|rolling") && !r.concepts["$lead"])
	set("$cani", r.has("could") && r.says("i", "we"))
	if r.says("would") && r.says("you") && !r.has("if") && !r.has("happen") && !r.says("have") {
		delete(r.concepts, "would") // "would you restart X" is a polite wish
	}
	set("$weighed", r.says("consider", "considered", "weigh", "weighed", "weighing") || r.seq("rule|ruled out"))
	set("$ask", r.says("ask", "type", "query") && r.any("me", "you") && !r.says("without", "before"))
	set("$when", r.says("when", "whenever", "if"))
	set("$healed", r.in("heal", past))
	set("why", r.says("how") && r.says("come"))
	set("$recovered", r.says("recover", "recovered", "recovering", "succeed", "succeeded", "healed", "fixed") && (r.any("did", "be") || r.has("have")))
	set("$use", r.says("use", "used"))
	set("$dobase", r.says("do"))
	set("$does", r.says("does", "do"))
	set("$reported", r.in("happen", past) || r.in("help", past) || r.in("work", past) || r.in("heal", past) || r.in("fail", past)) // "no restart helped" tells, and denies nothing
}

func (r *reading) deriveWishes(set func(concept, bool)) {
	if r.concepts["$asks"] && !r.seq("do restart|rerun|retry|roll|cancel|kill|bounce|scale") {
		set("$question", true)
	}
	wish := r.action != "" || r.rolling() && r.says("roll") || r.again() && !r.says("ran")
	for _, c := range actVerbs {
		wish = wish || r.imperative(c) && (c != "scale" && c != "shrink" || r.scaling(c)) && !(c == "cancel" && r.has("healing"))
	}
	wish = wish || r.says("give", "needs") && r.has("more") && (r.has("memory") || r.metric.said) && !r.has("why")
	needs := r.says("needs", "need", "wants", "deserves") && r.has("$acts") && !r.says("i", "we", "you")
	set("$needs", needs)
	wish = wish || needs && !r.says("does", "do", "if", "whether", "when") || r.backToVersion()
	wish = wish || r.imperative("run") && r.observed() && r.says("start", "launch", "trigger", "kick", "run") && !r.any("how", "what", "when", "which", "many", "be") && !r.says("does", "do", "still")
	wish = wish || r.says("mind") && r.has("$acts")
	set("$wish", wish)
	set("$approvebase", r.imperative("approve") || r.in("approve", ing) && r.beside("i|we|am|are approving|accepting|confirming|authorising|authorizing|allowing"))
	set("$denybase", r.imperative("deny") || r.in("deny", ing) && r.beside("i|we|am|are denying|rejecting|declining|refusing|vetoing"))
	set("$undobase", r.imperative("undo") || r.seq("take|put|walk|bring that|it|this|everything|things|all|the|one back", "take|put|walk back that|it|this|the", "put|set way it", "back|walk that|it|this out") && !r.has("$wh"))
	set("$torollback", r.any("version") && !r.says("it", "that", "action"))
	set("$pausebase", r.imperative("pause") && (!r.says("hold") || r.says("off")))
	set("$disablebase", r.imperative("disable") || r.says("off") && r.says("turn", "switch"))
	set("$resumebase", r.imperative("resume"))
	set("$enablebase", r.imperative("enable") || r.says("on") && r.says("turn", "switch"))
	set("$backon", r.says("back") && r.says("on"))
	set("$handsoff", r.says("hands") && r.says("off"))
	set("$until", r.says("until", "till", "til", "for"))
	set("$turndown", r.says("turn", "turned") && r.says("down"))
	set("$not", r.says("not", "never", "without", "nothing", "nobody", "none", "nicht", "kein", "keine", "keinen", "niemals", "pas", "jamais", "nunca", "jamás"))
	set("$stopbase", (r.imperative("cancel") || r.imperative("disable") || r.imperative("pause")) && !r.says("abort"))
	set("$killswitch", r.says("killswitch", "kill-switch") || r.says("kill") && r.says("switch"))
	set("$carryon", r.says("carry", "go", "keep") && r.says("on", "going") && len(r.toks) <= 4)
	set("$untilword", r.says("until", "till", "til"))
	set("$happened", r.in("happen", past) || r.has("happen") && r.has("$past"))
	set("$goahead", r.says("sign") && r.says("off") || r.says("go") && r.says("ahead"))
}

// imperative reports whether a verb was said as a wish: in its base form and not
// as a noun ("the restart", "last run").
func (r *reading) imperative(c concept) bool {
	for i, t := range r.toks {
		if !slices.Contains(t.senses, sense{c, base}) {
			continue
		}
		if i > 0 && nounBefore[r.toks[i-1].word] || r.nounByNext(i) {
			continue
		}
		return true
	}
	return false
}

// nounByNext reports whether the word after a verb shows that it was said as a noun:
// "retry storms", "rollback history", "retry of X failed".
func (r *reading) nounByNext(i int) bool {
	if i+1 >= len(r.toks) {
		return false
	}
	next := r.toks[i+1]
	if i+2 < len(r.toks) && next.word == "failed" && r.toks[i+2].use == asKind { // "retry failed jobs"
		return false
	}
	return !next.quoted && next.use != asName && nounAfter[next.word]
}

var nounAfter = wordSet("of storm storms history count counts rate rates loop loops logic attempts policy limit limits failed failing happened worked works helps helped was is were did has had does will would")

var nounBefore = wordSet("the a an last this that your my each another of which previous latest any first")

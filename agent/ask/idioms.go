package ask

import (
	"slices"
	"strings"
)

// seq reports whether one of the runs of words was said in this order, with at most
// two words between neighbours. Alternatives of one place are joined by a stroke.
func (r *reading) seq(runs ...string) bool {
	return slices.ContainsFunc(runs, func(run string) bool {
		return r.follows(strings.Fields(run), 2) >= 0
	})
}

// beside is seq without words between.
func (r *reading) beside(runs ...string) bool {
	return slices.ContainsFunc(runs, func(run string) bool {
		return r.follows(strings.Fields(run), 0) >= 0
	})
}

// follows is the token where a run of words begins, -1 when it was not said.
func (r *reading) follows(run []string, gap int) int {
	for i := range r.toks {
		at, ok := i-1, true
		for n, want := range run {
			reach := gap
			if n == 0 {
				reach = 0
			}
			at, ok = r.nextOf(at+1, reach, strings.Split(want, "|"))
			if !ok {
				break
			}
		}
		if ok {
			return i
		}
	}
	return -1
}

func (r *reading) nextOf(from, reach int, words []string) (int, bool) {
	for j := from; j <= from+reach && j < len(r.toks); j++ {
		if t := r.toks[j]; !t.quoted && t.use != asName && slices.Contains(words, t.word) {
			return j, true
		}
	}
	return 0, false
}

// fillers are what people say before what they want.
var fillers = wordSet("ok okay so hey hi yo hello um uh er well now just please and but then also right alright go on yes yeah yep no nah nope oh ah actually kindly sorry quickly lets let us can could would will you i we want need to like someone somebody anyone pipewright bot")

// deriveMood tells a command from a question by how it begins. "Undo what you did"
// begins with a verb in its base form: what is past in it is only told of. "Is it ok
// to kill X" begins with the verb of a question and wishes nothing.
func (r *reading) deriveMood(set func(concept, bool)) {
	i := r.head()
	set("$lead", r.commands(i))
	first, next := r.word(0), r.word(1)
	for k := 0; k < len(r.toks) && (slices.Contains([]string{"so", "hey", "ok", "and", "but", "um", "hm", "hmm", "well", "also", "then"}, first)); k++ {
		first, next = r.word(k+1), r.word(k+2)
	}
	asks := slices.Contains([]string{"is", "are", "was", "were", "does", "did", "has", "am", "which"}, first)
	pronoun := slices.Contains([]string{"i", "we", "they", "it", "that", "this", "you"}, next)
	asks = asks || pronoun && slices.Contains([]string{"do", "have", "had", "should", "shall", "may", "might"}, first)
	asks = asks || next != "" && !slices.Contains([]string{"you", "ya", "someone", "somebody", "anyone", "anybody", "pipewright", "please"}, next) && slices.Contains([]string{"can", "could", "would", "will"}, first)
	polite := r.says("please", "kindly", "mind") || r.seq("can|could|would|will you|someone|somebody|anyone")
	set("$asks", asks || !polite && strings.HasSuffix(strings.TrimSpace(r.text), "?"))
	set("$wh", slices.Contains([]string{"what", "why", "who", "which", "how", "when", "where", "whose"}, first))
	set("if", r.says("unless") || r.beside("in case", "as soon as", "before|after|once|when|whenever you|he|she|they"))
	set("if", r.seq("only|nobody|none may|can|should|must")) // who may is no wish
	set("$suggest", r.beside("you|we|i|one|they|somebody|someone could|might"))
	set("$hypo", r.concepts["$suggest"] || r.beside("say|says i|we|you|they", "lets say", "let us say", "then what", "what then", "worth", "any point", "what breaks|happens|happened if", "make|makes sense", "point in") && !r.any("did", "was"))
}

// head is the first token that is not a word of courtesy.
func (r *reading) head() int {
	i := 0
	for i < len(r.toks) && fillers[r.toks[i].word] && !r.toks[i].quoted {
		i++
	}
	return i
}

// headIs reports whether the message begins with one of the words.
func (r *reading) headIs(words ...string) bool { return slices.Contains(words, r.word(r.head())) }

func (r *reading) word(i int) string {
	if i >= 0 && i < len(r.toks) {
		return r.toks[i].word
	}
	return ""
}

// commands reports whether the word at i is a verb of deeds in its base form that
// is used as one: "retry did not help" and "restart of X" begin with nouns.
func (r *reading) commands(i int) bool {
	if i >= len(r.toks) || r.toks[i].quoted {
		return false
	}
	verb := slices.ContainsFunc(r.toks[i].senses, func(s sense) bool {
		return s.form == base && slices.Contains([]concept{"restart", "retry", "rollback", "cancel", "undo", "scale"}, s.concept)
	}) || r.word(i) == "roll"
	next := r.word(i + 1)
	if !verb || next == "" || slices.Contains([]string{"of", "on", "was", "is", "has", "had", "does", "will", "would", "may", "did", "for"}, next) {
		return false
	}
	return i+1 >= len(r.toks) || !slices.ContainsFunc(r.toks[i+1].senses, func(s sense) bool { return s.form == past || s.form == third }) || next == "failed"
}

// wentBad is a verb of going in one of the forms, and a place where nothing good goes.
func (r *reading) wentBad(forms ...string) bool {
	return r.wentStrange(forms...) || r.beside(strings.Join(forms, "|")+" down|south|sideways|red|belly|boom|bang|pear-shaped|haywire|bananas|nuts|crazy|wild|dark|offline|bad|awry|amiss|kaput|splat|walkabout") || slices.Contains(forms, "going") && (r.beside("playing|acting|plays|acts up|funny|silly|weird|strange", "on the fritz|blink|floor|deck|ropes"))
}

// notWorking is a denial that something did its work: "never finished", "is not running".
func (r *reading) notWorking() bool {
	return r.seq("not|never work|working|run|running|ran|finish|finished|complete|completed|succeed|respond|responding|load|loading|loaded|start|started|starting|finishing|completing|updating|update|moving|progressing") || r.seq("not make it")
}

// speaksOf reports whether something is named: a resource, what is written like one,
// or a word that may be the name of one. What somebody did meanwhile names nothing.
func (r *reading) speaksOf() bool { return len(r.mentions) > 0 }

// deriveIdioms adds what several words mean together that none of them means alone.
func (r *reading) deriveIdioms(set func(concept, bool)) {
	r.idiomsOfHealth(set)
	r.idiomsOfConsent(set)
	r.idiomsOfKeepingOff(set)
	r.idiomsOfAsking(set)
	r.derivePhrases(set)
}

func (r *reading) idiomsOfHealth(set func(concept, bool)) {
	calm := "sleep|bed|nap|rest|home|relax|breathe|chill|worry|worried|panic|panicking|concerned|lunch|coffee|doze|offline|pub|wake|awake"
	set("$calm", r.seq("i|we|me|us "+calm, "can|should|to|be|get "+calm, "safe|ok|fine to "+calm, "get|wake up", "i|we back to "+calm, "i|we|me needed|required") && !r.says("while", "asleep", "since"))
	set("$left", (r.seq("needs|need|needing doing|done|fixing|fixed|attention|looking|work|sorting|sorted|help|love|hand|eyes|me|human|person") || r.seq("left|remains|remaining|outstanding|unresolved|unfixed|leftover|plate|todo") || r.seq("still broken|open|failing|down|red|to")) && r.any("what", "any", "which", "tell"))
	set("$catchup", r.seq("catch|fill|bring|get me|us up|in", "up to speed", "did i miss", "have i missed", "we|i|things stand", "where are|do we|i|things", "how we|things look|looking", "lay of", "the latest on|with") && !r.has("$acts"))
	set("$returned", r.seq("come|came|coming|is|are|be back|up") && r.any("did", "be", "have") && r.observed() && r.says("back"))
	set("$deal", r.has("what") && (r.seq("the deal|story|matter|score|catch with|about|on") || r.says("gives", "ails", "ailing", "eating", "plaguing", "bugging") || r.seq("is up with", "happening|going on with") && r.any("error", "$fail")) && r.observed() || r.seq("wrong|up|off|matter with") && r.observed() && r.has("what"))
	causing := "killing|causing|behind|breaking|slowing|hurting|eating|blocking|choking|driving|stopping|holding|making|crashing|hitting"
	set("$causing", r.seq("what|who|whats is|are|was|keeps "+causing, "what took|brought|knocked|broke|killed|crashed|hit|made") && r.observed() && !r.has("you"))
	set("$keeps", r.says("keeps", "keep", "kept", "constantly", "repeatedly", "nonstop", "always", "continually", "continuously", "forever", "flapping") && r.any("$failing") && r.observed())
}

func (r *reading) idiomsOfConsent(set func(concept, bool)) {
	ok := "fine|ok|okay|good|happy|cool|comfortable|green|clear|thumbs|alright"
	assent := r.seq("go ahead|for", "green light", "thumbs up", "ship it", "no objection|objections", "make it so|happen", "let it rip", "you have blessing", "my blessing", "me|i am|are "+ok+" with", "i|we am|are "+ok+" with", "works for me", "sign|signing off", "get on with", "fire away", "knock yourself out", "proceed with")
	short := len(r.toks) <= 4 && r.in("approve", past) && !r.any("was", "be", "did", "have", "who", "you") && !r.says("if", "when", "once") && !strings.HasSuffix(strings.TrimSpace(r.text), "?")
	set("$goahead", assent && !r.any("$asks", "$past") && !r.says("do", "will", "shall", "give", "gave"))
	set("$goahead", short || r.seq("you have|got my|our approval|permission|ok|okay|blessing|go|nod|consent") && !r.any("$asks", "$wh"))
	set("$goahead", r.headIs("do", "perform", "execute") && r.seq("do|perform|execute the|that") && r.has("$acts") && !r.observed() && !r.any("$asks", "$wh"))
	set("$consent", assent || short || r.in("approve", past) && len(r.toks) <= 4)
	set("$notdeny", r.seq("not|never deny|reject|refuse|decline|veto"))
	set("$cancelask", r.seq("cancel|drop|withdraw|kill|scrap|bin|forget|pull request|proposal|approval|ask|plan"))
	set("$turndown", r.seq("thumbs down", "say no", "not happy|comfortable|ok|okay|fine|agree", "no go", "no-go", "knock back"))
	set("alone", r.beside("by|on your|its own", "by yourself|itself"))
	set("$consentof", r.seq("my|our|a|your ok|okay|approval|permission|consent|sign-off|signoff|go-ahead|blessing|nod") || r.seq("without|before|need|needs|needing|require|requires approval|permission|asking|ask|ok|okay|consent|sign-off|human|person|me|us|checking"))
}

func (r *reading) idiomsOfKeepingOff(set func(concept, bool)) {
	off := r.beside("keep|stay|steer off|away|clear|back", "back|lay|hold off", "stand|step down|back|aside|away", "hold fire", "knock|cool it off", "cool it", "chill out", "butt out") || r.seq("hands|paws|mitts off", "keep your hands|paws off", "leave it|that|this|him be|alone|to", "do not act|fix|do on", "leave to me|us", "take it from here", "keep|leave out of") || r.observed() && r.seq("let be")
	set("$donothing", r.seq("do|doing|touch|change nothing to|on|with|about"))
	set("$handsoff", off && !r.any("was", "did") && !r.says("back-off"))
	set("$nomore", r.seq("no more fix|fixes|fixing|healing|action|actions|touching|automation|restart|restarts|retry|retries|automatic|heroics") && !r.any("what", "why"))
	set("$quit", r.seq("quit|stop|cease touching|fixing|healing|messing|fiddling|acting|restarting|retrying|doing|rolling|poking|meddling|helping"))
	lift := r.seq("lift|remove|end|clear|release|drop|cancel|kill|stop|undo pause|freeze|hold|mute|snooze|suspension|embargo|block|silence") || r.seq("back to normal|work|business|it|healing|fixing", "hands back on", "take over|back over|wheel", "you resume|continue", "you can|may act|heal|fix|touch|start|resume|continue again", "start|begin|free|go fixing|healing|acting|touching again", "pick up again|where") || r.beside("have at it")
	set("$lift", lift && !r.any("$past", "why", "who", "when", "how") && !r.has("not"))
}

func (r *reading) idiomsOfAsking(set func(concept, bool)) {
	set("$through", r.seq("walk|talk|take|run|step|lead me|us through|by"))
	set("$madeyou", r.beside("made|led|prompted|drove|caused|convinced you"))
	set("$youare", len(r.toks) <= 4 && r.beside("what|who are you"))
	set("$asksfirst", r.seq("ask|check|wait before|first", "ask|check with me|us|someone"))
	set("$lookinto", r.seq("dig|look|delve|check|drill|poke into", "dig in", "figure|work|find out what|why", "get to the bottom"))
	set("who", r.says("whose"))
	set("approval", r.says("say-so", "authority", "whose"))
	set("$rolledout", r.beside("roll|rolled|rolling|pushed|went|goes|go out|live|forward"))
	set("$madeit", r.seq("not make it|through"))
	set("$generic", r.beside("when|whenever a|an|something|things|jobs|runs|pods") && r.has("$fail"))
	set("$tellme", r.seq("can|could you tell|answer|show|do"))
	set("$explainword", r.says("explain", "describe", "summarise", "summarize", "detail", "details", "about"))
	set("$listing", r.says("incidents", "tickets", "cases") && r.says("all", "every", "list", "show", "which"))
	set("$anothergo", r.seq("have|take|give another|one|more go|shot|try|stab|crack|attempt|run|whirl", "give|giving it|that|this a|another go|shot|try|whirl|kick|nudge|bounce|restart|retry|rerun|spin") || r.seq("do|perform|issue|trigger|force|initiate|run a|another|one|quick|full restart|reboot|retry|rerun|rollback|bounce|rerun", "give a|another go|shot|try|whirl|kick|nudge|bounce|restart|reboot|retry|rerun|spin|poke", "try|run again|anew"))
	up := "up|going|running|working|back|again|on|alive"
	set("$getgoing", r.headIs("get", "bring", "fire", "spin", "start", "crank", "boot", "turn", "power") && !r.any("$asks", "$wh", "not", "healing") && !r.beside("get|bring|start me|us|of") && (r.seq("get|bring|fire|spin|start|crank|boot|power "+up, "get|bring|start "+up+" again") || r.seq("off and on", "off then on", "off on again")))
	set("$moreof", r.headIs("chuck", "throw", "give", "add", "put", "allocate", "bump", "lob", "slap") && r.has("more") && (r.has("memory") || r.metric.said) && !r.any("$fail", "did"))
	set("$moreof", r.headIs("more", "extra", "additional", "bigger") && (r.has("memory") || r.metric.said && r.says("please")) && !r.any("would", "$fail", "did"))
	set("$yourlast", r.seq("you|your did|just|last|latest|previous", "last|latest|previous thing|action|change|step|move|fix|one", "that|this|it change|action|fix|step back", "way it was|were", "it|that back", "what you did|ran|changed|rolled|restarted", "that|it|this out|back"))
	set("$automatic", r.says("automatic", "automatically", "auto", "autonomous", "autonomously", "automated", "unattended"))
}

package ask

import (
	"cmp"
	"slices"
	"strings"

	pipewright "github.com/pipewright/pipewright"
)

// scored is an intent and how strongly the words speak for it.
type scored struct {
	intent pipewright.Intent
	score  float64
}

const (
	understood = 2   // the least score of a question that is understood at all
	clear      = 4.4 // the least score of a wish of its own within a longer message
)

// rule adds its weight when all of its concepts were said, one of any, and none of
// none. Concepts with a $ are derived: see derive.
type rule struct {
	intent         pipewright.Intent
	weight         float64
	all, any, none string
}

// rules is the grammar of intents. Words never decide alone and their order hardly
// matters: what counts is which concepts are said together.
var rules = []rule{
	{"diagnose", 4, "why", "$fail slow", "$actpast"},
	{"diagnose", 3, "why", "$named it", "$actpast"},
	{"diagnose", 3, "why", "$inc", ""},
	{"diagnose", 2, "why", "", ""},
	{"diagnose", 3, "why", "$metric", "$actpast"},
	{"diagnose", 5, "what happen", "$named it $inc", "if would"},
	{"failures", 5, "what $happened", "$timed", "if would $named it $inc"},
	{"diagnose", 4, "what $happened", "", "if would"},
	{"diagnose", 4, "what $problem", "$linked $kind it", "any $plural"},
	{"diagnose", 5, "diagnose", "$named it $fail $inc", "you did"},
	{"diagnose", 3, "cause", "", "change"},
	{"diagnose", 4, "cause", "$named $fail it", "change"},
	{"diagnose", 8, "cause", "$fail $problem", "change $howmany"},
	{"diagnose", 3, "how $fail", "did $come", "many $plural which"},
	{"diagnose", 4, "what $failbase", "$linked $kind it", "$plural any which would"},
	{"diagnose", 4, "what $failing", "$linked $kind it", "$plural any which"},
	{"diagnose", 2, "log", "$named tell", "many number $acts"},
	{"diagnose", 3, "log tell", "", "many number"},
	{"diagnose", 2.5, "$fail", "$linked $kind", "which $plural many number"},
	{"diagnose", 4, "what error", "$linked $kind it", "many number $metric"},
	{"diagnose", 9, "$oom", "", "$wish allowed policy mode"},

	{"status", 7, "any", "$problem $failing $failbase", "$pastfail which why many number"},
	{"status", 6, "$problem now", "", "$named why"},
	{"status", 6, "what $problem", "", "$named why $past"},
	{"status", 6, "status", "", "why $acts"},
	{"status", 5, "be fine", "$named any it", "why"},
	{"status", 6, "any fine", "", "why run $metric"},
	{"status", 5, "how", "$doing", "$past $inc"},
	{"status", 5, "how be", "$named any it", "$past $inc $howmany $howlong"},
	{"status", 2, "$strong", "", "$acts not $past"},
	{"status", 5, "how go did", "", "$named"},
	{"status", 6, "attention", "", "why"},
	{"status", 6, "what should check", "", "$acts"},
	{"status", 5, "good $named", "did when be last", "since change why $howmany $metric"},
	{"status", 5, "run $named", "last when", "since good change why $howmany $metric $wish"},
	{"status", 5, "what be", "$going", "$past"},
	{"status", 6, "what now happen", "", "$past"},
	{"status", 4, "be", "$failing $problem", "why which what $plural $metric"},
	{"status", 4, "now $linked", "", "why what how $wish many"},
	{"status", 5, "incident", "any many", "$inc"},
	{"status", 6, "approval", "waiting want what any tell", "approve who $app"},
	{"status", 6, "waiting", "what any which", ""},
	{"status", 5, "$paused be", "", "why who"},
	{"status", 4, "$running be", "", "why"},
	{"status", 4, "exist", "which what tell you", "$linked why"},
	{"status", 4, "upstream", "", "why"},
	{"status", 4, "downstream", "", "why"},
	{"status", 5, "$updateme", "", ""},

	{"count", 8, "$howmany", "error log $fail run incident action $acts", "$metric"},
	{"count", 4, "$howmany", "$named it", "$metric"},
	{"count", 4, "error", "$timed any tell $named", "why what $metric which"},
	{"count", 2, "error", "", "why $metric"},
	{"count", 8, "which error", "$most", "why"},

	{"metric", 8, "$metric", "", "why $wish $oom change $acts"},
	{"metric", 2, "$metric", "", ""},
	{"metric", 7, "$howlong", "$named it run", "why"},

	{"failures", 7, "$broke", "which $whatplural", "why how change you $metric"},
	{"failures", 4, "which", "$broke", "why change $metric you"},
	{"failures", 7.5, "any $pastfail", "", "why how you"},
	{"failures", 6, "$failnoun", "tell what which timed $timed", "why $howmany"},
	{"failures", 6, "$plural $pastfail", "", "why $howmany you"},
	{"failures", 6, "tell $broke", "$plural", "why $howmany you"},
	{"failures", 6, "what $pastfail", "", "why $linked $kind it $howmany you"},
	{"failures", 5, "did $broke", "$named", "why what how you $howmany"},
	{"failures", 5, "$pastfail $timed", "", "why how $howmany you it $linked"},

	{"changes", 7, "change", "", "$wish why if you $acts"},
	{"changes", 4, "change", "", "$wish if"},
	{"changes", 7, "version $happened", "", "why if"},
	{"changes", 5, "since last good", "", "why $howmany $fail"},

	{"explain", 8, "you $past", "$didit heal attempt $acts choose", "if $alt would could else"},
	{"explain", 8, "who", "approve approval deny $acts heal pause undo", ""},
	{"explain", 7, "$past $acts", "", "if would you should $alt $howmany"},
	{"explain", 8, "why", "$actpast", "if would"},
	{"explain", 7, "why $acts", "you it", "if would $alt not"},
	{"explain", 9, "you action", "why diagnose", "if $alt $howmany"},
	{"explain", 5, "action", "what which tell any why", "if $alt $howmany healing pause resume policy"},
	{"explain", 6, "what you have", "", "could would if $alt help else $named exist"},
	{"explain", 4, "audit", "tell what", ""},
	{"explain", 6, "how heal", "$past", ""},
	{"explain", 5, "$past heal", "", "if why"},
	{"explain", 7, "$approvedpast", "$past when who", ""},
	{"explain", 7, "why", "choose", ""},
	{"explain", 6, "diagnose you", "$past $didit", ""},

	{"alternatives", 9, "$alt", "", "if"},
	{"alternatives", 6, "odds", "", "if would"},
	{"alternatives", 9, "else", "$elsewish", "if"},
	{"alternatives", 9, "why not $acts", "", ""},
	{"alternatives", 9, "$acts could have", "", "if"},

	{"what_if", 10, "if", "$acts would happen", "$ifcheck"},
	{"what_if", 10, "what if", "", "$ifcheck"},
	{"what_if", 9, "would", "$acts", ""},
	{"what_if", 9, "happen", "would", ""},
	{"what_if", 9, "should $acts", "", ""},
	{"what_if", 9, "$acts $safe", "", ""},
	{"what_if", 9, "$wish $cani", "", ""},
	{"what_if", 9, "$acts $needs", "did be $does", ""},
	{"what_if", 6, "would help", "", ""},

	{"incident", 5, "$inc", "", ""},
	{"incident", 3, "$inc", "tell what status", "you why approve deny undo $acts"},
	{"incident", 6, "incident", "tell which what last", "$inc any many why"},
	{"incident", 3, "incident", "", "why"},

	{"act", 9, "$wish", "", "if would $past not why who which should $howmany allowed $cani $safe policy"},
	{"approve", 9, "$approvebase", "", "not who $past why should if allowed when $howmany $safe"},
	{"approve", 9, "$goahead", "", "not who why if"},
	{"deny", 10, "$denybase", "", "who $past why should if $not when $safe"},
	{"deny", 9, "$turndown", "$app it approval", "who $past why should if $not"},
	{"deny", 10, "not", "approve", "why who if $past"},
	{"deny", 7, "not", "$acts", "why who if $past $paused leave touch pause"},
	{"deny", 6, "$not $dobase", "it", "why who if $past what"},
	{"undo", 9, "$undobase", "", "why who $past if should not $torollback $safe"},
	{"act", 9, "$undobase $torollback", "", "why who $past if should not"},
	{"pause", 10, "$pausebase", "$named healing any it $timed you $until", "why who $past if should not $safe"},
	{"pause", 10, "healing", "$disablebase", "why who $past if should not resume"},
	{"pause", 10, "$disablebase $untilword", "$named it", "why who $past if should not"},
	{"pause", 9, "leave alone", "", "why who"},
	{"pause", 9, "not healing", "$named any it $until", "why who if $past"},
	{"pause", 9, "not touch", "", "why who"},
	{"pause", 9, "$handsoff", "", "why who"},
	{"resume", 11, "$resumebase", "", "why who $past if should not"},
	{"resume", 11, "healing $enablebase", "", "why who $past if should not disable"},
	{"resume", 9, "healing $backon", "", "why who not"},

	{"resume", 10, "you again could", "attempt healing", "why not if"},

	{"policy", 7, "you when", "attempt healing", "$past"},
	{"policy", 8, "how you healing", "", "$past"},
	{"policy", 10, "you alone", "", "leave $past"},
	{"policy", 9, "policy", "", "$inc"},
	{"policy", 9, "allowed", "you it", "why"},
	{"policy", 7, "could you healing", "", "pause resume $disablebase why"},
	{"policy", 10, "you $dobase $class", "", "$past"},
	{"policy", 7, "mode", "", "why"},
	{"policy", 7, "$class healing", "", "why"},

	{"help", 3, "help", "", "why $fail $linked"},
	{"help", 9, "could you $dobase", "what", "$named else $alt $class"},
	{"help", 6, "what you $dobase", "", "$past $named would else $alt exist $class"},
	{"help", 4, "who you be", "", "$past $acts approve"},
	{"help", 6, "how you $dobase", "work $use", "$past $named"},
	{"help", 6, "how $use", "", "$linked"},
	{"help", 2, "thanks", "", ""},
}

// intentOrder breaks ties: what changes least comes first.
var intentOrder = []pipewright.Intent{"what_if", "explain", "alternatives", "deny", "count", "metric", "failures", "changes", "diagnose",
	"status", "incident", "policy", "help", "undo", "pause", "resume", "approve", "act", "unknown"}

// classify scores every intent, best first.
func (r *reading) classify() {
	r.derive()
	sum := map[pipewright.Intent]float64{}
	for _, rule := range rules {
		if r.fits(rule) {
			sum[rule.intent] = max(sum[rule.intent], rule.weight) + 0.1*min(sum[rule.intent], rule.weight)
		}
	}
	r.intents = nil
	for _, intent := range intentOrder {
		if s := sum[intent]; s > 0 {
			r.intents = append(r.intents, scored{intent, s})
		}
	}
	slices.SortStableFunc(r.intents, func(a, b scored) int { return cmp.Compare(b.score, a.score) })
}

func (r *reading) fits(x rule) bool {
	for _, c := range strings.Fields(x.all) {
		if !r.concepts[concept(c)] {
			return false
		}
	}
	for _, c := range strings.Fields(x.none) {
		if r.concepts[concept(c)] {
			return false
		}
	}
	anyOf := strings.Fields(x.any)
	return len(anyOf) == 0 || slices.ContainsFunc(anyOf, func(c string) bool { return r.concepts[concept(c)] })
}

// top is the best intent, unknown when nothing speaks for any.
func (r *reading) top() scored {
	if len(r.intents) == 0 || r.intents[0].score < understood {
		return scored{intent: "unknown"}
	}
	return r.intents[0]
}

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
	set("$linked", len(r.mentions) > 0)
	set("$kind", len(r.kinds) > 0)
	set("$plural", r.plural())
	set("$metric", r.metric.said)
	set("$timed", r.timed)
	set("$inc", r.incident != "")
	set("$app", r.approval != "")
	set("$class", r.class != "")
	r.deriveFailures(set)
	r.deriveActions(set)
	r.deriveQuestions(set)
	r.deriveWishes(set)
}

func (r *reading) deriveFailures(set func(concept, bool)) {
	set("$failing", r.in("fail", ing) || r.says("failing", "stuck", "hanging"))
	set("$failbase", r.in("fail", base, third) && !r.has("healing"))
	set("$pastfail", r.in("fail", past) && !r.says("stopped", "broken", "hung") || r.says("broken") && r.any("have", "did") || r.concepts["did"] && r.in("fail", base) || r.says("failed"))
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
	set("$past", r.any("did", "was") || r.has("have") && !r.has("could"))
	set("$didit", r.says("do", "done"))
	set("$approvedpast", r.in("approve", past) || r.in("deny", past))
	set("$elsewish", r.any("could", "would", "attempt") || r.says("do", "done", "tried", "try"))
	set("$alt", r.has("alternative") || r.says("runner-up", "runner") || r.says("best") && r.says("next", "second") || r.says("plan") && r.says("b"))
}

// scaling tells "scale up X" from "the increase of errors" and "raised an error".
func (r *reading) scaling(c concept) bool {
	if !r.in(c, base, past, ing) {
		return false
	}
	return r.says("scale", "scaled", "scaling", "upscale", "resize", "resized", "resizing", "upsize", "downscale", "scaleup", "scale-up", "scale-down") || r.has("memory") || r.has("more") || r.says("memory")
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
	set("$safe", r.says("safe", "dangerous", "risky", "sensible", "wise", "harm", "idea"))
	set("$cani", r.has("could") && r.says("i", "we"))
	if r.says("would") && r.says("you") && !r.has("if") && !r.has("happen") && !r.says("have") {
		delete(r.concepts, "would") // "would you restart X" is a polite wish
	}
	set("$use", r.says("use", "used"))
	set("$dobase", r.says("do"))
	set("$does", r.says("does", "do"))
}

func (r *reading) deriveWishes(set func(concept, bool)) {
	wish := r.action != "" || r.rolling() && r.says("roll") || r.again() && !r.says("ran")
	for _, c := range actVerbs {
		wish = wish || r.imperative(c) && (c != "scale" && c != "shrink" || r.scaling(c)) && !(c == "cancel" && r.has("healing"))
	}
	wish = wish || r.says("give", "needs") && r.has("more") && (r.has("memory") || r.metric.said) && !r.has("why")
	needs := r.says("needs", "need") && r.has("$acts") && !r.says("i", "we", "you")
	set("$needs", needs)
	wish = wish || needs && !r.says("does", "do", "if", "whether", "when") || r.backToVersion()
	set("$wish", wish)
	set("$approvebase", r.imperative("approve"))
	set("$denybase", r.imperative("deny"))
	set("$undobase", r.imperative("undo") || r.says("take", "put") && r.says("back"))
	set("$torollback", r.any("version") && !r.says("it", "that", "action"))
	set("$pausebase", r.imperative("pause") && (!r.says("hold") || r.says("off")))
	set("$disablebase", r.imperative("disable") || r.says("off") && r.says("turn", "switch"))
	set("$resumebase", r.imperative("resume"))
	set("$enablebase", r.imperative("enable") || r.says("on") && r.says("turn", "switch"))
	set("$backon", r.says("back") && r.says("on"))
	set("$handsoff", r.says("hands") && r.says("off"))
	set("$until", r.says("until", "till", "til", "for"))
	set("$turndown", r.says("turn", "turned") && r.says("down"))
	set("$not", r.says("not", "never", "without"))
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
		if i > 0 && nounBefore[r.toks[i-1].word] {
			continue
		}
		return true
	}
	return false
}

var nounBefore = wordSet("the a an last this that your my each another of which previous latest any first")

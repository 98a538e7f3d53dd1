package ask

import (
	"slices"

	pipewright "github.com/pipewright/pipewright"
)

// The switch: healing is paused and resumed by an order, never by a question about it, a
// report of it or a supposition.

// switches reports whether an intent moves the switch.
func switches(i pipewright.Intent) bool { return i == "pause" || i == "resume" }

// orders reports whether the message can be an order at all. "Is it safe to continue", "what
// did you leave alone" and "carry on how" ask.
func (r *reading) orders() bool {
	return !r.any("$asks", "$wh", "how", "why", "who", "if", "should", "$past") || r.has("$lead")
}

// deriveSwitch recognises an order that needs no object, and the switch that is taken back.
func (r *reading) deriveSwitch(set func(concept, bool)) {
	set("$halt", r.bare(halting))
	set("$offhold", r.seq("off|out|from hold|pause|freeze|ice|standby", "free|welcome to act|heal|fix|touch|help|restart", "let heal|act|fix|touch|help again"))
	set("$onhold", r.seq("put|place|keep|get on hold|ice|pause|standby|freeze"))
	set("$nomore", r.seq("not do|touch|change|run|start|restart|fix|heal anything") && r.endsAfter("anything") && !r.any("why", "what", "$past"))
	set("$switchoff", r.seq("release|lift|clear|disengage|reset|remove|undo|off|disable|drop|disarm kill|emergency|killswitch|kill-switch switch|stop", "release|lift|clear|disengage|reset|remove|undo|off|disable|drop|disarm killswitch|kill-switch", "switch|killswitch|kill-switch off"))
}

// endsAfter reports whether nothing but a time, a place or courtesy follows a word: "do not
// do anything until I am back", and not "do not do anything stupid".
func (r *reading) endsAfter(word string) bool {
	i := slices.IndexFunc(r.toks, func(t token) bool { return t.word == word })
	return i+1 >= len(r.toks) || r.toks[i+1].use != free || bounding[r.word(i+1)]
}

var bounding = wordSet("until till for before while now please tonight today tomorrow yet unless without on with to in at there here again")

// halting are the words of an order to stop that needs no object.
var halting = wordSet("it that this quit pause stop halt freeze emergency cease abort all everything now immediately right away at once")

// bare reports whether the message has nothing but words of the set and of courtesy, one of
// them an order.
func (r *reading) bare(set map[string]bool) bool {
	order := false
	for _, t := range r.toks {
		if t.quoted || !set[t.word] && !fillers[t.word] {
			return false
		}
		order = order || slices.Contains([]string{"pause", "stop", "halt", "freeze", "abort", "quit"}, t.word)
	}
	return order
}

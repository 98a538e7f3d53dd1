package ask

// What could be done instead, and what would come of it.

// deriveOtherwise recognises what is asked after by comparison ("anything less drastic"), what
// was passed over ("what did you reject"), what would come of an action ("would it help") and
// what would come of none.
func (r *reading) deriveOtherwise(set func(concept, bool)) {
	milder := r.says("safer", "gentler", "milder", "softer", "cheaper") || r.seq("less|more drastic|invasive|disruptive|aggressive|painful|risky|dangerous|harmful|radical|conservative|careful|gentle|intrusive|extreme") ||
		r.seq("quicker|faster|easier|simpler|smaller way|ways|option|options|fix|fixes|route|step|action|approach")
	set("$milder", milder && !r.any("be") || milder && r.any("any", "would", "could", "else") || milder && r.says("there", "something", "way", "option", "fix"))
	set("$alt", r.seq("second|third|next|other|another|different best|choice|choices|option|options|pick|guess|preference|favourite|favorite|candidate|fix|fixes|remedy|remedies|cure|cures|possibility|possibilities") && !r.has("incident"))
	set("$alt", r.seq("anything|something short of", "what else have you", "choose|choosing|torn between", "on the|table|menu|cards", "came|come|comes|ranked|ended|finished|placed second|third|next|behind", "got|have|suggest|offer|propose|know anything|something better|smarter|different") && !r.has("$timed"))
	set("$only", r.seq("only thing|way|option|choice|move|fix|one|answer|remedy|cure"))
	set("$passedover", r.has("you") && r.any("what", "which", "any", "tell") && (r.in("deny", base, past) || r.says("discard", "discarded", "skip", "skipped", "eliminate", "eliminated", "ditch", "ditched") || r.seq("passed|pass|turn|turned over|up|on|down")))
	set("$oddsof", r.has("odds", "$acts") && (r.seq("odds|chance|chances|likely|likelihood|probability a|an|if|that|another|to") || r.in("restart", ing) || r.in("retry", ing) || r.in("rollback", ing) || r.in("scale", ing) || r.says("rolling")))
	happens := r.has("would") || r.says("will", "does", "might", "could", "gonna", "going")
	set("$effect", happens && (r.seq("make difference", "do good|trick|anything|job", "change anything|much|something", "be enough", "fix|solve|cure|clear|cut it|this|that") || r.says("help", "matter", "suffice")))
	idle := r.seq("do|doing|does|did nothing|anything", "leave|left|leaving it|this|that|alone|things", "leave|left|leaving as is", "wait|waiting|sit|sitting it|this|on") || r.says("ignore", "ignoring", "ignored") || r.seq("nobody|none|noone does|acts|answers|approves|reacts|intervenes", "not do|touch|act|approve|answer anything|it|this")
	idle = idle || r.seq("if|when we|i|you|they wait|sleep|ignore|hold")
	asks := r.has("$asks") || r.has("if") || r.any("$hypo", "$safe", "would", "happen") || r.seq("get away with")
	set("$ifsettled", r.has("$wh") && r.seq("does|do|would|will|happens|happen|if|when approve|approving|approval|deny|denying|rejecting|refusing"))
	set("$letbe", idle && asks && !r.any("why", "who", "you") && (r.any("if", "happen", "would", "$safe", "$hypo") || r.seq("get away with", "can|could|may|should i|we|it|this")))
}

// deriveTrackRecord recognises a question about how well Pipewright does in general. "How sure
// are you" is about the last answer; "how sure are you usually" is about all of them.
func (r *reading) deriveTrackRecord(set func(concept, bool)) {
	if r.observed() || r.incident != "" {
		return
	}
	odds := r.says("odds", "prediction", "predictions", "predicted", "guess", "guesses", "estimate", "estimates", "probabilities", "confidence", "diagnoses", "verdicts", "judgement", "judgment")
	usually := r.says("usually", "normally", "generally", "general", "typically", "often", "overall", "average", "mostly", "always", "habitually", "historically", "rule", "frequently")
	held := r.says("right", "wrong", "correct", "mistaken", "off", "true")
	good := r.says("accurate", "accuracy", "trust", "trusted", "rely", "believe", "correct", "reliable", "dependable") || r.seq("any good", "hold|stand up", "worth anything|much|something")
	set("calibration", r.has("you", "sure") && usually)
	set("calibration", (r.has("you") || odds) && (held && usually || good && !r.any("$acts")) && !r.has("went"))
	set("calibration", odds && (held && r.has("$asks") || r.seq("how good")))
	set("calibration", r.says("number", "numbers", "figures") && r.says("trust", "believe", "rely"))
	set("calibration", r.seq("track record", "hit rate", "batting average"))
}

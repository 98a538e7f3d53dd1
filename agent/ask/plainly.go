package ask

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	pipewright "github.com/pipewright/pipewright"
)

// What an approval looks like. Only the shape counts: every word of it has its place in a
// sentence of consent. A word that has none may be a condition, a time, a doubt, a report
// or somebody else's name, and then nothing is approved.

// struck is what its author crossed out: ~approve it~.
var struck = regexp.MustCompile(`(^|\s)~[^\s~](?:[^~\n]*[^\s~])?~`)

// ownWords is a message without quoted lines and without what was crossed out: other
// people's words, and words taken back, wish nothing.
func ownWords(text string) string {
	var own []string
	for _, line := range strings.Split(text, "\n") {
		if lead := strings.TrimLeft(line, " \t"); !strings.HasPrefix(lead, ">") && !strings.HasPrefix(lead, "&gt;") {
			own = append(own, line)
		}
	}
	return struck.ReplaceAllString(strings.Join(own, "\n"), "$1")
}

// consenting are the words of a sentence that agrees and says nothing else, beside names,
// the verbs of deeds and the verb of approving.
var consenting = wordSet(`yes yeah yep yup y sure ok okay alright right good great fine perfect absolutely definitely cool lgtm agreed agree confirmed apply aye happy comfortable clear green light thumbs up go ahead for with do it that this these one those them
	the a an please kindly now immediately asap then so just and also oh hey hi hello pipewright bot thanks thank you your thx cheers run execute proceed continue ship make happen let get on sign signing off no objection objections objections permission
	consent approval approvals blessing nod my our me us we i am is are be consider considered have has got give given gives here of to in on from works looks look sounds seems first second third fourth fifth last latest next
	fix action change plan proposal step remedy repair thing suggestion request incident ticket case number inc ap fire away knock yourself out rip actually well still hold not-at-all`)

// longestConsent is how long a message may be that approves, without its reason, in bytes.
const longestConsent = 300

// reporting are those who are told to have approved: "I approved it" is news, not consent.
var reporting = wordSet("i we he she they somebody someone")

// plainly reports whether the message is a sentence of consent, with nothing beside it but
// a question that is answered as well or another wish that is met.
func (t *turn) plainly() bool {
	if len(t.own) > longestConsent || len(t.q.Text) > maxText { // what was cut off may take it back
		return false
	}
	agreed, named := false, map[string]bool{}
	for _, clause := range splitClauses(withoutAside(t.own)) {
		r := t.world.read(clause, t.now, nil)
		switch {
		case r.agrees():
			agreed = true
		case t.also == nil || strings.TrimSpace(clause) != t.second && !strings.Contains(t.second, strings.TrimSpace(clause)):
			return false
		}
		for _, k := range r.toks {
			if approvalID.MatchString(k.word) {
				named[k.word] = true
			}
		}
	}
	return agreed && len(named) < 2 && !t.doubted()
}

// doubted reports whether what agrees is followed by a question mark.
func (t *turn) doubted() bool {
	end := strings.TrimRight(strings.TrimSpace(t.own), " )*_")
	return t.also == nil && strings.HasSuffix(end, "?") || questionedWord.MatchString(t.own)
}

// questionedWord is an approval put as a question and gone on from: "approve it? hm".
var questionedWord = regexp.MustCompile(`(?i)\b(?:approve|approved|go ahead|do it|ship it)\b[^.!;\n?]{0,40}\?\s*\S`)

// withoutAside drops the word where a surface adds where it was said: "(inc-0001)".
func withoutAside(text string) string {
	return allWell.ReplaceAllString(strings.NewReplacer("(", " ", ")", " ").Replace(text), "$1")
}

// allWell is "all right", which is about everything as little as "right" is.
var allWell = regexp.MustCompile(`(?i)\ball (right|good|clear|fine)\b`)

// agrees reports whether every word of a clause has its place in a sentence of consent.
func (r *reading) agrees() bool {
	for i, k := range r.toks {
		if k.quoted || k.mended {
			return false
		}
		approve := slices.ContainsFunc(k.senses, func(s sense) bool { return s.concept == "approve" })
		deed := slices.ContainsFunc(k.senses, func(s sense) bool { return s.form == base && slices.Contains(actVerbs, s.concept) }) || k.word == "roll" || k.word == "back"
		switch {
		case approve && strings.HasSuffix(k.word, "ed") && slices.ContainsFunc(r.toks[:i], func(before token) bool { return reporting[before.word] }):
			return false
		case k.word == "can" || k.word == "may" || k.word == "could":
			if r.word(i-1) != "you" {
				return false
			}
		case k.use == asName && r.knows(i), k.use == asKind, approve, deed, consenting[k.word]:
		default:
			return false
		}
	}
	return len(r.toks) > 0
}

// knows reports whether the word at i is an id or part of the name of something observed.
func (r *reading) knows(i int) bool {
	w := r.word(i)
	if incidentID.MatchString(w) || approvalID.MatchString(w) || pipewright.ActionKind(w).Verb().Valid() {
		return true
	}
	if _, err := strconv.Atoi(w); err == nil {
		return numberedWords[r.word(i-1)] || slices.Contains([]string{"number", "no", "nr"}, r.word(i-1)) || hashed(r.text, r.toks[i])
	}
	return r.linked() || numberedWords[w]
}

// unclear answers words of approval that are no plain approval.
func (t *turn) unclear(pending []pipewright.Approval) {
	t.ans.Verdict = pipewright.Clarify
	say := `"approve" with its id`
	if len(pending) == 1 {
		say = `"approve ` + pending[0].ID + `"`
	}
	t.say("Nothing was approved. An approval stands by itself, with no condition, time, doubt or other name in it: say %s when you mean it now.", say)
}

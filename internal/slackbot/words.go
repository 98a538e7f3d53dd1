package slackbot

import (
	"regexp"
	"strings"
)

// What a person said themselves is all that can mean anything. Quoted lines, code
// blocks and forwarded messages are other people's words.

var (
	codeBlock = regexp.MustCompile("(?s)```.*?(```|$)")
	bracketed = regexp.MustCompile(`<([^<>]*)>`)
	blanks    = regexp.MustCompile(`[ \t]+`)
)

// own is what the author of a message said, in plain text: without quoted lines and
// code blocks, without the bot's own name, and with Slack's markup undone.
func own(text, self string) string {
	text = strings.ReplaceAll(codeBlock.ReplaceAllString(text, " "), "<@"+self+">", "")
	var kept []string
	for _, line := range strings.Split(text, "\n") {
		if quoted(line) {
			continue
		}
		kept = append(kept, line)
	}
	text = bracketed.ReplaceAllStringFunc(strings.Join(kept, "\n"), func(m string) string { return unbracket(m[1:len(m)-1], self) })
	text = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&").Replace(text)
	return strings.TrimSpace(blanks.ReplaceAllString(text, " "))
}

func quoted(line string) bool {
	line = strings.TrimLeft(line, " \t")
	return strings.HasPrefix(line, "&gt;") || strings.HasPrefix(line, ">")
}

// unbracket undoes one of Slack's bracketed forms: <@U1>, <#C1|name>, <!here>,
// <https://x|label>. The label of a link is a title, put in quotation marks: whoever
// pastes one has not said what it says.
func unbracket(inner, self string) string {
	body, label, labelled := strings.Cut(inner, "|")
	switch {
	case body == "@"+self:
		return ""
	case strings.HasPrefix(body, "@"), strings.HasPrefix(body, "#"), strings.HasPrefix(body, "!"):
		if labelled && body[0] == '!' {
			return "“" + strings.NewReplacer("“", "", "”", "").Replace(label) + "”"
		}
		if labelled {
			return body[:1] + label
		}
		return body
	case !labelled || strings.HasPrefix(body, "mailto:"):
		return body
	case strings.Contains(body, label): // Slack made a link of what was typed: orders.load
		return label
	}
	return "“" + strings.NewReplacer("“", "", "”", "").Replace(label) + "”"
}

// bare are words that somebody types in passing. None of them approves anything.
var bare = regexp.MustCompile(`(?i)^\W*(k+|kk+|okk?|okay|kay|y|ya|yep|yup|sure|fine|nice|cool|thanks?|thx|ty|lgtm|\+1|-1|n|ack)\W*$`)

// settles recognises the beginning of a sentence that decides something. It only
// chooses whom to listen to in a card's thread; what the sentence means is for the
// asker's grammar.
var settles = regexp.MustCompile(`(?i)^[\s*_~]*(?:(?:please|pls|ok(?:ay)?|yes|no|hey|pipewright)[\s,.:!]+)*(approved?|do it|go ahead|go for it|ship it|run it|deny|denied|reject(?:ed)?|decline|undo|roll (?:it|that) back|don'?t|do not|pause|resume)\b`)

// assents recognises a whole message that is nothing but an approval.
var assents = regexp.MustCompile(`(?i)^[\s*_~]*(?:(?:please|pls|ok(?:ay)?|yes|hey|pipewright)[\s,.:!]+)*(?:approved?(?: it| that| this)?|do it|go ahead|go for it|ship it|run it)(?:[\s,]+(?:please|pls|now|thanks?))*[\s.!*_~]*$`)

// unsure recognises a sentence that begins like an approval and is a question, or
// takes it back: "approve it? no", "do it, or wait". It approves nothing.
var unsure = regexp.MustCompile(`(?is)^[\s*_~]*(?:(?:please|pls|ok(?:ay)?|yes|hey|pipewright)[\s,.:!]+)*(?:approved?|do it|go ahead|go for it|ship it|run it)\b.*(?:\?|\b(?:no|nope|not|wait|don'?t|never|hold|stop|later|yet|unless|until|after|if|when|maybe|once)\b)`)

// reasoned recognises the beginning of a reason.
var reasoned = regexp.MustCompile(`(?i)^\s*(?:because|since|as|:|,)\s+`)

// named recognises that a sentence says itself which approval or incident it means.
var named = regexp.MustCompile(`(?i)\b(?:inc|ap)-?\d+\b`)

package slackbot

import (
	"fmt"
	"strings"

	pipewright "github.com/pipewright/pipewright"
)

// news is what an event adds in the thread of its incident's card; empty when the
// card alone says it. call is who is wanted, as mrkdwn, when a person is.
func news(e pipewright.Event, f frame, call string) string {
	switch e.To {
	case "":
		if !reminds(e) || e.Note == "" {
			return ""
		}
		return fmt.Sprintf("%s⏰ %s", call, plain(firstLine(e.Note, 600)))
	case pipewright.Waiting:
		if e.Action == nil {
			return ""
		}
		return fmt.Sprintf("%s🟡 %s wants to do %s on %s and waits for your word until %s. Press a button on the card, or say \"approve %s\" here.",
			call, code(e.Incident), code(string(e.Action.Kind)), code(string(e.Action.Target)), f.at(e.Due), plain(e.Approval))
	case pipewright.Acting:
		if e.Action == nil {
			return ""
		}
		return fmt.Sprintf("🔧 %s: doing %s on %s%s", code(e.Incident), code(string(e.Action.Kind)), code(string(e.Action.Target)), under(e))
	case pipewright.Resolved:
		return fmt.Sprintf("✅ %s recovered%s", code(e.Incident), colon(e.Note))
	case pipewright.Diagnosed:
		if e.Verification == "" {
			return ""
		}
		return fmt.Sprintf("↩️ %s: %s%s", code(e.Incident), plain(string(e.Verification)), colon(e.Note))
	case pipewright.Open:
		if e.Resource != "" {
			return "" // the card says it
		}
		return fmt.Sprintf("🔴 %s came back%s", code(e.Incident), colon(e.Note))
	case pipewright.Escalated:
		if informs(e) {
			return fmt.Sprintf("ℹ️ %s%s", code(e.Incident), colon(strings.TrimPrefix(e.Note, forInformation+": ")))
		}
		return fmt.Sprintf("%s🚨 %s needs a person%s", call, code(e.Incident), colon(e.Note))
	case pipewright.Closed:
		return fmt.Sprintf("%s closed%s", code(e.Incident), colon(e.Note))
	}
	return ""
}

// urgent reports whether an event wants a person.
func urgent(e pipewright.Event) bool {
	return e.To == pipewright.Waiting || reminds(e) || e.To == pipewright.Escalated && !informs(e)
}

// reminds reports whether an event says that an approval still waits: nobody's step.
func reminds(e pipewright.Event) bool { return e.To == "" && e.Approval != "" && e.Who == "" }

// forInformation begins the note of an incident that is handed over with nothing left to do.
const forInformation = "for information"

func informs(e pipewright.Event) bool { return strings.HasPrefix(e.Note, forInformation) }

func under(e pipewright.Event) string {
	if e.Verdict != nil && e.Verdict.By == "approval" {
		return ", " + plain(e.Verdict.Why)
	}
	return ", alone"
}

func colon(note string) string {
	if note == "" {
		return ""
	}
	return ": " + plain(firstLine(note, 400))
}

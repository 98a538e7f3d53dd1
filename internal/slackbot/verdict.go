package slackbot

import (
	"strings"

	pipewright "github.com/pipewright/pipewright"
)

// Where an incident stands, in a word and a sign.

// titleInHeader is how much of a title the header shows: about two lines.
const titleInHeader = 90

// briefly is the beginning of a text that ends with a word.
func briefly(text string, n int) string {
	short := firstLine(text, n)
	if at := strings.LastIndexAny(short, " ;,"); strings.HasSuffix(short, "…") && at > n/2 {
		return strings.TrimRight(short[:at], " ;,") + " …"
	}
	return short
}

func title(inc pipewright.Incident) string {
	if inc.Title != "" {
		return inc.Title
	}
	return string(inc.Resource)
}

func sign(inc pipewright.Incident) string {
	switch inc.State {
	case pipewright.Resolved, pipewright.Closed:
		if inc.Note != "" && inc.State == pipewright.Closed && !recovered(inc) {
			return "⚪"
		}
		return "✅"
	case pipewright.Waiting:
		return "🟡"
	case pipewright.Escalated:
		return "🚨"
	case pipewright.Acting, pipewright.Acted, pipewright.Verifying, pipewright.Allowed:
		return "🔧"
	}
	return "🔴"
}

func recovered(inc pipewright.Incident) bool {
	last := inc.LastAttempt()
	return last == nil || last.Verification == pipewright.VerifyRecovered
}

func verdictOf(inc pipewright.Incident) string {
	switch inc.State {
	case pipewright.Waiting:
		return "Your word is needed"
	case pipewright.Escalated:
		return "A person is needed"
	case pipewright.Resolved:
		return "Recovered"
	case pipewright.Closed:
		if last := inc.LastAttempt(); last != nil && recovered(inc) {
			return "Healed"
		}
		return "Closed"
	case pipewright.Acting, pipewright.Allowed:
		return "Acting"
	case pipewright.Acted, pipewright.Verifying:
		return "Acted, verifying"
	case pipewright.Decided:
		return "Decided"
	}
	return "Looking into it"
}

// proposed reports whether an action stands on the card as a proposal.
func proposed(inc pipewright.Incident) bool {
	return inc.Action != nil && (inc.State == pipewright.Waiting || inc.State == pipewright.Decided)
}

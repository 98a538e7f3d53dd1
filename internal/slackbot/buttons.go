package slackbot

import (
	"encoding/json"
	"fmt"

	"github.com/slack-go/slack"

	pipewright "github.com/pipewright/pipewright"
)

// The buttons of a card and what they carry.

// Names of buttons. The version in them changes when their values change meaning; a
// button of another version is answered with one sentence.
const (
	actApprove      = "pw1.approve"
	actDeny         = "pw1.deny"
	actEdit         = "pw1.edit"
	actMore         = "pw1.more"
	actAlternatives = "pw1.alternatives"
	actSnooze       = "pw1.snooze"
	actUndo         = "pw1.undo"
	actPause        = "pw1.pause"
	actResume       = "pw1.resume"
	actStop         = "pw1.stop"
	actGood         = "pw1.good"
	actBad          = "pw1.bad"
	actReally       = "pw1.really"
)

// mark is what a button carries: which incident, which approval, and the hash of the
// action that was shown. Never the action itself.
type mark struct {
	Incident string `json:"i,omitempty"`
	Approval string `json:"a,omitempty"`
	Hash     string `json:"h,omitempty"`
	Message  string `json:"m,omitempty"`
}

func (m mark) String() string {
	b, err := json.Marshal(m)
	if err != nil {
		return "" // strings always encode
	}
	return string(b)
}

func parseMark(value string) (m mark, ok bool) {
	return m, json.Unmarshal([]byte(value), &m) == nil
}

// buttons are what can be pressed in this state.
func (f frame) buttons(inc pipewright.Incident) (out []slack.BlockElement) {
	m := mark{Incident: inc.ID}
	if inc.State == pipewright.Waiting && f.approval != nil && f.approval.State == pipewright.ApprovalPending && f.approval.ID == inc.Approval {
		out = append(out, settlers(inc.ID, *f.approval, inc.Decision)...)
	}
	out = append(out, button(actMore, "Ask more", m.String(), ""))
	if inc.State.Live() && inc.State != pipewright.Resolved {
		out = append(out, button(actAlternatives, "Alternatives", m.String(), ""), button(actSnooze, "Snooze 1 h", m.String(), ""))
	}
	if last := inc.LastAttempt(); last != nil && last.Receipt != nil {
		out = append(out, button(actUndo, "Undo", mark{Incident: inc.ID, Hash: last.Action.Hash()}.String(), ""))
	}
	return out
}

// settlers are the buttons that decide an approval. What touches data, also by writing its
// rows twice, asks once more.
func settlers(incident string, ap pipewright.Approval, d *pipewright.Decision) []slack.BlockElement {
	settle := mark{Incident: incident, Approval: ap.ID, Hash: ap.ActionHash}
	approve := button(actApprove, "Approve", settle.String(), slack.StylePrimary)
	doubt := ""
	switch {
	case writesTwice(ap.Action, d):
		doubt = "This may write rows twice"
	case ap.Action.Risk != pipewright.R0 && ap.Action.Risk != pipewright.R1:
		doubt = "This touches data or cannot be undone"
	}
	if doubt != "" {
		approve.Confirm = slack.NewConfirmationBlockObject(plainText(doubt, 100),
			plainText(fmt.Sprintf("%s on %s", ap.Action.Kind, ap.Action.Target), 300), plainText("Approve", 30), plainText("Not yet", 30))
	}
	out := []slack.BlockElement{approve, button(actDeny, "Deny…", settle.String(), slack.StyleDanger)}
	if len(ap.Action.Args) > 0 {
		out = append(out, button(actEdit, "Edit…", settle.String(), ""))
	}
	return out
}

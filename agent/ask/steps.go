package ask

import (
	"fmt"
	"slices"
	"strings"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/tools/telemetry"
)

// step is one journaled event worth telling.
type step struct {
	text     string
	action   pipewright.ActionKind
	acted    bool
	settled  bool
	allowed  bool
	minor    bool // left out of an answer about everything
	evidence pipewright.Evidence
}

// steps turns events into sentences: decisions with their odds, verdicts, actions,
// verifications and people's words.
func steps(events []pipewright.Event, source pipewright.ResourceID) []step {
	var out []step
	action := pipewright.ActionKind("")
	for _, e := range events {
		if e.Action != nil {
			action = e.Action.Kind
		}
		s := step{action: action, evidence: pipewright.Evidence{Source: source, Kind: pipewright.IncidentEvidence,
			Query: fmt.Sprintf("list_events incident=%s", e.Incident), Start: e.At, End: e.At, Excerpt: telemetry.SayEvent(e)}}
		if s.text = sayStep(e); s.text == "" {
			continue
		}
		s.acted = e.To == pipewright.Acting || e.To == pipewright.Acted
		s.settled = e.Who != ""
		s.allowed = e.To == pipewright.Allowed
		s.minor = slices.Contains([]pipewright.State{pipewright.Allowed, pipewright.Acted, pipewright.Closed}, e.To)
		out = append(out, s)
	}
	return out
}

func sayStep(e pipewright.Event) string {
	by := ""
	if e.Who != "" {
		by = " by " + e.Who
	}
	switch e.To {
	case pipewright.Decided:
		if e.Action == nil {
			return ""
		}
		return fmt.Sprintf("decided on %s for %s%s", e.Action.Kind, e.Action.Target, oddsOf(e.Decision)+reasonOf(e.Decision))
	case pipewright.Waiting:
		return "asked for approval" + because(e.Verdict) + idOf(e.Approval)
	case pipewright.Allowed:
		if e.Who != "" {
			return "approved" + by + idOf(e.Approval)
		}
		return "allowed" + because(e.Verdict)
	case pipewright.Acting:
		if e.Action == nil {
			return "started the action"
		}
		return fmt.Sprintf("ran %s on %s%s", e.Action.Kind, e.Action.Target, by)
	case pipewright.Acted:
		if e.Receipt == nil {
			return ""
		}
		return "receipt: " + firstLine(e.Receipt.Say, 160)
	case pipewright.Resolved, pipewright.Escalated, pipewright.Closed:
		return string(e.To) + by + after(string(e.Verification)) + after(firstLine(e.Note, 160)) + because(e.Verdict)
	case pipewright.Diagnosed:
		if e.Verification != "" {
			return "seen afterwards: " + string(e.Verification)
		}
	case "":
		if e.Who != "" {
			return firstLine(e.Note, 160) + by
		}
	}
	return ""
}

func after(s string) string {
	if s == "" {
		return ""
	}
	return ": " + strings.TrimSuffix(s, ".")
}

func idOf(approval string) string {
	if approval == "" {
		return ""
	}
	return " (" + approval + ")"
}

func because(v *pipewright.Verdict) string {
	if v == nil || v.Why == "" {
		return ""
	}
	return fmt.Sprintf(", %s: %s", v.By, strings.TrimSuffix(firstLine(v.Why, 200), "."))
}

// oddsOf writes the odds of a decision, with their interval.
func oddsOf(d *pipewright.Decision) string {
	if d == nil || d.Recovery == nil {
		return ""
	}
	s := fmt.Sprintf(", predicted %.2f", *d.Recovery)
	if d.Low != nil && d.High != nil {
		s += fmt.Sprintf(" (%.2f to %.2f)", *d.Low, *d.High)
	}
	return s
}

// reasonOf is the first reason of a decision.
func reasonOf(d *pipewright.Decision) string {
	if d == nil || len(d.Reasons) == 0 {
		return ""
	}
	return ", because " + strings.TrimSuffix(firstLine(d.Reasons[0], 200), ".")
}

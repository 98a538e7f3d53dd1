package tui

import (
	"fmt"

	"github.com/charmbracelet/x/ansi"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/internal/terminal"
)

// fit cuts a rendered line to the width.
func fit(line string, width int) string { return ansi.Truncate(line, width, "…") }

// spacious is from how many columns a resource is spelled whole in a row of the panel.
const spacious = 90

// row renders an incident in one line, the most telling first.
func (m *Model) row(inc pipewright.Incident, width int) string {
	s := m.style(width)
	mark, state := s.Standing(inc)
	place := string(inc.Resource)
	if width < spacious {
		place = inc.Resource.Name()
	}
	line := fmt.Sprintf("%s %s %s %s %s", mark, s.Title(pipewright.Visible(inc.ID)), pipewright.Visible(state), s.Faint(m.age(inc)), pipewright.Visible(place))
	if does := m.doing(inc); does != "" {
		line += s.Faint(" · ") + does
	}
	if why := cause(inc); why != "" {
		line += s.Faint(" · " + why)
	}
	return fit(line, width)
}

// rows renders an incident in a narrow column: state, place, cause, and what is done.
func (m *Model) rows(inc pipewright.Incident, width int) []string {
	s := m.style(width)
	mark, state := s.Standing(inc)
	out := []string{
		fit(fmt.Sprintf("%s %s %s %s", mark, s.Title(pipewright.Visible(inc.ID)), pipewright.Visible(state), s.Faint(m.age(inc))), width),
		fit("  "+pipewright.Visible(string(inc.Resource)), width),
	}
	if inc.State == pipewright.Resolved {
		return out
	}
	if why := cause(inc); why != "" {
		out = append(out, fit("  "+s.Faint(why), width))
	}
	if does := m.doing(inc); does != "" {
		out = append(out, fit("  "+does, width))
	}
	return out
}

// age is since when an incident is open, or how long ago it recovered.
func (m *Model) age(inc pipewright.Incident) string {
	if inc.State == pipewright.Resolved {
		return m.ago(inc.EndedAt) + " ago"
	}
	return m.ago(inc.OpenedAt)
}

// cause is what is thought to be wrong, with how sure that is.
func cause(inc pipewright.Incident) string {
	switch {
	case inc.Class == pipewright.ClassRequested:
		return "asked for by " + terminal.Cut(inc.Requester, 30)
	case inc.Diagnosis == nil:
		return ""
	}
	if h, ok := inc.Diagnosis.Top(); ok {
		return pipewright.Visible(h.Cause) + " " + terminal.Percent(h.Confidence)
	}
	return "cause unclear"
}

// doing is what is being done about an incident.
func (m *Model) doing(inc pipewright.Incident) string {
	action := ""
	if inc.Action != nil {
		action = pipewright.Visible(string(inc.Action.Kind))
	}
	switch inc.State {
	case pipewright.Waiting:
		return m.style(0).Warn(action + " waits (" + pipewright.Visible(inc.Approval) + ")")
	case pipewright.Allowed, pipewright.Acting:
		return action + " runs"
	case pipewright.Acted, pipewright.Verifying:
		return action + " done, watched"
	case pipewright.Decided:
		if !inc.Due.IsZero() {
			return action + " due " + inc.Due.In(m.cfg.Zone).Format("15:04:05")
		}
		return action
	case pipewright.Escalated:
		return terminal.Cut(inc.Note, 80)
	}
	return ""
}

// panel renders the incidents above the conversation, one line each.
func (m *Model) panel(width, rows int) []string {
	live := m.live()
	var out []string
	for i, inc := range live {
		if i == rows-1 && len(live) > rows {
			return append(out, m.style(width).Faint(fmt.Sprintf("  and %d more: /incidents", len(live)-i)))
		}
		if i == rows {
			break
		}
		out = append(out, m.row(inc, width))
	}
	return out
}

// sidebar renders the incidents beside the conversation, from the top.
func (m *Model) sidebar(width, rows int) []string {
	s := m.style(width)
	live := m.live()
	out := []string{s.Title("Incidents")}
	if len(live) == 0 {
		out = append(out, s.Faint("nothing is open"))
	}
	for i, inc := range live {
		next := m.rows(inc, width)
		if len(out)+len(next)+2 > rows && i < len(live) {
			return append(out, s.Faint(fmt.Sprintf("and %d more: /incidents", len(live)-i)))
		}
		out = append(append(out, next...), "")
	}
	return out
}

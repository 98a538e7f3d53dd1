package tui

import (
	"fmt"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/internal/terminal"
)

// How often the store is looked at; after a failed look less often.
const (
	lookEvery   = 400 * time.Millisecond
	lookAgainIn = 2 * time.Second
)

type lookMsg struct{}

type sightMsg struct {
	sight Sight
	err   error
}

// look reads what is new in the store.
func (m *Model) look() tea.Cmd {
	g := Glance{After: m.sight.Seq, First: !m.seen, Requests: slices.Clone(m.awaited)}
	return func() tea.Msg {
		s, err := m.parts.Desk.Look(m.ctx, g)
		return sightMsg{s, err}
	}
}

func lookIn(d time.Duration) tea.Cmd {
	return tea.Tick(d, func(time.Time) tea.Msg { return lookMsg{} })
}

// saw takes in what a look brought.
func (m *Model) saw(msg sightMsg) tea.Cmd {
	if msg.err != nil {
		if say := pipewright.Visible(msg.err.Error()); say != m.blind {
			m.blind = say
			m.note(m.style(0).Bad("✖"), "the store could not be read, the next look comes in a moment: "+say)
		}
		return lookIn(lookAgainIn)
	}
	if m.blind != "" {
		m.blind = ""
		m.note(m.style(0).Good("✔"), "the store can be read again")
	}
	shown, had := m.prompted()
	m.take(msg.sight)
	m.keep(shown, had)
	return lookIn(lookEvery)
}

func (m *Model) take(s Sight) {
	first := !m.seen
	m.seen = true
	if s.Known != nil {
		m.known = nil
		for _, id := range s.Known {
			m.known = append(m.known, string(id))
		}
	}
	for _, inc := range s.Incidents {
		m.all[inc.ID] = inc
	}
	m.sight = s
	for _, rq := range s.Settled { // before the news of what came of it
		m.result(rq)
	}
	m.news(s.Events)
	for _, line := range s.Said {
		m.note(m.style(0).Warn("!"), line)
	}
	if first {
		m.standing()
	}
}

// standing says once what is open when a chat begins.
func (m *Model) standing() {
	open := slices.DeleteFunc(m.live(), func(inc pipewright.Incident) bool { return inc.State == pipewright.Resolved })
	if len(open) == 0 {
		return
	}
	text := fmt.Sprintf("%d open", len(open))
	if n := len(m.sight.Waiting); n > 0 {
		text += fmt.Sprintf(", %d of them waiting for a person", n)
	}
	m.note(m.style(0).Warn("●"), text+"; /incidents lists them, /show "+open[0].ID+" shows one whole")
}

// maxNews bounds what one look tells after a long absence.
const maxNews = 60

// news folds new events and tells those that people want to hear.
func (m *Model) news(events []pipewright.Event) {
	skip := max(len(events)-maxNews, 0)
	if skip > 0 {
		m.note(m.style(0).Faint("·"), fmt.Sprintf("%d older events are in the journal: pipewright incidents --json", skip))
	}
	for i, e := range events {
		inc, err := m.all[e.Incident].Apply(e)
		if err != nil {
			continue // the incident as it was read is already past this event
		}
		m.all[e.Incident] = inc
		if i >= skip && !m.quiet(e) {
			m.tell(e, inc)
		}
	}
}

// quiet reports whether an incident was snoozed and needs nobody.
func (m *Model) quiet(e pipewright.Event) bool {
	until, snoozed := m.snoozed[e.Incident]
	return snoozed && e.At.Before(until) && e.To != pipewright.Waiting && e.To != pipewright.Escalated
}

func (m *Model) tell(e pipewright.Event, inc pipewright.Incident) {
	var draw func(terminal.Style) string
	switch {
	case e.To == pipewright.Diagnosed && len(inc.Attempts) == 0:
		draw = func(s terminal.Style) string { return s.Brief(inc) }
	case e.To == pipewright.Open && inc.Reopened == 0:
		return
	case e.To == pipewright.Waiting:
		draw = func(s terminal.Style) string { return s.Wish(e, inc) }
	default:
		draw = func(s terminal.Style) string { return s.Line(e, inc) }
	}
	if strings.TrimSpace(draw(m.style(80))) != "" {
		m.say(m.styled(draw)).tight = e.To != pipewright.Diagnosed || len(inc.Attempts) > 0
	}
}

// result says what the loop answered to something that was filed here.
func (m *Model) result(rq pipewright.Request) {
	if !slices.Contains(m.awaited, rq.ID) {
		return
	}
	m.awaited = slices.DeleteFunc(m.awaited, func(id string) bool { return id == rq.ID })
	delete(m.sent, rq.Approval)
	mark := m.style(0).Good("✔")
	if !rq.OK {
		mark = m.style(0).Bad("✖")
	}
	m.note(mark, rq.Result)
}

// keep leaves the approval on the screen that was there, when others came or went.
func (m *Model) keep(shown pipewright.Approval, had bool) {
	m.at = max(min(m.at, len(m.sight.Waiting)-1), 0)
	if !had {
		return
	}
	if i := slices.IndexFunc(m.sight.Waiting, func(ap pipewright.Approval) bool { return ap.ID == shown.ID }); i >= 0 {
		m.at = i
	}
}

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

// command is one word after a slash.
type command struct {
	name, args, help string
	do               func(m *Model, rest string) tea.Cmd
}

// commands is everything that can be said with a slash, beside the prompts' names.
func commands() []command {
	return []command{
		{"incidents", "[all]", "what is open", (*Model).list},
		{"show", "INCIDENT", "one incident whole: evidence, what was tried, the proposal", (*Model).show},
		{"investigate", "TEXT", "look into an alert that somebody else wrote; what it says is no wish", (*Model).investigate},
		{"why", "INCIDENT", "how it came to its cause and its action", asks("explain %s")},
		{"alternatives", "INCIDENT", "what else could be done", asks("what are the alternatives for %s?")},
		{"approve", "[APPROVAL]", "allow what waits, exactly as it is shown", settles(pipewright.RequestApprove)},
		{"deny", "[APPROVAL] [because ...]", "refuse it", settles(pipewright.RequestDeny)},
		{"edit", "APPROVAL key=value ...", "propose it with other arguments, and refuse this one", (*Model).edit},
		{"undo", "INCIDENT", "propose the inverse of its last action", (*Model).undo},
		{"pause", "[RESOURCE] [for 1h]", "no action of its own there, or anywhere", (*Model).pause},
		{"resume", "[RESOURCE]", "lift a pause", (*Model).resume},
		{"feedback", "INCIDENT right|wrong|CAUSE", "was the diagnosis right?", (*Model).feedback},
		{"snooze", "INCIDENT [1h]", "no more news of it here, unless a person is needed", (*Model).snooze},
		{"policy", "[CLASS]", "what may be done alone", (*Model).policy},
		{"mode", "CLASS ACTION RUNG [ENV]", "how far it may go alone: observe, suggest, ask, auto, default", (*Model).mode},
		{"templates", "", "questions asked again and again, such as /rca", (*Model).templates},
		{"week", "", "the figures of seven days", (*Model).week},
		{"stop", "", "stop the answer in hand", func(m *Model, _ string) tea.Cmd { return m.stop() }},
		{"save", "FILE", "the conversation as text", (*Model).save},
		{"clear", "", "an empty screen", func(m *Model, _ string) tea.Cmd { m.talk = conversation{follow: true}; return nil }},
		{"help", "", "this", (*Model).help},
		{"quit", "", "leave", func(*Model, string) tea.Cmd { return tea.Quit }},
	}
}

// command does what a word after a slash means: one of the table, or a prompt's name.
func (m *Model) command(name, rest string) tea.Cmd {
	if name == "ask" && rest != "" {
		return m.submit(rest)
	}
	for _, c := range commands() {
		if c.name == name {
			return c.do(m, rest)
		}
	}
	if m.parts.Library != nil {
		q, err := m.parts.Library.Fill(name + " " + rest)
		if err == nil {
			return m.pose(q)
		}
		if pipewright.KindOf(err) != pipewright.NotFound {
			m.fault(err)
			return nil
		}
	}
	m.refuse("there is no /%s; /help lists what there is", name)
	return nil
}

// investigate looks into somebody else's words. They stand in quotation marks, where the
// asker reads names and no wishes.
func (m *Model) investigate(rest string) tea.Cmd {
	material := strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if strings.ContainsRune("\"“”`'’«»", r) {
			return ' '
		}
		return r
	}, rest)), " ")
	words := strings.FieldsFunc(material, func(r rune) bool { return strings.ContainsRune(" ,;()[]{}<>=", r) })
	for _, id := range m.known {
		if slices.Contains(words, id) || slices.Contains(words, pipewright.ResourceID(id).Name()) {
			return m.question("why did " + id + " fail?")
		}
	}
	if material == "" {
		m.refuse("paste the alert after the word: /investigate TEXT")
		return nil
	}
	const enough = 500
	return m.question(`what failed recently? "` + terminal.Cut(material, enough) + `"`)
}

func (m *Model) refuse(format string, args ...any) {
	m.note(m.style(0).Bad("✖"), fmt.Sprintf(format, args...))
}

// asks makes a command of a question about an incident.
func asks(format string) func(*Model, string) tea.Cmd {
	return func(m *Model, rest string) tea.Cmd {
		if _, ok := m.incident(rest); !ok {
			return nil
		}
		return m.question(fmt.Sprintf(format, rest))
	}
}

// incident finds the incident that is named, or says that there is none.
func (m *Model) incident(id string) (pipewright.Incident, bool) {
	inc, ok := m.all[id]
	switch {
	case ok:
	case id == "":
		m.refuse("say which incident: /incidents lists them")
	default:
		m.refuse("there is no %s; /incidents lists what is open", id)
	}
	return inc, ok
}

func (m *Model) list(rest string) tea.Cmd {
	found := m.live()
	if rest == "all" {
		found = m.everything()
	}
	if len(found) == 0 {
		m.note(m.style(0).Good("✔"), "nothing is open; /incidents all lists the closed ones")
		return nil
	}
	m.say(func(width int) string {
		var out []string
		for _, inc := range found {
			out = append(out, m.row(inc, width))
		}
		return lines(out)
	})
	return nil
}

// everything are all incidents known here, the newest last.
func (m *Model) everything() []pipewright.Incident {
	var out []pipewright.Incident
	for _, id := range sortedIDs(m.all) {
		out = append(out, m.all[id])
	}
	return out
}

func (m *Model) show(rest string) tea.Cmd {
	inc, ok := m.incident(rest)
	if !ok {
		return nil
	}
	b := m.say(m.styled(func(s terminal.Style) string { return s.Card(inc) }))
	m.reveal(b)
	if m.parts.Draw == nil {
		return nil
	}
	return func() tea.Msg {
		charts, err := m.parts.Draw(m.ctx, inc)
		return chartsMsg{b, charts, err}
	}
}

// chartsMsg brings what was measured about an incident that is shown.
type chartsMsg struct {
	under  *block
	charts []pipewright.Chart
	err    error
}

func (m *Model) charted(msg chartsMsg) {
	if msg.err != nil {
		m.fault(msg.err)
		return
	}
	card := msg.under.draw
	msg.under.draw = func(width int) string {
		text := card(width)
		for _, c := range msg.charts {
			text += "\n" + m.style(width).Chart(c)
		}
		return text
	}
	msg.under.changed()
	m.reveal(msg.under)
}

func (m *Model) policy(rest string) tea.Cmd {
	if rest == "" {
		return m.question("what may you do alone?")
	}
	return m.question("what is the policy for " + rest + "?")
}

func (m *Model) templates(string) tea.Cmd {
	all := m.prompts()
	m.reveal(m.say(m.styled(func(s terminal.Style) string {
		var b strings.Builder
		for _, p := range all {
			name := p.Name
			if len(p.Short) > 0 {
				name += " (" + strings.Join(p.Short, ", ") + ")"
			}
			b.WriteString(s.Accent("/"+pipewright.Visible(name)) + " " + s.Faint(pipewright.Visible(p.Usage)) + "\n")
			for _, line := range terminal.Wrap(p.Purpose, s.Width-4) {
				b.WriteString("    " + line + "\n")
			}
		}
		return b.String()
	})))
	return nil
}

func (m *Model) help(string) tea.Cmd {
	m.reveal(m.say(m.styled(func(s terminal.Style) string {
		var b strings.Builder
		b.WriteString(lines(terminal.Wrap("Ask in your own words: why did the glue job fail? what is waiting for me? restart the orders dag. Or:", s.Width)))
		for _, c := range commands() {
			head := "/" + c.name + " " + c.args
			pad := max(36-len(head), 1)
			if s.Width < 76 {
				pad = 1
			}
			b.WriteString("  " + s.Accent("/"+c.name) + " " + s.Faint(c.args) + strings.Repeat(" ", pad) + c.help + "\n")
		}
		b.WriteString(lines(terminal.Wrap("When something waits for you: a, d or ? and Enter. Alt-Enter begins a new line. Tab completes names and ids. A line that begins with a blank is not kept. Hold Shift to select with the mouse.", s.Width)))
		return b.String()
	})))
	return nil
}

func (m *Model) save(rest string) tea.Cmd {
	if rest == "" || m.parts.Save == nil {
		m.refuse("say into which file")
		return nil
	}
	if err := m.parts.Save(rest, m.plain()); err != nil {
		m.fault(err)
		return nil
	}
	m.note(m.style(0).Good("✔"), "kept in "+rest)
	return nil
}

// snoozeFor is how long an incident is snoozed unless the person says.
const snoozeFor = time.Hour

func (m *Model) snooze(rest string) tea.Cmd {
	id, spell, _ := strings.Cut(rest, " ")
	if _, ok := m.incident(id); !ok {
		return nil
	}
	length := snoozeFor
	if spell = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(spell), "for ")); spell != "" {
		d, err := time.ParseDuration(spell)
		if err != nil || d <= 0 {
			m.refuse("%q is no time to snooze such as 30m or 2h", spell)
			return nil
		}
		length = d
	}
	until := m.sight.Now.Add(length)
	m.snoozed[id] = until
	m.note(m.style(0).Good("✔"), fmt.Sprintf("no more news of %s here until %s, unless a person is needed", id, until.In(m.cfg.Zone).Format("Mon 15:04")))
	return nil
}

package tui

import (
	"context"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/internal/terminal"
)

// Model is one chat. It is driven by one goroutine: messages in, a view out.
type Model struct {
	ctx   context.Context // of the program; what a chat starts ends with it
	cfg   Config
	parts Parts

	width, height int
	typed         line
	past          history
	comp          *completion
	hint          string // one line under what is typed; gone at the next key

	talk   conversation
	asking *asking
	queue  []pipewright.Question
	asked  int // questions so far

	sight   Sight
	seen    bool                           // the store was looked at
	blind   string                         // why it could not be, the last time
	all     map[string]pipewright.Incident // the journal folded, by id
	snoozed map[string]time.Time
	known   []string // resources

	at      int                               // which of the approvals is shown
	armed   *armed                            // a key was pressed that settles one
	reason  *armed                            // a reason is being typed for a denial
	sent    map[string]pipewright.RequestKind // by approval: what was filed and is not answered yet
	awaited []string
	leaving bool // Ctrl-C was pressed on an empty line
}

// armed is a decision about exactly what was shown when the key was pressed.
type armed struct {
	kind     pipewright.RequestKind
	approval pipewright.Approval
}

// New returns a chat that has not looked at the store yet.
func New(ctx context.Context, cfg Config, parts Parts) *Model {
	if cfg.Zone == nil {
		cfg.Zone = time.UTC
	}
	m := &Model{ctx: ctx, cfg: cfg, parts: parts, width: 80, height: 24, all: map[string]pipewright.Incident{},
		snoozed: map[string]time.Time{}, sent: map[string]pipewright.RequestKind{}}
	m.past.lines = slices.Clone(cfg.History)
	m.talk.follow = true
	if cfg.Greeting != "" {
		m.say(m.styled(func(s terminal.Style) string { return lines(terminal.Wrap(cfg.Greeting, s.Width)) }))
	}
	return m
}

// style is how to render in n columns.
func (m *Model) style(n int) terminal.Style { return terminal.Style{Color: m.cfg.Color, Width: n} }

// Init looks at the store for the first time.
func (m *Model) Init() tea.Cmd { return m.look() }

// Update takes one message in.
func (m *Model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.width, m.height = max(msg.Width, 20), max(msg.Height, 5)
	case tea.KeyPressMsg:
		return m, m.key(msg)
	case tea.PasteMsg:
		m.forget()
		m.typed.insert(msg.Content)
	case tea.MouseWheelMsg:
		m.wheel(msg)
	case lookMsg:
		return m, m.look()
	case sightMsg:
		return m, m.saw(msg)
	case progressMsg:
		return m, m.heard(msg)
	case answerMsg:
		return m, m.answered(msg)
	case chartsMsg:
		m.charted(msg)
	case filedMsg:
		m.filed(msg)
	}
	return m, nil
}

func (m *Model) wheel(msg tea.MouseWheelMsg) {
	const step = 3
	switch msg.Button {
	case tea.MouseWheelUp:
		m.scroll(-step)
	case tea.MouseWheelDown:
		m.scroll(step)
	}
}

// live are the incidents that need something or have just recovered, those for a person first.
func (m *Model) live() []pipewright.Incident {
	var out []pipewright.Incident
	for _, id := range sortedIDs(m.all) {
		if inc := m.all[id]; inc.State.Live() {
			out = append(out, inc)
		}
	}
	slices.SortStableFunc(out, func(a, b pipewright.Incident) int {
		if d := need(a) - need(b); d != 0 {
			return d
		}
		return b.OpenedAt.Compare(a.OpenedAt)
	})
	return out
}

func need(inc pipewright.Incident) int {
	switch inc.State {
	case pipewright.Waiting:
		return 0
	case pipewright.Escalated:
		return 1
	case pipewright.Resolved:
		return 3
	}
	return 2
}

// words are what Tab can complete.
func (m *Model) words() []string {
	var out []string
	for _, c := range commands() {
		out = append(out, "/"+c.name)
	}
	for _, p := range m.prompts() {
		out = append(out, "/"+p.Name)
		for _, s := range p.Short {
			out = append(out, "/"+s)
		}
	}
	for _, ap := range m.sight.Waiting {
		out = append(out, ap.ID)
	}
	for _, inc := range m.live() {
		out = append(out, inc.ID)
	}
	for _, id := range slices.Backward(sortedIDs(m.all)) {
		if !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return append(out, m.known...)
}

func (m *Model) prompts() []Prompt {
	if m.parts.Library == nil {
		return nil
	}
	return m.parts.Library.Prompts()
}

package tui

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	pipewright "github.com/pipewright/pipewright"
)

// wishes.go turns commands into requests. None of them does anything by itself.

// settles makes the command that approves or denies: an approval, an incident's, or the
// only one that waits.
func settles(kind pipewright.RequestKind) func(*Model, string) tea.Cmd {
	return func(m *Model, rest string) tea.Cmd {
		name, reason, _ := strings.Cut(rest, " ")
		if !strings.HasPrefix(name, "ap-") && !strings.HasPrefix(name, "inc-") {
			name, reason = "", rest
		}
		ap, ok := m.named(name)
		if !ok {
			return nil
		}
		if kind == pipewright.RequestApprove && reason != "" {
			m.refuse("/approve %s takes nothing more; %q was not understood, so nothing was approved", ap.ID, reason)
			return nil
		}
		return m.settle(ap, kind, strings.TrimSpace(strings.TrimPrefix(reason, "because ")))
	}
}

// named finds the approval that is meant.
func (m *Model) named(name string) (pipewright.Approval, bool) {
	var ids []string
	for _, ap := range m.sight.Waiting {
		if name == ap.ID || name == ap.Incident || name == "" && len(m.sight.Waiting) == 1 {
			return ap, true
		}
		ids = append(ids, ap.ID)
	}
	switch {
	case len(ids) == 0:
		m.refuse("nothing waits for an approval")
	case name == "":
		m.refuse("say which: %s", strings.Join(ids, ", "))
	default:
		m.refuse("nothing waits under %s; these wait: %s", name, strings.Join(ids, ", "))
	}
	return pipewright.Approval{}, false
}

// edit proposes an action that waits with other arguments, and denies it as it is.
func (m *Model) edit(rest string) tea.Cmd {
	words := strings.Fields(rest)
	if len(words) < 2 {
		m.refuse("say what to change: /edit ap-0001 key=value")
		return nil
	}
	ap, ok := m.named(words[0])
	if !ok {
		return nil
	}
	want := ap.Action
	want.Key, want.Args = "", maps.Clone(ap.Action.Args)
	for _, w := range words[1:] {
		k, v, ok := strings.Cut(w, "=")
		if _, there := want.Args[k]; !ok || !there {
			m.refuse("%q is none of the arguments of %s: %s", k, ap.ID, strings.Join(sortedKeys(ap.Action.Args), ", "))
			return nil
		}
		want.Args[k] = v
	}
	if want.Hash() == ap.ActionHash {
		m.refuse("nothing was changed, so %s still waits as it is", ap.ID)
		return nil
	}
	refuse := m.settle(ap, pipewright.RequestDeny, "replaced by an edited proposal")
	if refuse == nil {
		return nil
	}
	propose := m.file(pipewright.Request{Kind: pipewright.RequestAct, Action: &want, Resource: want.Target, Reason: "edited from " + ap.ID})
	return tea.Sequence(propose, refuse)
}

func (m *Model) undo(rest string) tea.Cmd {
	if _, ok := m.incident(rest); !ok {
		return nil
	}
	return m.file(pipewright.Request{Kind: pipewright.RequestUndo, Incident: rest})
}

// pause takes "[RESOURCE] [for 1h]"; other words are a sentence for the asker ("pause
// healing of orders until nine").
func (m *Model) pause(rest string) tea.Cmd {
	rq := pipewright.Request{Kind: pipewright.RequestPause}
	what, spell, timed := strings.Cut(" "+rest, " for ")
	if what = strings.TrimSpace(what); timed {
		d, err := time.ParseDuration(strings.TrimSpace(spell))
		if err != nil || d <= 0 {
			return m.question("pause " + rest)
		}
		rq.Until = m.sight.Now.Add(d)
	}
	return m.onResource(rq, what, "pause "+rest)
}

func (m *Model) resume(rest string) tea.Cmd {
	return m.onResource(pipewright.Request{Kind: pipewright.RequestResume}, rest, "resume "+rest)
}

// onResource files a request for one resource or for everything.
func (m *Model) onResource(rq pipewright.Request, what, sentence string) tea.Cmd {
	if what == "" || what == "everything" || what == "all" {
		return m.file(rq)
	}
	id, err := pipewright.ParseResourceID(what)
	switch {
	case err != nil:
		return m.question(sentence)
	case !slices.Contains(m.known, string(id)):
		m.refuse("%s was never observed", id)
		return nil
	}
	rq.Resource = id
	return m.file(rq)
}

func (m *Model) feedback(rest string) tea.Cmd {
	id, word, _ := strings.Cut(rest, " ")
	if _, ok := m.incident(id); !ok {
		return nil
	}
	if word = strings.TrimSpace(word); word == "" || strings.Contains(word, " ") {
		m.refuse("say right, wrong, or the cause that it really had: /feedback %s wrong", id)
		return nil
	}
	return m.file(pipewright.Request{Kind: pipewright.RequestFeedback, Incident: id, Reason: word})
}

// mode says how far it may go alone.
func (m *Model) mode(rest string) tea.Cmd {
	words := strings.Fields(rest)
	if len(words) == 0 {
		return m.policy("")
	}
	if len(words) < 3 || len(words) > 4 {
		m.refuse("give a fault class, an action and a rung: /mode transient_network glue.* ask")
		return nil
	}
	env := ""
	if len(words) == 4 {
		env = words[3]
	}
	change, err := pipewright.ParseModeChange(words[0], words[1], env, words[2])
	if err != nil {
		m.fault(err)
		return nil
	}
	return m.file(pipewright.Request{Kind: pipewright.RequestMode, Mode: &change})
}

// week sums up seven days of what is known here.
func (m *Model) week(string) tea.Cmd {
	var opened, alone, approved, people int
	var took []time.Duration
	for _, inc := range m.all {
		if inc.OpenedAt.Before(m.sight.Now.AddDate(0, 0, -7)) {
			continue
		}
		opened++
		last := inc.LastAttempt()
		switch {
		case inc.State == pipewright.Escalated:
			people++
		case last == nil || last.Verification != pipewright.VerifyRecovered:
		case last.Approval == "":
			alone++
		default:
			approved++
		}
		if !inc.EndedAt.IsZero() {
			took = append(took, inc.EndedAt.Sub(inc.OpenedAt))
		}
	}
	say := fmt.Sprintf("last 7 days: %d incidents, %d healed alone, %d healed with an approval, %d need a person", opened, alone, approved, people)
	if len(took) > 0 {
		slices.Sort(took)
		say += ", half were over within " + m.ago(m.sight.Now.Add(-took[len(took)/2]))
	}
	m.note(m.style(0).Faint("·"), say)
	return nil
}

// plain is the conversation without colours, as wide as a page.
func (m *Model) plain() string {
	const page = 100
	return ansi.Strip(m.Transcript(page))
}

// sortedIDs are the ids of incidents in the order in which they were given.
func sortedIDs(all map[string]pipewright.Incident) []string {
	return slices.SortedFunc(maps.Keys(all), func(a, b string) int {
		if d := len(a) - len(b); d != 0 { // inc-10000 comes after inc-9999
			return d
		}
		return strings.Compare(a, b)
	})
}

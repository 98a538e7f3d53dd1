package tui

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
)

var at = time.Date(2026, 11, 20, 3, 10, 0, 0, time.UTC)

// fakeDesk is a store that keeps what is filed.
type fakeDesk struct {
	filed []pipewright.Request
	fail  error
}

func (d *fakeDesk) Look(context.Context, Glance) (Sight, error) { return Sight{}, nil }

func (d *fakeDesk) File(_ context.Context, rq pipewright.Request) (pipewright.Request, error) {
	if d.fail != nil {
		return rq, d.fail
	}
	rq.ID = fmt.Sprintf("rq-%04d", len(d.filed)+1)
	d.filed = append(d.filed, rq)
	return rq, nil
}

// fakeAsker answers with what it was asked, after it told what it does.
type fakeAsker struct {
	asked  []pipewright.Question
	tells  []pipewright.Progress
	answer pipewright.Answer
	hangs  bool // until it is cancelled
}

func (a *fakeAsker) Ask(ctx context.Context, q pipewright.Question) (pipewright.Answer, error) {
	a.asked = append(a.asked, q)
	for _, p := range a.tells {
		q.Watch(p)
	}
	if a.hangs {
		<-ctx.Done()
		return pipewright.Answer{}, ctx.Err()
	}
	return a.answer, nil
}

type fakeLibrary struct{}

func (fakeLibrary) Prompts() []Prompt {
	return []Prompt{{Name: "root-cause", Short: []string{"rca"}, Usage: "resource [since]", Purpose: "Why something failed."}}
}

func (fakeLibrary) Fill(line string) (pipewright.Question, error) {
	if !strings.HasPrefix(line, "rca ") {
		return pipewright.Question{}, pipewright.Errorf(pipewright.NotFound, "no such prompt")
	}
	return pipewright.Question{Text: "why did it fail?", Template: "root-cause"}, nil
}

// room is a chat with its surroundings.
type world struct {
	t     *testing.T
	m     *Model
	desk  *fakeDesk
	asker *fakeAsker
}

func newWorld(t *testing.T, width, height int) *world {
	w := &world{t: t, desk: &fakeDesk{}, asker: &fakeAsker{answer: pipewright.Answer{Answer: "orders failed [e1]."}}}
	w.m = New(t.Context(), Config{Title: "shop", Greeting: "Ask anything.", Who: "ana", Thread: "terminal", Surface: "chat"},
		Parts{Desk: w.desk, Asker: w.asker, Library: fakeLibrary{}})
	w.m.Update(tea.WindowSizeMsg{Width: width, Height: height})
	return w
}

// see lets the chat look at the store.
func (w *world) see(s Sight) {
	if s.Now.IsZero() {
		s.Now = at.Add(5 * time.Minute)
	}
	w.m.Update(sightMsg{sight: s})
}

// press presses keys: "enter", "tab", "ctrl+c" or a text.
func (w *world) press(keys ...string) {
	special := map[string]tea.Key{"enter": {Code: tea.KeyEnter}, "tab": {Code: tea.KeyTab}, "esc": {Code: tea.KeyEscape}, "up": {Code: tea.KeyUp},
		"down": {Code: tea.KeyDown}, "ctrl+c": {Code: 'c', Mod: tea.ModCtrl}, "pgup": {Code: tea.KeyPgUp}, "left": {Code: tea.KeyLeft},
		"backspace": {Code: tea.KeyBackspace}, "alt+enter": {Code: tea.KeyEnter, Mod: tea.ModAlt}}
	for _, k := range keys {
		if key, ok := special[k]; ok {
			_, cmd := w.m.Update(tea.KeyPressMsg(key))
			w.run(cmd)
			continue
		}
		for _, c := range clusters(k) {
			_, cmd := w.m.Update(tea.KeyPressMsg{Code: []rune(c)[0], Text: c})
			w.run(cmd)
		}
	}
}

// run does what a command says, all of it, and takes in what comes of it. An asker that
// hangs is left alone.
func (w *world) run(cmd tea.Cmd) {
	if cmd == nil || w.asker.hangs {
		return
	}
	msg := cmd()
	if several, ok := msg.(tea.BatchMsg); ok {
		w.run(several[0]) // the answer; its progress is told by tell
		return
	}
	_, next := w.m.Update(msg)
	if _, quit := msg.(tea.QuitMsg); !quit {
		w.run(next)
	}
}

// screen is what a person sees, without the blanks at the ends of lines.
func (w *world) screen() string {
	text, x, y := w.m.screen()
	rows := strings.Split(text, "\n")
	require.LessOrEqual(w.t, len(rows), w.m.height)
	require.Less(w.t, y, w.m.height, "the cursor is on the screen")
	require.Less(w.t, x, w.m.width)
	for i, r := range rows {
		require.LessOrEqual(w.t, ansi.StringWidth(r), w.m.width, r)
		rows[i] = strings.TrimRight(r, " ")
	}
	return strings.Join(rows, "\n") + "\n"
}

func number(v float64) *float64 { return &v }

// remap is an action that a person is asked about.
func remap() pipewright.Action {
	return pipewright.Action{Kind: "postgres.remap", Target: "postgres:table/shop.orders", Risk: pipewright.R2, Args: map[string]string{"mapping": "id, paid_at=settled_at"}}
}

func approval() pipewright.Approval {
	a := remap()
	return pipewright.Approval{ID: "ap-0001", Incident: "inc-0003", Action: a, ActionHash: a.Hash(), MayApprove: []string{"*"}, State: pipewright.ApprovalPending, AskedAt: at, Expires: at.Add(30 * time.Minute)}
}

func waitingIncident() pipewright.Incident {
	a := remap()
	return pipewright.Incident{ID: "inc-0003", Seq: 30, State: pipewright.Waiting, Resource: "airflow:task/orders.extract", Class: "schema_drift", OpenedAt: at, Due: at.Add(30 * time.Minute), Approval: "ap-0001",
		Title: `Column "paid_at" was renamed`, Action: &a, Verdict: &pipewright.Verdict{Ruling: pipewright.Ask, By: "mode", Why: "the mode is ask"},
		Decision:  &pipewright.Decision{Recovery: number(0.79), Low: number(0.63), High: number(0.93), Harm: number(0.02), DryRun: "CREATE OR REPLACE VIEW shop.orders_compat AS SELECT id, settled_at AS paid_at FROM shop.orders", Undo: "postgres.rollback drops the view"},
		Diagnosis: &pipewright.Diagnosis{Hypotheses: []pipewright.Hypothesis{{Cause: "schema_column_renamed", Class: "schema_drift", Resource: a.Target, Confidence: 0.87}}},
	}
}

// sight is a store in which one incident waits and one was healed.
func sight() Sight {
	healed := pipewright.Incident{ID: "inc-0002", Seq: 20, State: pipewright.Resolved, Resource: "glue:job/orders_etl", OpenedAt: at.Add(-20 * time.Minute), EndedAt: at.Add(-5 * time.Minute), Title: "out of memory",
		Diagnosis: &pipewright.Diagnosis{Hypotheses: []pipewright.Hypothesis{{Cause: "memory_exhausted", Class: "resource_exhaustion", Confidence: 0.91}}}}
	return Sight{Seq: 30, Incidents: []pipewright.Incident{healed, waitingIncident()}, Waiting: []pipewright.Approval{approval()}, Running: true,
		Known: []pipewright.ResourceID{"glue:job/orders_etl", "glue:job/orders_backfill", "airflow:dag/orders", "ec2:instance/etl-worker-1"}}
}

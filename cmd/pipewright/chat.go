package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/ask"
	"github.com/pipewright/pipewright/internal/config"
	"github.com/pipewright/pipewright/internal/tui"
	"github.com/pipewright/pipewright/prompts"
)

func (p program) chatCommand() *cobra.Command {
	var f dbFlags
	var zone string
	var plain bool
	cmd := &cobra.Command{
		Use:   "chat",
		Short: "A conversation in the terminal, with the incidents as they go and what waits for you",
		Long: `A conversation beside the loop of a store, the one of a running "pipewright serve" for example: questions with evidence,
the incidents as they go, and approvals. What you decide is kept for that loop, which checks it again. Off a terminal, and
with --plain, it reads one line a question.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.withAsker(cmd.Context(), f, zone, func(ctx context.Context, a asker) error {
				if p.canScreen(plain) {
					return p.chatScreen(ctx, f, a)
				}
				return p.chatLines(ctx, a)
			})
		},
	}
	f.add(cmd)
	addZone(cmd, &zone)
	addPlain(cmd, &plain)
	return cmd
}

func addPlain(cmd *cobra.Command, plain *bool) {
	cmd.Flags().BoolVar(plain, "plain", false, "one line a question, for terminals and readers that want no screen")
}

// canScreen reports whether a person sits at a terminal that can be drawn on, and wants it.
func (p program) canScreen(plain bool) bool {
	return !plain && p.interactive() && p.env("TERM") != "dumb"
}

// chatLines reads one question a line.
func (p program) chatLines(ctx context.Context, a asker) error {
	lines := bufio.NewScanner(p.in)
	lines.Buffer(nil, 1<<20)
	for p.prompt(); lines.Scan(); p.prompt() {
		text := strings.TrimSpace(lines.Text())
		if text == "quit" || text == "exit" {
			return nil
		}
		if text == "" {
			continue
		}
		ans, err := a.ask(ctx, text, "chat")
		if err != nil {
			fmt.Fprintln(p.out, pipewright.Visible(err.Error()))
			continue
		}
		fmt.Fprintln(p.out, p.style().Answer(ans))
	}
	return lines.Err()
}

func (p program) prompt() {
	if p.interactive() {
		fmt.Fprint(p.out, "> ")
	}
}

// chatScreen holds the conversation on the whole terminal.
func (p program) chatScreen(ctx context.Context, f dbFlags, a asker) error {
	var cfg config.Config
	if f.config != "" {
		var err error
		if cfg, err = config.Load(f.config, p.env); err != nil {
			return err
		}
	}
	was, err := p.pastOf(ctx, a.store, a.store.Path(), cfg)
	if err != nil {
		return err
	}
	parts := tui.Parts{Desk: &desk{p: p, store: a.store}, Asker: chatAsker{a}, Library: shelf{a.know.prompts}, Draw: p.drawer(a.store),
		Remember: was.add, Save: saveNew}
	greeting := "Ask anything about " + a.store.Path() + ": why did the glue job fail? what is waiting for me? /help says the rest."
	m, err := tui.Run(ctx, p.chatConfig(a.store.Path(), greeting, "terminal", a, was), parts, p.in, p.out)
	return p.leave(m, err)
}

// drawer brings an incident's charts out of a store.
func (p program) drawer(store anyStore) func(context.Context, pipewright.Incident) ([]pipewright.Chart, error) {
	return func(ctx context.Context, inc pipewright.Incident) ([]pipewright.Chart, error) {
		now, err := p.nowOf(ctx, store)
		if err != nil {
			return nil, err
		}
		return ask.DrawIncident(ctx, store, inc, now)
	}
}

func (p program) chatConfig(title, greeting, thread string, a asker, was past) tui.Config {
	return tui.Config{Title: title, Greeting: greeting, Who: p.who(), Thread: thread, Surface: "chat", Zone: a.zone, Color: p.style().Color, History: was.lines}
}

// leave writes what was said to the terminal as it was before.
func (p program) leave(m *tui.Model, err error) error {
	if m != nil {
		width := p.style().Width
		if width <= 0 {
			width = 100
		}
		_, _ = io.WriteString(p.out, m.Transcript(width)) // a terminal that is gone needs nothing more
	}
	return err
}

// chatAsker answers questions beside the loop: what speaks for the guards is a loop of its
// own for each question, which is never stepped.
type chatAsker struct{ a asker }

func (c chatAsker) Ask(ctx context.Context, q pipewright.Question) (pipewright.Answer, error) {
	a := c.a
	loop, err := besides(a.store, a.cfg, a.know, a.sys)
	if err != nil {
		return pipewright.Answer{}, err
	}
	a.loop = loop
	return a.answer(ctx, q)
}

// shelf is the prompts as the chat calls them.
type shelf struct{ lib *prompts.Library }

func (s shelf) Prompts() []tui.Prompt {
	var out []tui.Prompt
	for _, one := range s.lib.Prompts() {
		out = append(out, tui.Prompt{Name: one.Name, Usage: one.Usage(), Purpose: one.Purpose, Short: one.Short})
	}
	return out
}

func (s shelf) Fill(line string) (pipewright.Question, error) {
	call, err := prompts.ShortForm(s.lib, line)
	if err != nil {
		return pipewright.Question{}, err
	}
	r, err := call.Prompt.Render(call.Values)
	if err != nil {
		return pipewright.Question{}, err
	}
	return pipewright.Question{Text: r.Question, Template: call.Name, Inputs: call.Values}, nil
}

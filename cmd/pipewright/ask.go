package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/heal"
	"github.com/pipewright/pipewright/agent/intake"
	"github.com/pipewright/pipewright/internal/config"
	"github.com/pipewright/pipewright/internal/sqlite"
)

func (p program) askCommand() *cobra.Command {
	var f dbFlags
	var zone string
	cmd := &cobra.Command{
		Use:   `ask "QUESTION"`,
		Short: "Answer one question from what is stored, with evidence",
		Args:  cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.withAsker(cmd.Context(), f, zone, func(ctx context.Context, asker asker) error {
				a, err := asker.ask(ctx, strings.Join(args, " "), "cli")
				if err != nil {
					return err
				}
				if f.json {
					return json.NewEncoder(p.out).Encode(a)
				}
				_, err = fmt.Fprint(p.out, p.style().Answer(a))
				return err
			})
		},
	}
	f.add(cmd)
	addZone(cmd, &zone)
	return cmd
}

func (p program) chatCommand() *cobra.Command {
	var f dbFlags
	var zone string
	cmd := &cobra.Command{
		Use:   "chat",
		Short: "A conversation in the terminal, one line a question",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.withAsker(cmd.Context(), f, zone, func(ctx context.Context, asker asker) error {
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
					a, err := asker.ask(ctx, text, "chat")
					if err != nil {
						fmt.Fprintln(p.out, pipewright.Visible(err.Error()))
						continue
					}
					fmt.Fprintln(p.out, p.style().Answer(a))
				}
				return lines.Err()
			})
		},
	}
	f.add(cmd)
	addZone(cmd, &zone)
	return cmd
}

func addZone(cmd *cobra.Command, zone *string) {
	cmd.Flags().StringVar(zone, "zone", "", "your time zone, such as Europe/Berlin (default: the configuration's, else UTC)")
}

func (p program) prompt() {
	if p.interactive() {
		fmt.Fprint(p.out, "> ")
	}
}

// asker answers questions over one store, beside a loop that may own it.
type asker struct {
	p     program
	store *sqlite.Store
	loop  *heal.Loop
	know  knowledge
	sys   systems
	zone  *time.Location
	stale string // why the systems could not all be read again just now
}

func (a asker) ask(ctx context.Context, text, surface string) (pipewright.Answer, error) {
	now, err := a.p.nowOf(ctx, a.store)
	if err != nil {
		return pipewright.Answer{}, err
	}
	ans, err := a.p.answer(ctx, a.store, a.loop, a.know, a.sys, pipewright.Question{Text: text, Thread: "terminal", Surface: surface, At: now, Zone: a.zone})
	if a.stale != "" {
		ans.Unknown = append(ans.Unknown, a.stale)
		ans.Answer += "\n" + a.stale
	}
	return ans, err
}

// freshWithin bounds how long a question waits for the systems to be read again.
const freshWithin = time.Minute

// refresh reads the configured systems into the store when no loop does: the
// answer is then as fresh as if one ran.
func (a *asker) refresh(ctx context.Context, cfg config.Config, sources []intake.Source) error {
	if running, err := a.store.LoopRuns(); err != nil || running {
		return err
	}
	red, err := redactorOf(ctx, a.store, cfg)
	if err != nil {
		return err
	}
	in, err := intake.New(a.store, red, sources...)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, freshWithin)
	defer cancel()
	const pages = 20
	for range pages {
		b, err := in.Poll(ctx, a.p.now().UTC())
		if err != nil {
			a.stale = "Not everything could be read again just now, the answer is from what is stored: " + err.Error()
			return nil
		}
		if b.Empty() {
			break
		}
	}
	return nil
}

// withAsker opens a store and what a question needs: the guards' view of it,
// from the configuration or from the demo's.
func (p program) withAsker(ctx context.Context, f dbFlags, zone string, do func(context.Context, asker) error) error {
	know, err := p.know(f)
	if err != nil {
		return err
	}
	answerOver := func(ctx context.Context, store *sqlite.Store) error {
		a := asker{p: p, store: store, know: know}
		cfg, zoneName, err := p.askConfig(ctx, f, store, &a)
		if err != nil {
			return err
		}
		if zone != "" {
			zoneName = zone
		}
		if a.zone, err = time.LoadLocation(zoneName); err != nil {
			return pipewright.Errorf(pipewright.Invalid, "--zone %q is not a time zone such as Europe/Berlin", zoneName)
		}
		if a.loop, err = besides(store, cfg, know, a.sys); err != nil {
			return err
		}
		return do(ctx, a)
	}
	f.fresh = f.config != "" && f.db == ""
	return p.withStore(ctx, f, answerOver)
}

func (p program) askConfig(ctx context.Context, f dbFlags, store *sqlite.Store, a *asker) (heal.Config, string, error) {
	if f.config != "" {
		cfg, err := config.Load(f.config, p.env)
		if err != nil {
			return heal.Config{}, "", err
		}
		out, err := connect(ctx, cfg, store, p.now)
		if err != nil {
			return heal.Config{}, "", err
		}
		a.sys = out.systems
		if err := a.refresh(ctx, cfg, out.sources); err != nil {
			return heal.Config{}, "", err
		}
		hc, err := healConfig(cfg)
		return hc, cfg.Zone, err
	}
	a.sys = declared(store)
	return demoConfig(0), "UTC", nil
}

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/heal"
	"github.com/pipewright/pipewright/internal/config"
	"github.com/pipewright/pipewright/prompts"
)

// askFlags say what is asked of which store.
type askFlags struct {
	dbFlags
	zone     string
	template string
	folder   string
}

func (f *askFlags) add(cmd *cobra.Command) {
	f.dbFlags.add(cmd)
	addZone(cmd, &f.zone)
	cmd.Flags().StringVar(&f.folder, "folder", "", "a folder of further prompts (default: the configuration's)")
}

func (p program) askCommand() *cobra.Command {
	var f askFlags
	cmd := &cobra.Command{
		Use:     `ask "QUESTION"`,
		Short:   "Answer one question from what is stored, with evidence",
		Example: "  pipewright ask \"why did the glue job fail last night?\"\n  pipewright ask --template rca glue:job/orders_etl since=2h",
		Args: func(cmd *cobra.Command, args []string) error {
			if f.template != "" {
				return nil
			}
			return cobra.MinimumNArgs(1)(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error { return p.askOnce(cmd.Context(), f, args) },
	}
	f.add(cmd)
	cmd.Flags().StringVar(&f.template, "template", "", "ask through a prompt (see pipewright prompts list); the words are then its values")
	return cmd
}

// askOnce asks one question, in words or through a prompt, and prints the answer.
func (p program) askOnce(ctx context.Context, f askFlags, args []string) error {
	return p.withAsker(ctx, f.dbFlags, f.zone, func(ctx context.Context, a asker) error {
		q, err := a.question(f, args)
		if err != nil {
			return err
		}
		see, done := p.watch()
		q.Watch = see
		ans, err := a.answer(ctx, q)
		done()
		if err != nil {
			return err
		}
		if f.json {
			return json.NewEncoder(p.out).Encode(ans)
		}
		_, err = fmt.Fprint(p.out, p.style().Answer(ans))
		return err
	})
}

// question is what the words ask: in English, or as the values of a prompt.
func (a *asker) question(f askFlags, args []string) (q pipewright.Question, err error) {
	q.Surface = "cli"
	if f.folder != "" {
		if a.know.prompts, err = a.p.library(promptFlags{config: f.config, folder: f.folder}); err != nil {
			return q, err
		}
	}
	if f.template == "" {
		q.Text = strings.Join(args, " ")
		return q, nil
	}
	one, err := a.know.prompts.Prompt(f.template)
	if err != nil {
		return q, err
	}
	q.Template = one.Name
	q.Inputs, err = prompts.Values(one, args)
	return q, err
}

func addZone(cmd *cobra.Command, zone *string) {
	cmd.Flags().StringVar(zone, "zone", "", "your time zone, such as Europe/Berlin (default: the configuration's, else UTC)")
}

// asker answers questions over one store, beside a loop that may own it.
type asker struct {
	p     program
	store anyStore
	cfg   heal.Config
	loop  *heal.Loop
	know  knowledge
	sys   systems
	zone  *time.Location
	fresh *freshener // reads the systems again; nil: there is none to read, or a loop does
}

func (a asker) ask(ctx context.Context, text, surface string) (pipewright.Answer, error) {
	return a.answer(ctx, pipewright.Question{Text: text, Surface: surface})
}

// answer answers a question now, by the store's clock, in the terminal's thread unless it has another.
func (a asker) answer(ctx context.Context, q pipewright.Question) (pipewright.Answer, error) {
	stale, err := a.reread(ctx)
	if err != nil {
		return pipewright.Answer{}, err
	}
	now, err := a.p.nowOf(ctx, a.store)
	if err != nil {
		return pipewright.Answer{}, err
	}
	if q.Thread == "" {
		q.Thread = "terminal"
	}
	q.At, q.Zone = now, a.zone
	ans, err := a.p.answer(ctx, a.store, a.loop, a.know, a.sys, q)
	if stale != "" {
		ans.Unknown = append(ans.Unknown, stale)
		ans.Answer += "\n" + stale
	}
	return ans, err
}

// withAsker opens a store and what a question needs: the guards' view of it,
// from the configuration or from the demo's.
func (p program) withAsker(ctx context.Context, f dbFlags, zone string, do func(context.Context, asker) error) error {
	know, err := p.know(f)
	if err != nil {
		return err
	}
	defer know.model.close()
	answerOver := func(ctx context.Context, store anyStore) error {
		a := asker{p: p, store: store, know: know}
		var zoneName string
		if a.cfg, zoneName, err = p.askConfig(ctx, f, store, &a); err != nil {
			return err
		}
		if zone != "" {
			zoneName = zone
		}
		if a.zone, err = time.LoadLocation(zoneName); err != nil {
			return pipewright.Errorf(pipewright.Invalid, "--zone %q is not a time zone such as Europe/Berlin", zoneName)
		}
		if a.loop, err = besides(store, a.cfg, know, a.sys); err != nil {
			return err
		}
		return do(ctx, a)
	}
	f.fresh = f.config != "" && f.db == ""
	return p.withStore(ctx, f, answerOver)
}

func (p program) askConfig(ctx context.Context, f dbFlags, store anyStore, a *asker) (heal.Config, string, error) {
	if f.config != "" {
		cfg, err := config.Load(f.config, p.env)
		if err != nil {
			return heal.Config{}, "", err
		}
		out, err := connect(ctx, cfg, store, p.now)
		if err != nil {
			return heal.Config{}, "", err
		}
		a.sys, a.fresh = out.systems, &freshener{cfg: cfg, sources: out.sources}
		if _, err := a.reread(ctx); err != nil {
			return heal.Config{}, "", err
		}
		hc, err := healConfig(cfg)
		return hc, cfg.Zone, err
	}
	a.sys = declared(store)
	return demoConfig(0), "UTC", nil
}

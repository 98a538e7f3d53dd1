package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"time"

	"golang.org/x/sync/errgroup"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/ask"
	"github.com/pipewright/pipewright/agent/catalogue"
	"github.com/pipewright/pipewright/agent/heal"
	"github.com/pipewright/pipewright/internal/chart"
	"github.com/pipewright/pipewright/internal/config"
	"github.com/pipewright/pipewright/internal/redact"
	"github.com/pipewright/pipewright/internal/slackbot"
	"github.com/pipewright/pipewright/prompts"
	"github.com/pipewright/pipewright/tools"
)

// slackBot builds the bot that the configuration asks for, nil when it asks for none.
func (p program) slackBot(cfg config.Config, hc heal.Config, know knowledge, store anyStore, out outside, red *redact.Redactor, log *slog.Logger) (*slackbot.Bot, error) {
	if !cfg.Slack.On() {
		return nil, nil
	}
	sc, err := slackConfig(cfg)
	if err != nil {
		return nil, err
	}
	asker := slackAsker{p: p, store: store, cfg: hc, know: know, sys: out.systems}
	return slackbot.New(sc, slackbot.Parts{Ledger: store, Outbox: store, Notes: store, Asker: asker, World: out.clock, Now: p.now, Log: log,
		Redact:    func(s string) string { s, _ = red.Text(s); return s },
		Autonomy:  autonomyOf(store, hc.Modes),
		Moves:     store.PolicyMoves,
		Causes:    causesOf(know.catalogue),
		Templates: slackTemplates{know.prompts},
		Charts: func(ctx context.Context, inc pipewright.Incident) ([]pipewright.Chart, error) {
			now, err := out.clock(ctx)
			if err != nil {
				return nil, err
			}
			return ask.DrawIncident(ctx, store, inc, now)
		},
		Figures: func(ctx context.Context) ([]pipewright.Figure, error) { return howItDoes(ctx, store, sc.Zone) },
		Draw:    func(c pipewright.Chart) ([]byte, error) { return chart.PNG(c, sc.Zone) }})
}

// howItDoes are the figures of the digest.
func howItDoes(ctx context.Context, store anyStore, zone *time.Location) ([]pipewright.Figure, error) {
	figures, err := heal.ReadFigures(ctx, store, cmp.Or(zone, time.UTC))
	if err != nil {
		return nil, err
	}
	return []pipewright.Figure{figures.Calibration.Figure(), heal.AutonomyFigure(figures.Weeks, "")}, nil
}

func causesOf(c *catalogue.Catalogue) (out []slackbot.Cause) {
	for _, cause := range c.Causes {
		out = append(out, slackbot.Cause{Name: cause.Name, Class: cause.Class})
	}
	return out
}

// slackTemplates are the prompt templates as the bot calls them.
type slackTemplates struct{ lib *prompts.Library }

// All implements slackbot.Templates.
func (s slackTemplates) All() (out []slackbot.Template) {
	for _, t := range s.lib.Prompts() {
		out = append(out, slackbot.Template{Name: t.Name, Usage: t.Usage(), Purpose: t.Purpose})
	}
	return out
}

// Call implements slackbot.Templates.
func (s slackTemplates) Call(text string) (slackbot.Called, error) {
	c, err := prompts.ShortForm(s.lib, text)
	if err != nil {
		return slackbot.Called{}, err
	}
	r, err := c.Prompt.Render(c.Values)
	return slackbot.Called{Name: c.Name, Inputs: c.Values, Asks: r.Question}, err
}

// slackAsker answers questions beside the loop: what speaks for the guards is a loop
// of its own for each question, which is never stepped.
type slackAsker struct {
	p     program
	store anyStore
	cfg   heal.Config
	know  knowledge
	sys   systems
}

func (a slackAsker) Ask(ctx context.Context, q pipewright.Question) (pipewright.Answer, error) {
	loop, err := besides(a.store, a.cfg, a.know, a.sys)
	if err != nil {
		return pipewright.Answer{}, err
	}
	return a.p.answer(ctx, a.store, loop, a.know, a.sys, q)
}

// slackConfig is the bot's part of the configuration.
func slackConfig(cfg config.Config) (slackbot.Config, error) {
	s := cfg.Slack
	zone, err := time.LoadLocation(cfg.Zone)
	if err != nil {
		return slackbot.Config{}, err
	}
	out := slackbot.Config{Mode: slackbot.Mode(s.Mode), AppToken: s.AppToken.Value(), BotToken: s.BotToken.Value(), SigningSecret: s.SigningSecret.Value(),
		APIURL: s.API, Channel: s.Channel, People: s.People, Groups: s.Groups, MayApprove: cfg.Heal.MayApprove, Zone: zone,
		Links: s.Links, Storm: s.Storm, Charts: slackbot.Charting(s.Charts), Digest: s.Digest}
	for _, a := range cfg.Systems.Airflow {
		if u, err := url.Parse(a.URL); err == nil {
			out.Links = append(out.Links, u.Hostname())
		}
	}
	if out.DigestAt, err = weekly(s.DigestAt); err != nil {
		return out, err
	}
	for _, h := range s.QuietHours {
		q, err := quietHours(h)
		if err != nil {
			return out, err
		}
		out.Quiet = append(out.Quiet, q)
	}
	for _, r := range s.Routes {
		route := slackbot.Route{Team: r.Team, Severity: r.Severity, Resource: r.Resource, Channel: r.Channel, Notify: r.Notify}
		for _, h := range r.Hours {
			q, err := quietHours(h)
			if err != nil {
				return out, err
			}
			route.Hours = &q
		}
		out.Routes = append(out.Routes, route)
	}
	return out, nil
}

// weekly reads "mon 09:00"; empty leaves it to the bot.
func weekly(at string) (w slackbot.Weekly, err error) {
	if at == "" {
		return w, nil
	}
	day, begin, err := config.Weekly(at)
	return slackbot.Weekly{Day: day, At: begin}, err
}

func quietHours(h config.SlackHours) (slackbot.Quiet, error) {
	days, err := h.Window().Weekdays()
	if err != nil {
		return slackbot.Quiet{}, err
	}
	start, err := h.Window().Begin()
	return slackbot.Quiet{Days: days, Start: start, Length: time.Duration(h.Length), Allow: pipewright.Severity(h.Allow)}, err
}

// serveSlack runs the bot, and in the mode http listens for what Slack sends.
func serveSlack(ctx context.Context, s config.Slack, bot *slackbot.Bot) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return bot.Run(ctx) })
	if slackbot.Mode(s.Mode) == slackbot.HTTP {
		listen, err := net.Listen("tcp", s.Listen)
		if err != nil {
			return pipewright.Errorf(pipewright.Unavailable, "listen on %s (key slack.listen): %w%s", s.Listen, err, inUse(err, "the key slack.listen"))
		}
		web := &http.Server{Handler: bot.Handler(), ReadHeaderTimeout: 5 * time.Second}
		g.Go(func() error {
			if err := web.Serve(listen); !errors.Is(err, http.ErrServerClosed) {
				return fmt.Errorf("serve slack: %w", err)
			}
			return nil
		})
		g.Go(func() error {
			<-ctx.Done()
			return web.Close()
		})
	}
	return g.Wait()
}

// examineSlack checks the token, its scopes and the channels.
func (p program) examineSlack(ctx context.Context, cfg config.Config, store anyStore) (checks []tools.Check) {
	if !cfg.Slack.On() {
		return nil
	}
	sc, err := slackConfig(cfg)
	if err != nil {
		return []tools.Check{{System: "slack", Call: "read the configuration", Err: err}}
	}
	bot, err := slackbot.New(sc, slackbot.Parts{Ledger: store, Outbox: store, Notes: store, Now: p.now})
	if err != nil {
		return []tools.Check{{System: "slack", Call: "read the configuration", Err: err}}
	}
	ctx, cancel := context.WithTimeout(ctx, checkWithin)
	defer cancel()
	for _, c := range bot.Doctor(ctx) {
		checks = append(checks, tools.Check{System: "slack", Call: c.Call, Say: c.Say, Err: c.Err})
	}
	return checks
}

package main

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/heal"
	"github.com/pipewright/pipewright/internal/config"
	"github.com/pipewright/pipewright/internal/redact"
	"github.com/pipewright/pipewright/tools"
	"github.com/pipewright/pipewright/tools/airflow"
	"github.com/pipewright/pipewright/tools/aws"
	"github.com/pipewright/pipewright/tools/plant"
	"github.com/pipewright/pipewright/tools/postgres"
)

// outside is every configured system, connected to nothing yet.
type outside struct {
	systems
	doctors   []func(context.Context) []tools.Check
	closers   []func()
	simulated bool // only plants: their clock is the clock
	clock     func(context.Context) (time.Time, error)
}

func (o outside) close() {
	for _, f := range o.closers {
		f()
	}
}

// connect builds the clients that the configuration names. None of them is
// called before the first poll.
func connect(ctx context.Context, cfg config.Config, store anyStore, now func() time.Time) (outside, error) {
	o := outside{clock: func(context.Context) (time.Time, error) { return now().UTC(), nil }}
	for _, add := range []func() error{
		func() error { return o.addAirflow(cfg) },
		func() error { return o.addPostgres(cfg, store) },
		func() error { return o.addAWS(ctx, cfg) },
		func() error { return o.addPlants(cfg, store) },
	} {
		if err := add(); err != nil {
			o.close()
			return o, err
		}
	}
	if len(cfg.Lineage)+len(cfg.Labels) > 0 {
		o.sources = append(o.sources, declaredSource{cfg, store})
	}
	return o, nil
}

func (o *outside) addAirflow(cfg config.Config) error {
	for _, a := range cfg.Systems.Airflow {
		c, err := airflow.New(airflow.Config{Name: a.Name, URL: a.URL, User: a.User, Password: a.Password.Value(), DAGs: a.DAGs, Backfill: time.Duration(a.Backfill), ReadOnly: a.ReadOnly})
		if err != nil {
			return err
		}
		o.sources = append(o.sources, c.Source())
		o.probes = append(o.probes, c.Heartbeat())
		o.doctors = append(o.doctors, c.Doctor)
		if !a.ReadOnly {
			o.actuators = append(o.actuators, c.Actuators()...)
		}
	}
	return nil
}

func (o *outside) addPostgres(cfg config.Config, store anyStore) error {
	for _, pg := range cfg.Systems.Postgres {
		dsn, err := withPassword(pg.URL, pg.Password.Value())
		if err != nil {
			return err
		}
		c, err := postgres.New(postgres.Config{Name: pg.Name, DSN: dsn, Schemas: pg.Schemas, RemapSchema: pg.RemapSchema, History: store})
		if err != nil {
			return err
		}
		o.sources = append(o.sources, c.Source())
		o.probes = append(o.probes, c.Probes()...)
		o.rows = append(o.rows, c.Rows())
		o.doctors = append(o.doctors, c.Doctor)
		o.closers = append(o.closers, c.Close)
		if !pg.ReadOnly {
			o.actuators = append(o.actuators, owned(c.Actuators(), ofDatabase(pg))...)
		}
	}
	return nil
}

// ofDatabase tells the resources of one database from another's.
func ofDatabase(pg config.Postgres) func(pipewright.ResourceID) bool {
	return func(id pipewright.ResourceID) bool {
		schema, _, _ := strings.Cut(id.Name(), ".")
		return id == pipewright.NewResourceID("postgres", "db", pg.Name) || id.Kind() == "postgres:table" && slices.Contains(pg.Schemas, schema)
	}
}

// owned says which resources a system's actuators are for.
func owned(actuators []tools.Actuator, owns func(pipewright.ResourceID) bool) []tools.Actuator {
	for i := range actuators {
		actuators[i].Owns = owns
	}
	return actuators
}

// withPassword puts a password into a URL that came without one.
func withPassword(raw, password string) (string, error) {
	u, err := url.Parse(raw)
	if err != nil {
		return "", pipewright.Errorf(pipewright.Invalid, "the database's URL cannot be read") // its text may hold a secret
	}
	if password != "" {
		u.User = url.UserPassword(u.User.Username(), password)
	}
	return u.String(), nil
}

func (o *outside) addAWS(ctx context.Context, cfg config.Config) error {
	for _, a := range cfg.Systems.AWS {
		c, err := aws.New(ctx, aws.Config{Name: a.Name, Region: a.Region, Endpoint: a.Endpoint, AccessKey: a.AccessKey.Value(), SecretKey: a.SecretKey.Value(),
			GlueJobs: a.GlueJobs, LogGroups: a.LogGroups, Backfill: time.Duration(a.Backfill), ReadOnly: !a.Act})
		if err != nil {
			return err
		}
		o.sources = append(o.sources, c.Source())
		o.doctors = append(o.doctors, c.Doctor)
		if a.Act {
			o.actuators = append(o.actuators, c.Actuators()...)
		}
	}
	return nil
}

func (o *outside) addPlants(cfg config.Config, store anyStore) error {
	real := len(o.sources)
	for _, pl := range cfg.Systems.Plant {
		world := plant.Dial(pl.URL)
		o.sources = append(o.sources, plant.NewSource(world))
		o.probes = append(o.probes, plant.Probes(world)...)
		o.actuators = append(o.actuators, plant.Actuators(world, store)...)
		o.doctors = append(o.doctors, func(ctx context.Context) []tools.Check {
			_, err := world.Now(ctx)
			return []tools.Check{{System: pl.Name, Call: "GET " + pl.URL + "/now", Err: err}}
		})
		if real == 0 && len(cfg.Systems.Plant) == 1 {
			o.simulated, o.clock = true, world.Now
		}
	}
	return nil
}

// declaredSource tells what the configuration declares: lineage that no system
// knows, and labels for what was observed. A label does not make a resource
// observed.
type declaredSource struct {
	cfg   config.Config
	world tools.ResourceReader
}

func (d declaredSource) Name() string { return "configuration" }

func (d declaredSource) Poll(ctx context.Context, cursor string, _ time.Time) (b pipewright.Batch, err error) {
	b.Cursor = cursor
	known, err := d.world.Resources(ctx)
	if err != nil {
		return b, err
	}
	for _, r := range known {
		for _, l := range d.cfg.Labels {
			if pipewright.ResourceID(l.Resource) == r.ID && lacks(r.Labels, l.Set) {
				b.Resources = append(b.Resources, pipewright.Resource{ID: r.ID, Labels: l.Set, FirstSeen: r.FirstSeen, LastSeen: r.LastSeen})
			}
		}
	}
	for _, e := range d.cfg.Lineage {
		b.Edges = append(b.Edges, pipewright.Edge{Up: pipewright.ResourceID(e.Up), Down: pipewright.ResourceID(e.Down)})
	}
	return b, nil
}

func lacks(have, want map[string]string) bool {
	for k, v := range want {
		if have[k] != v {
			return true
		}
	}
	return false
}

// healConfig is the loop's part of the configuration.
func healConfig(cfg config.Config) (heal.Config, error) {
	zone, err := time.LoadLocation(cfg.Zone)
	if err != nil {
		return heal.Config{}, err
	}
	h := cfg.Heal
	rules, _ := h.Runbook() // the configuration was checked when it was read
	out := heal.Config{
		Policy: h.Policy, Rules: rules, Runs: h.VerifiedRuns, BreakerFails: h.BreakerFails,
		Bars: h.Bars, HarmBounds: h.HarmBounds, MayApprove: h.MayApprove, MayPromote: h.MayPromote, ApprovalTTL: time.Duration(h.ApprovalTTL),
		Reminder: time.Duration(h.ApprovalReminder), EscalateTo: h.EscalateTo, Expires: map[pipewright.Risk]time.Duration{},
		Debounce: time.Duration(h.Debounce), Soak: time.Duration(h.Soak), Window: time.Duration(h.PressureWindow), MaxAttempts: h.MaxAttempts,
		Limits: heal.Limits{Cooldown: time.Duration(h.Limits.Cooldown), PerHour: h.Limits.PerHour, AtOnce: h.Limits.AtOnce, MaxRadius: h.Limits.MaxRadius},
	}
	for risk, d := range h.ApprovalExpires {
		out.Expires[risk] = time.Duration(d)
	}
	for _, text := range h.TwoPeople {
		scope, err := heal.ParseScope(text)
		if err != nil {
			return out, err
		}
		out.TwoPeople = append(out.TwoPeople, scope)
	}
	for _, m := range h.Modes {
		out.Modes = append(out.Modes, heal.ModeRule{Class: pipewright.FaultClass(m.Class), Action: m.Action, Env: m.Env, Risk: pipewright.Risk(m.Risk), Rung: pipewright.Rung(m.Rung)})
	}
	for _, id := range h.Protected {
		out.Protected = append(out.Protected, pipewright.ResourceID(id))
	}
	for _, w := range h.Freeze {
		days, err := w.Weekdays()
		if err != nil {
			return out, err
		}
		start, err := w.Begin()
		if err != nil {
			return out, err
		}
		out.Freeze = append(out.Freeze, heal.Freeze{Name: w.Name, Days: days, Start: start, Length: time.Duration(w.Length), Zone: zone})
	}
	return out, nil
}

// redactorOf makes the redactor of a store, with the configuration's own
// patterns and its secrets known by value.
func redactorOf(ctx context.Context, store anyStore, cfg config.Config) (*redact.Redactor, error) {
	salt, err := store.Salt(ctx)
	if err != nil {
		return nil, err
	}
	var custom []redact.Pattern
	for _, r := range cfg.Redact {
		custom = append(custom, redact.Pattern{Kind: r.Kind, Expr: r.Pattern})
	}
	red, err := redact.New(salt, custom...)
	if err != nil {
		return nil, err
	}
	for _, s := range cfg.Secrets() {
		red.Remember("configured", s)
	}
	return red, nil
}

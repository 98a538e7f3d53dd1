package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/intake"
	"github.com/pipewright/pipewright/internal/config"
	"github.com/pipewright/pipewright/internal/slackbot"
	"github.com/pipewright/pipewright/internal/sqlstore"
)

func (p program) serveCommand() *cobra.Command {
	var f dbFlags
	cmd := &cobra.Command{
		Use:   "serve -c FILE",
		Short: "The daemon: watch the configured systems, heal, and answer",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if f.config == "" {
				return pipewright.Errorf(pipewright.Invalid, "serve needs a configuration: pipewright serve -c FILE (deploy/pipewright.example.yaml explains every key)")
			}
			cfg, err := config.Load(f.config, p.env)
			if err != nil {
				return err
			}
			if f.db != "" {
				cfg.Store = p.storeAt(f.db, cfg.Store)
			}
			return p.serve(cmd.Context(), cfg, f)
		},
	}
	f.add(cmd)
	return cmd
}

// serve runs the daemon until ctx ends. One whose database went away, or whose place as
// its owner another replica took, begins anew from what the journal says.
func (p program) serve(ctx context.Context, cfg config.Config, f dbFlags) error {
	log := slog.New(slog.NewTextHandler(p.err, nil))
	for began := false; ; {
		ran, err := p.serveOnce(ctx, cfg, f, log)
		began = began || ran
		kind := pipewright.KindOf(err)
		if !cfg.Store.Remote() || !began || ctx.Err() != nil || kind != pipewright.Unavailable && kind != pipewright.Conflict {
			return err
		}
		log.Warn("the store was lost; what was acknowledged is in it, and this replica connects anew", "err", err)
		if !elapsed(ctx, ownAgain) {
			return nil
		}
	}
}

// ownAgain is how often a replica asks whether it may run the loop.
const ownAgain = 2 * time.Second

// elapsed waits; false when ctx ended first.
func elapsed(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

// own makes this replica the one that runs the loop. On a database it stands by while
// another one does.
func own(ctx context.Context, cfg config.Config, store anyStore, log *slog.Logger) error {
	for waits := false; ; waits = true {
		err := store.Own(ctx)
		if !cfg.Store.Remote() || pipewright.KindOf(err) != pipewright.Conflict {
			return err
		}
		if !waits {
			log.Info("another replica runs the loop; this one stands by", "store", store.Path())
		}
		if !elapsed(ctx, ownAgain) {
			return ctx.Err()
		}
	}
}

// serveOnce reports whether it came as far as serving.
func (p program) serveOnce(ctx context.Context, cfg config.Config, f dbFlags, log *slog.Logger) (ran bool, err error) {
	store, err := openStore(ctx, cfg.Store, false)
	if err != nil {
		return false, err
	}
	defer func() {
		if cerr := store.Close(); err == nil {
			err = cerr
		}
	}()
	if err := own(ctx, cfg, store, log); err != nil {
		return false, err
	}
	out, err := connect(ctx, cfg, store, p.now)
	if err != nil {
		return false, err
	}
	defer out.close()
	d, err := p.newDaemon(ctx, cfg, f, store, out, log)
	if err != nil {
		return false, err
	}
	defer d.know.model.close()
	return true, d.run(ctx)
}

// daemon is a running `serve`.
type daemon struct {
	cfg     config.Config
	healer  *healer
	metrics *metrics
	outside outside
	log     *slog.Logger
	listen  net.Listener
	clock   func(context.Context) (time.Time, error)
	told    string        // the plant's time as the store was told last
	lost    bool          // the clock did not answer last time, which was said
	slack   *slackbot.Bot // nil: none is configured
	know    knowledge
}

func (p program) newDaemon(ctx context.Context, cfg config.Config, f dbFlags, store anyStore, out outside, log *slog.Logger) (*daemon, error) {
	know, err := p.knowledgeOf(cfg)
	if err != nil {
		return nil, err
	}
	hc, err := healConfig(cfg)
	if err != nil {
		return nil, err
	}
	red, err := redactorOf(ctx, store, cfg)
	if err != nil {
		return nil, err
	}
	d := &daemon{told: "unsaid", know: know, cfg: cfg, outside: out, log: log, clock: out.clock, metrics: newMetrics(p.now, max(time.Minute, 10*time.Duration(cfg.Poll)))}
	now, err := d.clock(ctx)
	if err != nil {
		return nil, err
	}
	cards := newJournalPrinter(p, f.json)
	d.healer, err = newHealer(ctx, setup{store: store, cfg: hc, know: know, redactor: red, systems: out.systems, log: log, now: now,
		sink: func(e pipewright.Event) { d.metrics.event(e); cards.event(e) }})
	if err != nil {
		return nil, err
	}
	d.healer.count(d.metrics)
	if d.slack, err = p.slackBot(cfg, hc, know, store, out, red, log); err != nil {
		return nil, err
	}
	if d.listen, err = net.Listen("tcp", cfg.Listen); err != nil {
		return nil, pipewright.Errorf(pipewright.Unavailable, "listen on %s (key listen): %w%s", cfg.Listen, err, inUse(err, "the key listen"))
	}
	return d, nil
}

// run reads the systems, steps the loop and serves metrics until ctx ends. A
// step that has begun is finished first.
func (d *daemon) run(ctx context.Context) error {
	d.log.Info("pipewright serves", "metrics", "http://"+d.listen.Addr().String()+"/metrics", "sources", len(d.outside.sources))
	web := &http.Server{Handler: d.metrics.handler(len(d.outside.sources)), ReadHeaderTimeout: 5 * time.Second}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		if err := web.Serve(d.listen); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("serve metrics: %w", err)
		}
		return nil
	})
	g.Go(func() error {
		<-ctx.Done()
		return web.Close()
	})
	if !d.outside.simulated {
		d.healer.intake.Pace = intake.Pace{Every: time.Duration(d.cfg.Poll)}
		g.Go(func() error { return d.healer.intake.Run(ctx) })
	}
	if d.slack != nil {
		g.Go(func() error { return serveSlack(ctx, d.cfg.Slack, d.slack) })
	}
	if d.cfg.Store.Remote() {
		g.Go(func() error { return d.staysOwner(ctx) })
	}
	if d.cfg.Store.Keep > 0 || d.cfg.Store.KeepBytes > 0 {
		g.Go(func() error { return d.forgets(ctx) })
	}
	g.Go(func() error { return d.studies(ctx) })
	books := &librarian{store: d.healer.store, know: d.know, log: d.log, clock: d.clock, seen: map[string]pipewright.State{}}
	g.Go(func() error { return books.run(ctx) })
	g.Go(func() error { return d.steps(ctx) })
	if err := g.Wait(); err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// staysOwner ends the daemon when another replica became the owner, or when the
// database cannot be reached to tell.
func (d *daemon) staysOwner(ctx context.Context) error {
	for elapsed(ctx, ownAgain) {
		if err := d.healer.store.Own(ctx); err != nil && ctx.Err() == nil {
			return err
		}
	}
	return nil
}

// forgets removes telemetry that is older than is kept, once an hour. What fails is said
// and tried again.
func (d *daemon) forgets(ctx context.Context) error {
	for elapsed(ctx, time.Hour) {
		now, err := d.clock(ctx)
		if err != nil {
			continue // the step says it
		}
		keep := sqlstore.Keep{Bytes: int64(d.cfg.Store.KeepBytes)}
		if d.cfg.Store.Keep > 0 {
			keep.Since = now.Add(-time.Duration(d.cfg.Store.Keep))
		}
		if days, err := d.healer.store.Retain(ctx, keep); err != nil && ctx.Err() == nil {
			d.log.Warn("old telemetry could not be removed; it is tried again in an hour", "err", err)
		} else if days > 0 {
			d.log.Info("old telemetry was removed", "days", days)
		}
	}
	return nil
}

// studies learns from incidents as they close, beside the loop. What cannot be learned
// from today is tried again when the next one closes.
func (d *daemon) studies(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-d.healer.closed:
		}
		now, err := d.clock(ctx)
		if err == nil {
			err = d.healer.study(ctx, now)
		}
		if err != nil && ctx.Err() == nil {
			d.log.Warn("nothing was learned from the last incidents", "err", err)
		}
	}
}

// steps steps the loop at every interval. Cancellation waits for the step in
// hand, within a bound.
func (d *daemon) steps(ctx context.Context) error {
	if now, err := d.clock(ctx); err == nil && d.outside.simulated {
		if err := d.healer.catchUp(ctx, now); err != nil {
			d.log.Warn("the past could not be read whole", "err", err)
		}
	}
	tick := time.NewTicker(time.Duration(d.cfg.Poll))
	defer tick.Stop()
	for {
		if err := d.step(ctx); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// handOver bounds how long a step in hand may go on after the end was asked for.
const handOver = 90 * time.Second

func (d *daemon) step(ctx context.Context) error {
	now, err := d.clock(ctx)
	if err != nil {
		if ctx.Err() == nil && !d.lost {
			d.log.Warn("the plant does not answer; it is asked again", "err", err)
		}
		d.lost = true
		return nil
	}
	d.lost = false
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), handOver)
	defer cancel()
	if err := d.tell(ctx, now); err != nil {
		return err
	}
	if d.outside.simulated {
		return d.healer.tick(ctx, now)
	}
	return d.healer.step(ctx, now)
}

// tell keeps the plant's time in the store, for commands that ask what time it
// is there; the clock's is everybody's own.
func (d *daemon) tell(ctx context.Context, now time.Time) error {
	plantNow := ""
	if d.outside.simulated {
		plantNow = now.Format(time.RFC3339Nano)
	}
	if plantNow == d.told {
		return nil
	}
	d.told = plantNow
	return d.healer.store.SetMeta(ctx, metaPlantNow, plantNow)
}

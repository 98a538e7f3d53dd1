package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/spf13/cobra"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/heal"
	"github.com/pipewright/pipewright/internal/redact"
	"github.com/pipewright/pipewright/rl/sim"
	"github.com/pipewright/pipewright/tools/plant"
)

type demoFlags struct {
	dbFlags
	length   time.Duration
	speed    float64
	headless bool
	plain    bool
	seed     uint64
	start    string
	rename   string
	policy   string
	fault    string
}

// Of a demo nobody said more about.
const (
	demoStart  = "2026-11-20T03:00:00Z"
	demoSeed   = 32
	demoLength = 60 * time.Second
	demoTick   = 30 * time.Second // of plant time
)

func (p program) demoCommand() *cobra.Command {
	var f demoFlags
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "The whole product on a simulated shop: faults arrive, it heals, and you can ask",
		Long: `The demo runs the real agent against a simulated data platform: seven days of history, a fault that is live at
the start and more that arrive. It needs no keys and no network. On a terminal it lasts until you type quit;
off one it ends by itself.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.demo(cmd.Context(), f, cmd.Flags().Changed("for"))
		},
	}
	cmd.Flags().StringVar(&f.db, "db", "", "keep everything in this file; an existing one is resumed (default: a temporary file)")
	cmd.Flags().BoolVar(&f.json, "json", false, "print the journal, one event a line")
	cmd.Flags().DurationVar(&f.length, "for", demoLength, "how long it runs, by the clock on the wall")
	cmd.Flags().Float64Var(&f.speed, "speed", 600, "plant seconds a second")
	cmd.Flags().BoolVar(&f.headless, "headless", false, "no prompt")
	addPlain(cmd, &f.plain)
	cmd.Flags().Uint64Var(&f.seed, "seed", demoSeed, "what happens depends on it alone")
	cmd.Flags().StringVar(&f.start, "start", demoStart, "the plant's time at the start, RFC 3339")
	cmd.Flags().StringVar(&f.fault, "fault", "", "the cause that is live at the start, such as write_interrupted (default: drawn)")
	cmd.Flags().StringVar(&f.policy, "policy", heal.Planner, "what decides: planner or runbook")
	cmd.Flags().StringVar(&f.rename, "rename", "", "rename resources: old=new,... by their last name part, or \"random\"")
	return cmd
}

func (p program) demo(ctx context.Context, f demoFlags, lengthGiven bool) (err error) {
	if _, err := f.wanted(); err != nil {
		return err // before there is a file
	}
	store, resumed, done, err := p.demoStore(ctx, f)
	if err != nil {
		return err
	}
	defer func() {
		if cerr := done(); err == nil {
			err = cerr
		}
	}()
	spec, err := demoSpec(ctx, store, f, resumed)
	if err != nil {
		return err
	}
	chat := p.interactive() && !f.headless && !f.json
	begin := func(p program) (*demo, error) {
		d, err := p.newDemo(ctx, f, store, spec, resumed)
		if err == nil && chat && !lengthGiven {
			d.end = time.Time{} // until the person leaves
		}
		return d, err
	}
	if chat && p.canScreen(f.plain) {
		return p.demoScreen(ctx, f, store, begin)
	}
	d, err := begin(p)
	if err != nil {
		return err
	}
	return d.run(ctx, chat)
}

// demo is one running demo.
type demo struct {
	p       program
	flags   demoFlags
	store   anyStore
	plant   *sim.Plant // only until world has it
	world   plant.World
	systems systems
	healer  *healer
	know    knowledge
	cfg     heal.Config

	began time.Time // by the clock on the wall, moved on while a person is asked
	start time.Time // plant time at which this process began
	now   time.Time // plant time
	end   time.Time // plant time; zero: none
	out   *journalPrinter
	mu    sync.Mutex // one speaks at a time: the loop's cards or the chat
}

// demoConfig ships the demo's own modes: R0 and R1 alone, R2 asked.
func demoConfig(seed uint64) heal.Config {
	cfg := heal.Defaults()
	cfg.Modes = heal.Modes{
		{Risk: pipewright.R0, Rung: pipewright.Auto},
		{Risk: pipewright.R1, Rung: pipewright.Auto},
		{Risk: pipewright.R2, Rung: pipewright.AskRung},
	}
	cfg.Bars = map[pipewright.Risk]float64{pipewright.R0: 0.3, pipewright.R1: 0.4}
	cfg.HarmBounds = map[pipewright.Risk]float64{pipewright.R0: 0.1, pipewright.R1: 0.15}
	cfg.Runs, cfg.BreakerFails = map[pipewright.Risk]int{pipewright.R1: 0}, 5 // a demo has no weeks to earn autonomy in
	cfg.Debounce = 2 * time.Minute                                            // the shop's own retries come within that
	cfg.MayApprove = []string{"*"}
	cfg.Seed = seed
	return cfg
}

func (p program) newDemo(ctx context.Context, f demoFlags, store anyStore, spec plantSpec, resumed bool) (*demo, error) {
	know, err := p.know(f.dbFlags)
	if err != nil {
		return nil, err
	}
	names, err := renamer(spec)
	if err != nil {
		return nil, err
	}
	d := &demo{p: p, flags: f, store: store, know: know, cfg: demoConfig(spec.Seed)}
	d.cfg.Policy = f.policy
	d.plant = sim.New(sim.Options{Seed: spec.Seed, Start: spec.Start, Live: true, First: spec.Fault, Names: names})
	d.out = newJournalPrinter(p, f.json)
	if resumed {
		if err := d.catchUp(ctx); err != nil {
			return nil, err
		}
	}
	d.start = d.plant.Now()
	d.end = d.start.Add(time.Duration(float64(f.length) * f.speed)).Truncate(demoTick)
	// The demo's placeholders derive from its seed, as everything in its journal.
	salt := sha256.Sum256(fmt.Appendf(nil, "demo %d", spec.Seed))
	red, err := redact.New(salt[:])
	if err != nil {
		return nil, err
	}
	d.world = plant.Local(d.plant)
	d.systems = systems{sources: sourcesOf(plant.NewSource(d.world)), probes: plant.Probes(d.world), actuators: plant.Actuators(d.world, store)}
	d.healer, err = newHealer(ctx, setup{
		store: store, cfg: d.cfg, know: know, redactor: red, now: d.start, systems: d.systems,
		sink: func(e pipewright.Event) { d.out.event(e) },
		log:  p.logger(),
	})
	return d, err
}

// run is a demo that prints cards, beside a prompt when there is a person.
func (d *demo) run(ctx context.Context, chat bool) error {
	if !d.flags.json {
		d.hello(chat)
	}
	if err := d.wake(ctx); err != nil {
		return err
	}
	leave := make(chan struct{})
	if chat {
		go d.converse(ctx, leave)
	}
	if err := d.live(ctx, chat, leave); err != nil {
		return err
	}
	return d.goodbye(ctx)
}

// wake reads the plant's history and takes the first step.
func (d *demo) wake(ctx context.Context) error {
	d.began = time.Now()
	if err := d.healer.catchUp(ctx, d.start); err != nil {
		return err
	}
	return d.tick(ctx, d.start)
}

// live steps the plant and the agent together until the demo ends or the person leaves.
// The wall clock only paces it.
func (d *demo) live(ctx context.Context, chat bool, leave <-chan struct{}) error {
	for now := d.start.Add(demoTick); d.end.IsZero() || !now.After(d.end); now = now.Add(demoTick) {
		d.began = d.began.Add(d.slack(chat))
		due := d.began.Add(time.Duration(float64(now.Sub(d.start)) / d.flags.speed))
		select {
		case <-ctx.Done():
			return nil
		case <-leave:
			return nil
		case <-time.After(time.Until(due)):
		}
		if err := d.tick(ctx, now); err != nil {
			return err
		}
	}
	return nil
}

// slack is how much longer than usual a tick takes: while a person at the
// prompt is asked something, the plant slows down so that there is time to
// answer. Only the pace changes, never what happens.
func (d *demo) slack(chat bool) time.Duration {
	if !chat || !slices.ContainsFunc(d.healer.loop.Live(), func(i pipewright.Incident) bool { return i.State == pipewright.Waiting }) {
		return 0
	}
	const tickWhileAsked = 3 * time.Second
	return max(0, tickWhileAsked-time.Duration(float64(demoTick)/d.flags.speed))
}

func (d *demo) tick(ctx context.Context, now time.Time) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.world.Advance(ctx, now); err != nil {
		return err
	}
	d.now = now
	if err := d.healer.tick(ctx, now); err != nil {
		return err
	}
	if err := d.healer.idle(ctx, now); err != nil {
		return err
	}
	return d.store.SetMeta(ctx, metaPlantNow, now.Format(time.RFC3339Nano))
}

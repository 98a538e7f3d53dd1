package main

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/heal"
	"github.com/pipewright/pipewright/internal/redact"
	"github.com/pipewright/pipewright/internal/sqlite"
	"github.com/pipewright/pipewright/internal/terminal"
	"github.com/pipewright/pipewright/rl/sim"
	"github.com/pipewright/pipewright/tools/plant"
)

type demoFlags struct {
	dbFlags
	length   time.Duration
	speed    float64
	headless bool
	seed     uint64
	start    string
	rename   string
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
	cmd.Flags().Uint64Var(&f.seed, "seed", demoSeed, "what happens depends on it alone")
	cmd.Flags().StringVar(&f.start, "start", demoStart, "the plant's time at the start, RFC 3339")
	cmd.Flags().StringVar(&f.rename, "rename", "", "rename resources: old=new,... by their last name part, or \"random\"")
	return cmd
}

// plantSpec is how a plant was built: kept in the store, so that it is resumed
// as the same one.
type plantSpec struct {
	Seed   uint64    `json:"seed"`
	Start  time.Time `json:"start"`
	Rename string    `json:"rename,omitempty"`
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
	d, err := p.newDemo(ctx, f, store, spec, resumed)
	if err != nil {
		return err
	}
	chat := p.interactive() && !f.headless && !f.json
	if chat && !lengthGiven {
		d.end = time.Time{} // until the person leaves
	}
	return d.run(ctx, chat)
}

// longest bounds a demo, in plant time.
const longest = 10 * 365 * 24 * time.Hour

// wanted is the plant that the flags ask for, when they make sense.
func (f demoFlags) wanted() (plantSpec, error) {
	spec := plantSpec{Seed: f.seed, Rename: f.rename}
	if !(f.speed > 0) || f.length <= 0 {
		return spec, pipewright.Errorf(pipewright.Invalid, "--for and --speed must be positive")
	}
	if f.length.Seconds()*f.speed > longest.Seconds() {
		return spec, pipewright.Errorf(pipewright.Invalid, "--for %s at --speed %g is more than ten years of plant time: make one of them smaller", f.length, f.speed)
	}
	var err error
	if spec.Start, err = startOf(f.start); err != nil {
		return spec, err
	}
	return spec, checkNames(spec)
}

// startOf reads a plant's start. The store counts nanoseconds since 1970, which
// ends in 2262.
func startOf(s string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil || t.Year() < 1980 || t.Year() > 2200 {
		return t, pipewright.Errorf(pipewright.Invalid, "--start %q is not a time such as %s, between 1980 and 2200", s, demoStart)
	}
	return t.UTC(), nil
}

// demoStore opens the file and owns its loop. done closes it, and removes it
// when nobody asked to keep it.
func (p program) demoStore(ctx context.Context, f demoFlags) (store *sqlite.Store, resumed bool, done func() error, err error) {
	path, remove := f.db, func() error { return nil }
	if path == "" {
		dir, err := os.MkdirTemp("", "pipewright-demo-")
		if err != nil {
			return nil, false, nil, pipewright.Errorf(pipewright.Unavailable, "make a temporary folder for the demo: %w", err)
		}
		path, remove = filepath.Join(dir, defaultDB), func() error { return os.RemoveAll(dir) }
	} else if info, err := os.Stat(path); err == nil && info.Size() > 0 {
		resumed = true
	}
	if store, err = sqlite.Open(ctx, path, sqlite.Options{}); err != nil {
		return nil, false, nil, err
	}
	if err = store.Own(ctx); err != nil {
		_ = store.Close() // the error that matters is who owns it
		return nil, false, nil, err
	}
	return store, resumed, func() error {
		if err := store.Close(); err != nil {
			return err
		}
		return remove()
	}, nil
}

// demoSpec is the plant's: the file's when it is resumed, the flags' otherwise.
func demoSpec(ctx context.Context, store *sqlite.Store, f demoFlags, resumed bool) (spec plantSpec, err error) {
	kept, err := store.Meta(ctx, metaPlant)
	if err != nil {
		return spec, err
	}
	if kept != "" {
		if err := json.Unmarshal([]byte(kept), &spec); err != nil {
			return spec, pipewright.Errorf(pipewright.Invalid, "%s does not say how its plant was built: %w", store.Path(), err)
		}
		return spec, nil
	}
	if resumed {
		if known, err := store.Resources(ctx); err != nil || len(known) > 0 {
			return spec, errors.Join(err, pipewright.Errorf(pipewright.Invalid, "%s was not made by a demo: use another file", store.Path()))
		}
	}
	if spec, err = f.wanted(); err != nil {
		return spec, err
	}
	b, err := json.Marshal(spec)
	if err != nil {
		return spec, err
	}
	return spec, store.SetMeta(ctx, metaPlant, string(b))
}

// demo is one running demo.
type demo struct {
	p       program
	flags   demoFlags
	store   *sqlite.Store
	plant   *sim.Plant // only until world has it
	world   plant.World
	systems systems
	healer  *healer
	know    knowledge
	cfg     heal.Config

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
	cfg.Debounce = 2 * time.Minute // the shop's own retries come within that
	cfg.MayApprove = []string{"*"}
	cfg.Seed = seed
	return cfg
}

func (p program) newDemo(ctx context.Context, f demoFlags, store *sqlite.Store, spec plantSpec, resumed bool) (*demo, error) {
	know, err := p.know(f.dbFlags)
	if err != nil {
		return nil, err
	}
	names, err := renamer(spec)
	if err != nil {
		return nil, err
	}
	d := &demo{p: p, flags: f, store: store, know: know, cfg: demoConfig(spec.Seed)}
	d.plant = sim.New(sim.Options{Seed: spec.Seed, Start: spec.Start, Live: true, Names: names})
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

// catchUp brings a fresh plant to where the file's one was: the same options,
// the same actions at the same plant times.
func (d *demo) catchUp(ctx context.Context) error {
	now := d.plant.Now() // killed before the first step was over
	if stepped, err := d.store.Meta(ctx, metaPlantNow); err != nil {
		return err
	} else if stepped != "" {
		if now, err = d.p.nowOf(ctx, d.store); err != nil {
			return err
		}
	}
	var applied []sim.Applied
	acting := map[string]pipewright.Event{} // by incident: begun, and not known to have run
	for after := int64(0); ; {
		events, err := d.store.Events(ctx, pipewright.EventQuery{AfterSeq: after, Limit: 1000})
		if err != nil {
			return err
		}
		for _, e := range events {
			after = e.Seq
			d.out.remember(e)
			switch e.To {
			case pipewright.Acting:
				acting[e.Incident] = e
			case pipewright.Acted:
				begun := acting[e.Incident]
				a := begun.Action
				applied = append(applied, sim.Applied{Act: sim.Act{Kind: a.Kind, Target: a.Target, Args: a.Args, Key: a.Key}, At: begun.At})
			}
		}
		if len(events) == 0 {
			break
		}
	}
	if err := d.plant.Replay(applied); err != nil {
		return fmt.Errorf("rebuild the plant of %s: %w", d.store.Path(), err)
	}
	d.plant.Advance(now)
	return nil
}

// run steps the plant and the agent together. The wall clock only paces it.
func (d *demo) run(ctx context.Context, chat bool) error {
	began := time.Now()
	if !d.flags.json {
		d.hello(chat)
	}
	if err := d.healer.catchUp(ctx, d.start); err != nil {
		return err
	}
	if err := d.tick(ctx, d.start); err != nil {
		return err
	}
	leave := make(chan struct{})
	if chat {
		go d.converse(ctx, leave)
	}
	for now := d.start.Add(demoTick); d.end.IsZero() || !now.After(d.end); now = now.Add(demoTick) {
		began = began.Add(d.slack(chat))
		due := began.Add(time.Duration(float64(now.Sub(d.start)) / d.flags.speed))
		select {
		case <-ctx.Done():
			return d.goodbye(ctx)
		case <-leave:
			return d.goodbye(ctx)
		case <-time.After(time.Until(due)):
		}
		if err := d.tick(ctx, now); err != nil {
			return err
		}
	}
	return d.goodbye(ctx)
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
	return d.store.SetMeta(ctx, metaPlantNow, now.Format(time.RFC3339Nano))
}

func (d *demo) hello(chat bool) {
	s := d.p.style()
	fmt.Fprintf(d.p.out, "%s\n", s.Title("Pipewright demo: a simulated shop, the real agent"))
	fmt.Fprintf(d.p.out, "  plant time %s, %g times as fast as the clock, seed %d\n", d.start.Format("2006-01-02 15:04:05"), d.flags.speed, d.cfg.Seed)
	fmt.Fprintf(d.p.out, "  modes of this demo: R0 and R1 alone above the bar (%.2f and %.2f), R2 always asked\n", d.cfg.Bar(pipewright.R0), d.cfg.Bar(pipewright.R1))
	if d.flags.db != "" {
		fmt.Fprintf(d.p.out, "  kept in %s: `pipewright ask --db %s \"what is wrong now\"` works beside this\n", d.flags.db, d.flags.db)
	}
	if chat {
		fmt.Fprintf(d.p.out, "  ask anything (why did the glue job fail?), approve, deny, pause, help, quit\n")
	}
	fmt.Fprintln(d.p.out)
}

// goodbye sums up what happened.
func (d *demo) goodbye(ctx context.Context) error {
	if d.flags.json {
		return nil
	}
	found, err := d.store.Incidents(context.WithoutCancel(ctx), pipewright.IncidentQuery{Limit: 100_000})
	if err != nil {
		return err
	}
	fmt.Fprintf(d.p.out, "\n%s\n", sumUp(found, d.now.Sub(d.start)))
	return nil
}

func sumUp(found []pipewright.Incident, lasted time.Duration) string {
	healed, asked, escalated, gone := 0, 0, 0, 0
	for _, inc := range found {
		last := inc.LastAttempt()
		switch {
		case last != nil && last.Verification == pipewright.VerifyRecovered:
			healed++
		case inc.State == pipewright.Escalated:
			escalated++
		case inc.State == pipewright.Closed:
			gone++
		}
		if inc.Approval != "" {
			asked++
		}
	}
	return fmt.Sprintf("%s of plant time: %d incidents, %d healed, %d asked about, %d recovered without us, %d with a person",
		terminal.Span(lasted), len(found), healed, asked, gone, escalated)
}

// converse reads lines until the input ends or the person leaves.
func (d *demo) converse(ctx context.Context, leave chan<- struct{}) {
	defer close(leave)
	lines := bufio.NewScanner(d.p.in)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		text := strings.TrimSpace(lines.Text())
		if text == "quit" || text == "exit" {
			return
		}
		if text != "" {
			d.reply(ctx, text)
		}
	}
}

func (d *demo) reply(ctx context.Context, text string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	a, err := d.p.answer(ctx, d.store, d.healer.loop, d.know, d.systems, pipewright.Question{Text: text, Thread: "demo", Surface: "chat", At: d.now})
	if err != nil {
		fmt.Fprintln(d.p.out, "  "+terminal.Clean(err.Error()))
		return
	}
	fmt.Fprintln(d.p.out, d.p.style().Answer(a))
}

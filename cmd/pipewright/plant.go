package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/rl/sim"
	"github.com/pipewright/pipewright/tools/plant"
)

// plantCommand serves a simulated plant to another process: what `serve` heals
// when its configuration names one under systems.plant.
func (p program) plantCommand() *cobra.Command {
	var spec plantSpec
	var listen, record, start string
	var pace plantPace
	cmd := &cobra.Command{
		Use:    "plant",
		Short:  "Serve a simulated plant on loopback, with a record of every act",
		Hidden: true,
		Args:   cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			if spec.Start, err = startOf(start); err != nil {
				return err
			}
			out := io.Discard
			if record != "" {
				f, oerr := os.OpenFile(record, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
				if oerr != nil {
					return pipewright.Errorf(pipewright.Unavailable, "open the record: %w", oerr)
				}
				defer func() { err = errors.Join(err, f.Close()) }()
				out = f
			}
			return p.servePlant(cmd.Context(), spec, pace, listen, out)
		},
	}
	cmd.Flags().StringVar(&listen, "listen", "127.0.0.1:0", "loopback address")
	cmd.Flags().StringVar(&record, "record", "", "append every act to this file, synced before it is answered")
	cmd.Flags().StringVar(&start, "start", demoStart, "plant time at the start")
	cmd.Flags().Uint64Var(&spec.Seed, "seed", demoSeed, "what happens depends on it and on the acts")
	cmd.Flags().StringVar(&spec.Fault, "fault", "", "the cause that is live at the start (default: drawn)")
	cmd.Flags().Float64Var(&pace.speed, "speed", 1, "plant seconds a second; 0: only as it is told")
	cmd.Flags().DurationVar(&pace.faults, "faults", 0, "mean plant time between faults; 0: the demo's")
	cmd.Flags().DurationVar(&pace.history, "history", 0, "plant time before the start; 0: seven days")
	cmd.Flags().DurationVar(&pace.latency, "latency", 0, "how long an act takes on the wall clock: it happens half way, whoever still listens")
	return cmd
}

// plantPace is how fast things happen in a plant that is served.
type plantPace struct {
	speed                    float64       // plant seconds a second
	faults, history, latency time.Duration // see the flags
}

func (p program) servePlant(ctx context.Context, spec plantSpec, pace plantPace, listen string, record io.Writer) error {
	l, err := net.Listen("tcp", listen)
	if err != nil {
		return pipewright.Errorf(pipewright.Unavailable, "listen on %s: %w%s", listen, err, inUse(err, "--listen"))
	}
	if addr, ok := l.Addr().(*net.TCPAddr); !ok || !addr.IP.IsLoopback() {
		_ = l.Close() // it was not used
		return pipewright.Errorf(pipewright.Invalid, "--listen %s: a plant is served on loopback only", listen)
	}
	world := sim.New(sim.Options{Seed: spec.Seed, Start: spec.Start, Live: true, First: spec.Fault, FaultEvery: pace.faults, History: pace.history})
	fmt.Fprintf(p.out, "http://%s\n", l.Addr())
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return plant.ServeWorld(ctx, l, slow{plant.Local(world), pace.latency}, record) })
	if pace.speed > 0 {
		g.Go(func() error { return pace.keep(ctx, plant.Dial("http://"+l.Addr().String()), spec.Start) })
	}
	return g.Wait()
}

// keep moves the plant's clock with the one on the wall.
func (pp plantPace) keep(ctx context.Context, world plant.World, start time.Time) error {
	began := time.Now()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			if err := world.Advance(ctx, start.Add(time.Duration(float64(time.Since(began))*pp.speed))); err != nil && ctx.Err() == nil {
				return err
			}
		}
	}
}

// slow is a plant that takes its time to act, as real systems do: a caller may
// be gone before the act, or between the act and the answer.
type slow struct {
	plant.World
	latency time.Duration
}

func (s slow) Act(ctx context.Context, a sim.Act) (pipewright.Receipt, error) {
	time.Sleep(s.latency / 2)
	r, err := s.World.Act(ctx, a)
	time.Sleep(s.latency - s.latency/2)
	return r, err
}

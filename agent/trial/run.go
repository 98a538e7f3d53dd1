package trial

import (
	"context"
	"slices"
	"sync"

	"github.com/pipewright/pipewright/agent/catalogue"
)

// anchors are the policies that scores are measured between: they always run.
var anchors = []string{"rules", "ceiling", "always-escalate", "oracle"}

// Report is what a trial measured: by policy and checkpoint, a tally a world.
type Report struct {
	Options Options
	names   []string
	stages  map[string][][]stage // by policy, then world, then checkpoint
}

// Work is how many incidents a trial plays, for a progress bar.
func (o *Options) Work() int {
	n := 0
	for _, name := range o.names() {
		n += o.Worlds * o.work(name)
	}
	return n
}

func (o *Options) work(name string) int {
	if slices.Contains(anchors, name) {
		return o.Test
	}
	return o.Incidents + len(o.Checkpoints)*o.Test
}

// names are the policies that run, anchors first.
func (o *Options) names() []string {
	out := slices.Clone(anchors)
	for _, name := range o.Policies {
		if !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}

// Run runs a trial. tick is told of incidents played, from any goroutine.
func Run(ctx context.Context, o Options, tick func(n int)) (*Report, error) {
	if err := o.Check(); err != nil {
		return nil, err
	}
	if tick == nil {
		tick = func(int) {}
	}
	cat := known()
	looks := catalogue.NewLooks(cat, platform())
	r := &Report{Options: o, names: o.names(), stages: map[string][][]stage{}}
	for _, name := range r.names {
		r.stages[name] = make([][]stage, o.Worlds)
	}
	err := parallel(o.Worlds, o.Workers, func(i int) error { return r.world(ctx, i, cat, looks, tick) })
	if err != nil {
		return nil, err
	}
	return r, nil
}

// parallel does n jobs with some workers and returns the first job's error.
func parallel(n, workers int, job func(i int) error) error {
	jobs, errs := make(chan int), make([]error, n)
	var wg sync.WaitGroup
	for range max(workers, 1) {
		wg.Go(func() {
			for i := range jobs {
				errs[i] = job(i)
			}
		})
	}
	for i := range n {
		jobs <- i
	}
	close(jobs)
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// world runs every policy in one world. Worlds do not share anything that
// changes, so the order in which they run does not matter.
func (r *Report) world(ctx context.Context, i int, cat *catalogue.Catalogue, looks *catalogue.Looks, tick func(int)) error {
	o := &r.Options
	if ctx.Err() != nil {
		return ctx.Err()
	}
	w, err := newWorld(o, o.Seed+uint64(i), cat, looks)
	if err != nil {
		return err
	}
	for _, name := range r.names {
		p, err := newPolicy(name, w)
		if err != nil {
			return err
		}
		var out []stage
		if fixed(p) {
			t := w.exam(p)
			for _, n := range o.Checkpoints {
				out = append(out, stage{after: n, test: t, online: t})
			}
			tick(o.work(name))
		} else if out, err = w.lives(ctx, p, tick); err != nil {
			return err
		}
		r.stages[name][i] = out
	}
	return nil
}

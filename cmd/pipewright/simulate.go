package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"
	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/trial"
)

// simulateFlags say what to simulate and how to show it.
type simulateFlags struct {
	opt              trial.Options
	quality          string
	quick            bool
	noLogs, noProbes bool
	scenario         string
	asJSON           bool
	picture          string
	reliability      string
}

func (p program) simulateCommand() *cobra.Command {
	var f simulateFlags
	cmd := &cobra.Command{
		Use:   "simulate",
		Short: "Try policies on worlds of pipelines that break: table or JSON",
		Long: "Lets each policy live through the same incidents of several worlds and measures it, after some numbers of\n" +
			"incidents, on later ones. Score R is 0 for hand rules and 100 for a planner that knows all of a world's numbers\n" +
			"but not the cause; score O is 0 for calling a person for everything and 100 for one that sees the cause.\n\n" +
			"Policies: " + strings.Join(trial.Policies(), ", ") + ".",
		Example: "  pipewright simulate --quick\n  pipewright simulate --worlds 24 --incidents 1000 --policy planner,strict,tiered --json\n" +
			"  pipewright simulate --policy planner,q-coarse,q-masked -o curves.png",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := f.settle(cmd.Flags().Changed); err != nil {
				return err
			}
			report, err := p.simulate(cmd.Context(), f.opt)
			if err != nil {
				return err
			}
			if f.picture != "" {
				if err := drawCurves(f.picture, report); err != nil {
					return err
				}
			}
			if f.reliability != "" {
				if err := drawReliability(f.reliability, report, f.opt.Policies[0]); err != nil {
					return err
				}
			}
			return p.printTrial(report, f.asJSON)
		},
	}
	fl := cmd.Flags()
	fl.IntVar(&f.opt.Worlds, "worlds", 24, "worlds, each drawn by its own seed")
	fl.IntVar(&f.opt.Incidents, "incidents", 1000, "incidents that a policy learns from in each world")
	fl.IntVar(&f.opt.Test, "test", 300, "later incidents of each world that a policy is measured on")
	fl.IntSliceVar(&f.opt.Checkpoints, "at", nil, "measure after these numbers of incidents (default 0,50,100,300,1000 and the last)")
	fl.StringSliceVar(&f.opt.Policies, "policy", []string{"planner", "strict", "tiered"}, "policies to try, beside the baselines")
	fl.Uint64Var(&f.opt.Seed, "seed", 1000, "seed of the first world; the others follow")
	fl.StringVar(&f.quality, "catalogue", string(trial.Good), "what the agent knows: shipped, good (15 % wrong, 4 causes missing), poor (40 % wrong, more missing) or misleading")
	fl.BoolVar(&f.noLogs, "no-logs", false, "no log lines can be seen")
	fl.BoolVar(&f.noProbes, "no-probes", false, "no read-only checks can be run")
	fl.StringVar(&f.scenario, "scenario", "", "scenario file of the worlds (YAML)")
	fl.BoolVar(&f.quick, "quick", false, "a first table within a minute: 4 worlds, 100 incidents")
	fl.BoolVar(&f.asJSON, "json", false, "print one object a policy and checkpoint")
	fl.StringVarP(&f.picture, "output", "o", "", "also draw the learning curves into this PNG file")
	fl.StringVar(&f.reliability, "reliability", "", "also draw how well the first policy's plans were predicted into this PNG file")
	return cmd
}

// settle fills in what follows from other flags.
func (f *simulateFlags) settle(changed func(string) bool) error {
	o := &f.opt
	o.Logs, o.Probes, o.Quality, o.Workers = !f.noLogs, !f.noProbes, trial.Quality(f.quality), runtime.GOMAXPROCS(0)
	if f.quick {
		for name, set := range map[string]func(){ // each by itself: the order does not matter
			"worlds": func() { o.Worlds = 4 }, "incidents": func() { o.Incidents = 100 }, "test": func() { o.Test = 100 },
		} {
			if !changed(name) {
				set()
			}
		}
	}
	if len(o.Checkpoints) == 0 {
		o.Checkpoints = trial.Checkpoints(o.Incidents)
	}
	slices.Sort(o.Checkpoints)
	for _, file := range []string{f.picture, f.reliability} {
		if file != "" && !strings.HasSuffix(strings.ToLower(file), ".png") {
			return pipewright.Errorf(pipewright.Invalid, "draw a picture: %s: name a file that ends in .png", file)
		}
	}
	if f.reliability != "" && len(o.Policies) == 0 {
		return pipewright.Errorf(pipewright.Invalid, "--reliability needs a --policy")
	}
	if f.scenario != "" {
		sc, err := loadScenario(f.scenario)
		if err != nil {
			return err
		}
		o.Scenario = sc
	}
	return o.Check()
}

// simulate runs a trial, with a progress bar where there is a terminal.
func (p program) simulate(ctx context.Context, o trial.Options) (*trial.Report, error) {
	bar, done := p.progress(o.Work(), "incidents")
	report, err := trial.Run(ctx, o, bar)
	done(err)
	return report, err
}

// progress draws a bar on the error output when that is a terminal. done ends it.
func (p program) progress(total int, what string) (tick func(int), done func(error)) {
	f, ok := p.err.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return func(int) {}, func(error) {}
	}
	all := mpb.New(mpb.WithOutput(f), mpb.WithWidth(48))
	bar := all.AddBar(int64(total),
		mpb.PrependDecorators(decor.CountersNoUnit("%d / %d "+what)),
		mpb.AppendDecorators(decor.Percentage(), decor.Name(" "), decor.AverageETA(decor.ET_STYLE_GO)),
		mpb.BarRemoveOnComplete())
	return func(n int) { bar.IncrBy(n) }, func(err error) {
		if err != nil {
			bar.Abort(true)
		} else {
			bar.SetTotal(-1, true)
		}
		all.Wait()
	}
}

// printTrial prints the rows of frozen copies.
func (p program) printTrial(r *trial.Report, asJSON bool) error {
	rows := r.Rows()
	if asJSON {
		return printRows(p.out, rows)
	}
	w := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "policy\tafter\tscore R %\tscore O %\treturn\tMTTR min\tauto %\tauto ok %\tharm/1000\tasks/100\tSLO %\tECE\tcause %\t< rules\t")
	last := ""
	for _, x := range rows {
		if isAnchor(x.Policy) && x.Policy == last {
			continue // it does not learn
		}
		last = x.Policy
		fmt.Fprintf(w, "%s\t%d\t%.0f ± %.0f\t%.0f ± %.0f\t%.3f\t%.1f\t%.0f\t%s\t%.1f\t%.0f\t%.0f\t%.3f\t%s\t%d\t\n", x.Policy, x.Incidents,
			100*x.ScoreR, 100*x.CI95["score_r"], 100*x.ScoreO, 100*x.CI95["score_o"], x.Return, x.MTTR, 100*x.AutoShare,
			dash(x.AutoOK, x.AutoShare > 0), x.Harm, x.Asks, 100*x.SLO, x.ECE, dash(x.Cause, x.Cause > 0), x.BelowRules)
	}
	if err := w.Flush(); err != nil {
		return pipewright.Errorf(pipewright.Unavailable, "write the table: %w", err)
	}
	fmt.Fprintf(p.out, "%d worlds from seed %d, %d test incidents each, catalogue %s; ± is a 95 %% interval over worlds.\n",
		r.Options.Worlds, r.Options.Seed, r.Options.Test, r.Options.Quality)
	return nil
}

func isAnchor(policy string) bool {
	return slices.Contains([]string{"rules", "ceiling", "always-escalate", "oracle", "random", "always-retry"}, policy)
}

func dash(share float64, known bool) string {
	if !known {
		return "-"
	}
	return fmt.Sprintf("%.0f", 100*share)
}

func printRows[T any](out io.Writer, rows []T) error {
	enc := json.NewEncoder(out)
	for _, x := range rows {
		if err := enc.Encode(x); err != nil {
			return pipewright.Errorf(pipewright.Unavailable, "write the rows: %w", err)
		}
	}
	return nil
}

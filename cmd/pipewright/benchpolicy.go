package main

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime"
	"strconv"
	"text/tabwriter"

	"github.com/spf13/cobra"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/trial"
)

// benchPolicyCommand measures what the learner is held to.
func (p program) benchPolicyCommand() *cobra.Command {
	var asJSON, noLogs, both bool
	var o trial.Options
	cmd := &cobra.Command{
		Use:   "policy",
		Short: "The learner against hand rules, ceilings and its goals, on worlds of the simulated plant",
		Long: "Runs every experiment that the learner is held to: scores with a good and a poor catalogue, both gates, a change\n" +
			"of regime, promotion from a log, Q-learning beside the planner, and the time that decisions take. It takes some\n" +
			"minutes; --worlds 4 gives a first impression.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.Logs, o.Probes, o.Workers, o.Incidents, o.Quality = !noLogs, true, runtime.GOMAXPROCS(0), 1000, trial.Good
			o.Checkpoints = trial.Checkpoints(o.Incidents)
			o.Policies = []string{"planner"}
			if err := o.Check(); err != nil {
				return err
			}
			rows, err := p.benchPolicy(cmd.Context(), o)
			if err != nil {
				return err
			}
			if both && !noLogs {
				o.Logs = false
				without, err := p.benchPolicy(cmd.Context(), o)
				if err != nil {
					return err
				}
				trial.Beside(rows, without)
			}
			if asJSON {
				return json.NewEncoder(p.out).Encode(map[string]any{"rows": rows})
			}
			return p.printGoals(rows)
		},
	}
	fl := cmd.Flags()
	fl.IntVar(&o.Worlds, "worlds", 24, "worlds, each drawn by its own seed")
	fl.IntVar(&o.Test, "test", 300, "later incidents of each world that a policy is measured on")
	fl.Uint64Var(&o.Seed, "seed", 1000, "seed of the first world; the others follow")
	fl.BoolVar(&noLogs, "no-logs", false, "no log lines can be seen")
	fl.BoolVar(&both, "both", false, "each figure also where no log lines can be seen: twice the time")
	fl.BoolVar(&asJSON, "json", false, "print JSON for machines")
	return cmd
}

func (p program) benchPolicy(ctx context.Context, o trial.Options) ([]trial.Goal, error) {
	bar, done := p.progress(trial.BenchWork(o), "incidents")
	rows, err := trial.Bench(ctx, o, p.now, bar)
	done(err)
	return rows, err
}

// printGoals prints each figure beside its goal.
func (p program) printGoals(rows []trial.Goal) error {
	w := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "what\tmeasured\t±\twithout logs\t±\tunit\tgoal\t\ttable plant")
	for _, r := range rows {
		met := ""
		if r.Goal != "" {
			met = map[bool]string{true: "met", false: "NOT MET"}[r.Met]
		}
		other, ci := "", ""
		if r.Without != nil {
			other, ci = digits(r.Without.Value), digits(r.Without.CI95)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", r.What, digits(r.Value), digits(r.CI95), other, ci, r.Unit, r.Goal, met, r.Peer)
	}
	if err := w.Flush(); err != nil {
		return pipewright.Errorf(pipewright.Unavailable, "write the table: %w", err)
	}
	return nil
}

// digits writes a figure with three digits that count.
func digits(x float64) string {
	if x == 0 {
		return "0"
	}
	return strconv.FormatFloat(x, 'g', 3, 64)
}

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/catalogue"
	"github.com/pipewright/pipewright/agent/heal"
	"github.com/pipewright/pipewright/internal/config"
	"github.com/pipewright/pipewright/rl"
)

// oddsRow is what is believed about one verb under one cause.
type oddsRow struct {
	Cause    string                `json:"cause"`
	Class    pipewright.FaultClass `json:"fault_class"`
	Verb     pipewright.Verb       `json:"verb"`
	Recovery float64               `json:"recovery"`
	Low      float64               `json:"low"`
	High     float64               `json:"high"`
	Harm     float64               `json:"harm"`
	Seen     float64               `json:"seen"` // verified outcomes, weighted by belief
}

func (p program) policyCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "policy", Short: "Show what is believed to help, and how sure that is"}
	cmd.AddCommand(p.policyShowCommand(), p.policyModeCommand(), p.policyVersionsCommand(), p.policyVerifyCommand(), p.policyPlotCommand(), p.policyWhyCommand(), p.policyExportCommand(),
		p.policyMoveCommand(pipewright.PolicyActive, "promote VERSION", "Let a version decide, if the evaluation on past incidents has passed it", cobra.ExactArgs(1)),
		p.policyMoveCommand(pipewright.PolicyBack, "rollback", "Go back to the version that decided before; no rung is raised", cobra.NoArgs),
		p.policyMoveCommand(pipewright.BreakerReset, "reset", "Close the breaker: after failed plans everything is asked about until then", cobra.NoArgs))
	return cmd
}

func (p program) policyShowCommand() *cobra.Command {
	var f dbFlags
	cmd := &cobra.Command{
		Use:   "show [CAUSE or FAULT CLASS]",
		Short: "Print the odds of each verb under each cause: the catalogue's level, moved by verified outcomes",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			know, err := p.know(f)
			if err != nil {
				return err
			}
			policy, err := p.trained(cmd.Context(), f, know)
			if err != nil {
				return err
			}
			rows := oddsTable(know, policy.Model, args)
			if len(rows) == 0 {
				return pipewright.Errorf(pipewright.NotFound, "%q is neither a cause nor a fault class: `pipewright policy show` without it lists them", strings.Join(args, " "))
			}
			return p.printOdds(f, know, rows)
		},
	}
	f.add(cmd)
	return cmd
}

// trained is the policy that a store's journal teaches.
func (p program) trained(ctx context.Context, f dbFlags, know knowledge) (policy heal.Policy, err error) {
	cfg, err := p.healing(f)
	if err != nil {
		return policy, err
	}
	err = p.withStore(ctx, f, func(ctx context.Context, store anyStore) error {
		log, err := heal.ReadLog(ctx, store)
		if err != nil {
			return err
		}
		policy, err = heal.Train(know.catalogue, cfg, log)
		return err
	})
	return policy, err
}

// healing is the loop's part of the configuration, the strict defaults without one.
func (p program) healing(f dbFlags) (heal.Config, error) {
	if f.config == "" {
		return heal.Defaults(), nil
	}
	cfg, err := config.Load(f.config, p.env)
	if err != nil {
		return heal.Config{}, err
	}
	return healConfig(cfg)
}

func oddsTable(know knowledge, m *rl.Model, only []string) []oddsRow {
	var rows []oddsRow
	for _, cause := range know.catalogue.Causes {
		if len(only) == 1 && only[0] != cause.Name && only[0] != string(cause.Class) {
			continue
		}
		for _, h := range cause.Helps {
			ok, harm := m.Recovery(cause.Name, string(h.Verb)), m.Harm(cause.Name, string(h.Verb))
			rows = append(rows, oddsRow{
				Cause: cause.Name, Class: cause.Class, Verb: h.Verb, Recovery: ok.Mean(), Low: ok.Quantile(0.1), High: ok.Quantile(0.9),
				Harm: harm.Mean(), Seen: ok.A + ok.B - catalogue.RecoveryStrength,
			})
		}
	}
	return rows
}

func (p program) printOdds(f dbFlags, know knowledge, rows []oddsRow) error {
	if f.json {
		enc := json.NewEncoder(p.out)
		for _, r := range rows {
			if err := enc.Encode(r); err != nil {
				return err
			}
		}
		return nil
	}
	fmt.Fprintf(p.out, "catalogue %.12s, %d causes\n", know.catalogue.Hash, len(know.catalogue.Causes))
	w := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "CAUSE\tCLASS\tVERB\tRECOVERY\t10 % TO 90 %\tHARM\tSEEN")
	for _, r := range rows {
		fmt.Fprintf(w, "%s\t%s\t%s\t%.2f\t%.2f to %.2f\t%.3f\t%.1f\n", r.Cause, r.Class, r.Verb, r.Recovery, r.Low, r.High, r.Harm, r.Seen)
	}
	return w.Flush()
}

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/internal/config"
)

func (p program) policyModeCommand() *cobra.Command {
	var f dbFlags
	var env, reason string
	cmd := &cobra.Command{
		Use:   "mode [CLASS ACTION RUNG]",
		Short: "Say how far it may go alone, or show what people said",
		Long: `Say how far Pipewright may go alone: for a fault class, a pattern of actions and, with --env, one environment.
The rung is observe (journal what it would do), suggest (say it), ask (propose it), auto (do it, if the odds are
good enough), or default (what the configuration says). It holds over the configuration until it is changed back;
where several match, the strictest holds. "*" is every class or every action.

  pipewright policy mode transient_network 'glue.*' ask
  pipewright policy mode '*' '*' observe
  pipewright policy mode '*' '*' default`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 0 && len(args) != 3 {
				return pipewright.Errorf(pipewright.Invalid, "give a fault class, an action and a rung, such as transient_network 'glue.*' ask; or nothing, to see what holds")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return p.showModes(cmd.Context(), f)
			}
			change, err := pipewright.ParseModeChange(args[0], args[1], env, args[2])
			if err != nil {
				return err
			}
			return p.withStore(cmd.Context(), f, func(ctx context.Context, store anyStore) error {
				return p.request(ctx, store, f, pipewright.Request{Kind: pipewright.RequestMode, Mode: &change, Reason: reason})
			})
		},
	}
	f.add(cmd)
	cmd.Flags().StringVar(&env, "env", "", "only in this environment, the label env of the resource (default: everywhere)")
	cmd.Flags().StringVar(&reason, "reason", "", "why, for the journal")
	return cmd
}

// showModes prints what people said, then what the configuration says beneath it.
func (p program) showModes(ctx context.Context, f dbFlags) error {
	var changes []pipewright.ModeChange
	err := p.withStore(ctx, f, func(ctx context.Context, store anyStore) (err error) {
		changes, err = store.Modes(ctx)
		return err
	})
	if err != nil {
		return err
	}
	if f.json {
		enc := json.NewEncoder(p.out)
		for _, c := range changes {
			if err := enc.Encode(c); err != nil {
				return err
			}
		}
		return nil
	}
	if err := p.printChanges(changes); err != nil {
		return err
	}
	return p.printConfigured(f)
}

func (p program) printChanges(changes []pipewright.ModeChange) error {
	if len(changes) == 0 {
		fmt.Fprintln(p.out, "Nobody changed a mode: the configuration's hold.")
		return nil
	}
	w := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "SET BY PEOPLE\tRUNG\tBY\tAT\tREASON")
	for _, c := range changes {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", c.Scope(), c.Rung, pipewright.Visible(c.By), c.At.UTC().Format(time.RFC3339), pipewright.Visible(c.Reason))
	}
	return w.Flush()
}

func (p program) printConfigured(f dbFlags) error {
	if f.config == "" {
		fmt.Fprintln(p.out, "With -c FILE, the configuration's modes are shown too.")
		return nil
	}
	cfg, err := config.Load(f.config, p.env)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "CONFIGURED\tRUNG")
	for _, m := range cfg.Heal.Modes {
		scope := pipewright.ModeChange{Class: pipewright.FaultClass(m.Class), Action: m.Action, Env: m.Env}.Scope()
		if m.Risk != "" {
			scope += " of risk " + m.Risk
		}
		fmt.Fprintf(w, "%s\t%s\n", scope, m.Rung)
	}
	fmt.Fprintln(w, "anything else\task")
	return w.Flush()
}

func (p program) feedbackCommand() *cobra.Command {
	var f dbFlags
	cmd := &cobra.Command{
		Use:   "feedback INCIDENT right|wrong|CAUSE",
		Short: "Say whether an incident's diagnosis was right, or what the cause really was",
		Args:  cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			know, err := p.know(f)
			if err != nil {
				return err
			}
			if _, known := know.catalogue.Cause(args[1]); !known && args[1] != "right" && args[1] != "wrong" {
				return pipewright.Errorf(pipewright.NotFound, "%q is neither right, wrong nor a cause: `pipewright policy show` lists the causes", args[1])
			}
			return p.withStore(cmd.Context(), f, func(ctx context.Context, store anyStore) error {
				return p.request(ctx, store, f, pipewright.Request{Kind: pipewright.RequestFeedback, Incident: args[0], Reason: args[1]})
			})
		},
	}
	f.add(cmd)
	return cmd
}

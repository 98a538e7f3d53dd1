package main

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/heal"
)

func (p program) policyWhyCommand() *cobra.Command {
	var f dbFlags
	cmd := &cobra.Command{
		Use:   "why DECISION",
		Short: "Make a decision again from its record, and say why it was made",
		Long: `Make a decision again from its record, with the policy version that made it, rebuilt from the journal. DECISION is
the number of its event (` + "`pipewright incidents --json`" + ` shows it as seq) or an incident, for its last decision.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.withStore(cmd.Context(), f, func(ctx context.Context, store anyStore) error {
				return p.why(ctx, f, store, args[0])
			})
		},
	}
	f.add(cmd)
	return cmd
}

// reason is what `policy why --json` prints.
type reason struct {
	Seq       int64                `json:"seq"`
	Incident  string               `json:"incident"`
	Replay    heal.Replayed        `json:"replay"`
	Paragraph string               `json:"paragraph"`
	Decision  *pipewright.Decision `json:"decision"`
}

func (p program) why(ctx context.Context, f dbFlags, store anyStore, which string) error {
	e, of, err := decisionNamed(ctx, store, which)
	if err != nil {
		return err
	}
	know, err := p.know(f)
	if err != nil {
		return err
	}
	cfg, err := p.healing(f)
	if err != nil {
		return err
	}
	loop, err := besides(store, cfg, know, systems{})
	if err != nil {
		return err
	}
	r := reason{Seq: e.Seq, Incident: e.Incident, Decision: e.Decision}
	if r.Replay, err = loop.Replay(ctx, *e.Decision, of); err != nil {
		return err
	}
	if r.Paragraph, err = loop.Why(ctx, *e.Decision); err != nil {
		return err
	}
	if f.json {
		return json.NewEncoder(p.out).Encode(r)
	}
	fmt.Fprintf(p.out, "Decision %d, in %s, by policy %.14s\n%s\n", r.Seq, r.Incident, e.Decision.Policy, r.Paragraph)
	_, err = fmt.Fprintln(p.out, sayReplay(r.Replay))
	return err
}

func sayReplay(r heal.Replayed) string {
	switch {
	case !r.Same:
		return "Made again from its record: it differs. " + r.Why
	case !r.Model:
		return "Made again from its record: the same, bit for bit. By the model rebuilt from the journal: not checked. " + r.Why
	}
	say := "Made again from its record, and by the model rebuilt from the journal: the same, bit for bit."
	if r.Checks > 0 {
		say += fmt.Sprintf(" So is the choice of the checks before it, %d.", r.Checks)
	}
	return say
}

// decisionNamed is the event of a decision, by its number or by its incident, and the
// diagnosis that it followed.
func decisionNamed(ctx context.Context, store anyStore, which string) (pipewright.Event, *pipewright.Diagnosis, error) {
	incident := which
	seq, err := strconv.ParseInt(which, 10, 64)
	if err == nil {
		at, err := store.Events(ctx, pipewright.EventQuery{AfterSeq: seq - 1, Limit: 1})
		if err != nil {
			return pipewright.Event{}, nil, err
		}
		if len(at) == 1 && at[0].Seq == seq {
			incident = at[0].Incident
		}
	}
	events, err := store.Events(ctx, pipewright.EventQuery{Incident: incident, Limit: mostEvents})
	if err != nil {
		return pipewright.Event{}, nil, err
	}
	var found *pipewright.Event
	var of, latest *pipewright.Diagnosis
	for i, e := range events {
		if e.Diagnosis != nil {
			latest = e.Diagnosis
		}
		if e.Decision == nil || len(e.Decision.Record) == 0 || seq != 0 && e.Seq != seq {
			continue
		}
		if found == nil || e.Decision.Paragraph != "" { // a later step of an action says what its first one did
			found, of = &events[i], latest
		}
	}
	if found == nil {
		return pipewright.Event{}, nil, pipewright.Errorf(pipewright.NotFound, "%q is neither the number of a decision nor an incident with one: `pipewright incidents --json` lists the journal", which)
	}
	return *found, of, nil
}

// mostEvents of one incident are read.
const mostEvents = 100_000

func beginsWith(version, start string) bool {
	start = strings.TrimPrefix(start, "sha256:")
	return start != "" && strings.HasPrefix(strings.TrimPrefix(version, "sha256:"), start)
}

func (p program) policyExportCommand() *cobra.Command {
	var f dbFlags
	var format string
	cmd := &cobra.Command{
		Use:   "export",
		Short: "Write (state, action, reward, next state) of every closed incident, for other learners",
		Long: `Write one row a decision whose result was verified: state, action, reward (+1 recovered, 0 unchanged, -1 made
worse) before prices, next state. jsonl has the whole state as it was journaled; csv has names and numbers only.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if format != "jsonl" && format != "csv" {
				return pipewright.Errorf(pipewright.Invalid, "--format %q is not jsonl or csv", format)
			}
			return p.withStore(cmd.Context(), f, func(ctx context.Context, store anyStore) error {
				log, err := heal.ReadLog(ctx, store)
				if err != nil {
					return err
				}
				if format == "csv" {
					return p.exportCSV(log.Transitions())
				}
				enc := json.NewEncoder(p.out)
				for _, t := range log.Transitions() {
					if err := enc.Encode(t); err != nil {
						return err
					}
				}
				return nil
			})
		},
	}
	f.add(cmd)
	cmd.Flags().StringVar(&format, "format", "jsonl", "jsonl or csv")
	return cmd
}

func (p program) exportCSV(rows []heal.Transition) error {
	w := csv.NewWriter(p.out)
	if err := w.Write([]string{"incident", "step", "error", "stage", "top_cause", "top_belief", "action", "target", "propensity", "result", "reward", "price", "done", "next_top_cause", "policy"}); err != nil {
		return err
	}
	number := func(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }
	for _, t := range rows {
		cause, belief := t.Top()
		next := ""
		if t.Next != nil && len(t.Next.Hypotheses) > 0 {
			next = t.Next.Hypotheses[0].Cause
		}
		if err := w.Write([]string{t.Incident, strconv.Itoa(t.Step), t.State.Context.Error, t.State.Context.Stage, cause, number(belief), t.Action, t.Target,
			number(t.Propensity), string(t.Result), number(t.Reward), number(t.Price), strconv.FormatBool(t.Done), next, t.Policy}); err != nil {
			return err
		}
	}
	w.Flush()
	return w.Error()
}

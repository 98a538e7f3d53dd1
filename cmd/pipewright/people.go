package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os/user"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	pipewright "github.com/pipewright/pipewright"
)

// people.go holds the verbs with which a person answers: approve, deny, undo,
// pause and resume. Each writes a request that the loop picks up and checks.

func (p program) approveCommand() *cobra.Command {
	return p.settleCommand("approve", "Approve a proposed action", pipewright.RequestApprove)
}

func (p program) denyCommand() *cobra.Command {
	return p.settleCommand("deny", "Deny a proposed action", pipewright.RequestDeny)
}

func (p program) settleCommand(verb, short string, kind pipewright.RequestKind) *cobra.Command {
	var f dbFlags
	var reason string
	cmd := &cobra.Command{
		Use:   verb + " [APPROVAL or INCIDENT]",
		Short: short,
		Long:  short + ". Without a name, the only one that waits is meant.",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.withStore(cmd.Context(), f, func(ctx context.Context, store anyStore) error {
				ap, err := pendingApproval(ctx, store, args)
				if err != nil {
					return err
				}
				if ap.State != pipewright.ApprovalPending { // whether it has expired by now, the loop knows: its clock counts
					return pipewright.Errorf(pipewright.Denied, "%s is already %s: `pipewright incidents %s` says what came of it", ap.ID, ap.State, ap.Incident)
				}
				return p.request(ctx, store, f, pipewright.Request{Kind: kind, Approval: ap.ID, ActionHash: ap.ActionHash, Incident: ap.Incident, Reason: reason})
			})
		},
	}
	f.add(cmd)
	cmd.Flags().StringVar(&reason, "reason", "", "why, for the journal")
	return cmd
}

// pendingApproval finds the approval that is meant: by its id, its incident's,
// or as the only one that waits.
func pendingApproval(ctx context.Context, store anyStore, args []string) (pipewright.Approval, error) {
	pending, err := store.Approvals(ctx, pipewright.ApprovalPending)
	if err != nil {
		return pipewright.Approval{}, err
	}
	if len(args) == 0 && len(pending) == 1 {
		return pending[0], nil
	}
	var ids []string
	for _, ap := range pending {
		if len(args) == 1 && (ap.ID == args[0] || ap.Incident == args[0]) {
			return ap, nil
		}
		ids = append(ids, waiting(ap))
	}
	switch {
	case len(args) == 1 && strings.HasPrefix(args[0], "ap-"):
		return store.Approval(ctx, args[0]) // settled already
	case len(pending) == 0:
		return pipewright.Approval{}, pipewright.Errorf(pipewright.NotFound, "nothing waits for an approval")
	default:
		return pipewright.Approval{}, pipewright.Errorf(pipewright.Invalid, "say which: %s", strings.Join(ids, ", "))
	}
}

// waiting says what an approval is for and who has given it so far.
func waiting(ap pipewright.Approval) string {
	say := fmt.Sprintf("%s (%s on %s", ap.ID, ap.Action.Kind, ap.Action.Target)
	for _, s := range ap.Given {
		say += ", approved by " + pipewright.Visible(s.By)
	}
	if ap.Needs > 1 {
		say += fmt.Sprintf(", needs %d people", ap.Needs)
	}
	return say + ")"
}

func (p program) undoCommand() *cobra.Command {
	var f dbFlags
	cmd := &cobra.Command{
		Use:   "undo INCIDENT",
		Short: "Propose the inverse of an incident's last action",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.withStore(cmd.Context(), f, func(ctx context.Context, store anyStore) error {
				if _, err := store.Incident(ctx, args[0]); err != nil {
					return err
				}
				return p.request(ctx, store, f, pipewright.Request{Kind: pipewright.RequestUndo, Incident: args[0]})
			})
		},
	}
	f.add(cmd)
	return cmd
}

func (p program) pauseCommand() *cobra.Command {
	var f dbFlags
	var until, reason string
	cmd := &cobra.Command{
		Use:   "pause [RESOURCE]",
		Short: "Stop autonomous action on a resource, or everywhere (the kill switch)",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.withStore(cmd.Context(), f, func(ctx context.Context, store anyStore) error {
				rq := pipewright.Request{Kind: pipewright.RequestPause, Reason: reason}
				now, err := p.nowOf(ctx, store)
				if err != nil {
					return err
				}
				if rq.Until, err = untilOf(until, now); err != nil {
					return err
				}
				if rq.Resource, err = observed(ctx, store, args); err != nil {
					return err
				}
				return p.request(ctx, store, f, rq)
			})
		},
	}
	f.add(cmd)
	cmd.Flags().StringVar(&until, "until", "", "when it ends: a duration (2h) or a time (2026-11-20T06:00:00Z); empty: until resumed")
	cmd.Flags().StringVar(&reason, "reason", "", "why, for the journal")
	return cmd
}

func (p program) resumeCommand() *cobra.Command {
	var f dbFlags
	cmd := &cobra.Command{
		Use:   "resume [RESOURCE]",
		Short: "Lift a pause",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.withStore(cmd.Context(), f, func(ctx context.Context, store anyStore) error {
				rq := pipewright.Request{Kind: pipewright.RequestResume}
				var err error
				if rq.Resource, err = observed(ctx, store, args); err != nil {
					return err
				}
				return p.request(ctx, store, f, rq)
			})
		},
	}
	f.add(cmd)
	return cmd
}

// observed checks that the resource named, if any, was ever observed.
func observed(ctx context.Context, store anyStore, args []string) (pipewright.ResourceID, error) {
	if len(args) == 0 {
		return "", nil
	}
	id, err := pipewright.ParseResourceID(args[0])
	if err != nil {
		return "", err
	}
	known, err := store.Resources(ctx)
	if err != nil {
		return "", err
	}
	if !slices.ContainsFunc(known, func(r pipewright.Resource) bool { return r.ID == id }) {
		return "", pipewright.Errorf(pipewright.NotFound, "%s was never observed", id)
	}
	return id, nil
}

// untilOf reads an end of a pause: empty, a duration from now, or a time.
func untilOf(s string, now time.Time) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	if d, err := time.ParseDuration(s); err == nil && d > 0 {
		return now.Add(d), nil
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return time.Time{}, pipewright.Errorf(pipewright.Invalid, "--until %q is neither a duration such as 2h nor a time such as 2026-11-20T06:00:00Z", s)
	}
	if !t.After(now) {
		return time.Time{}, pipewright.Errorf(pipewright.Invalid, "--until %q has passed: it is %s", s, now.Format(time.RFC3339))
	}
	return t, nil
}

// answerWithin is how long a command waits for the loop's answer.
const answerWithin = 15 * time.Second

// request writes a request, waits for the loop's answer and prints it.
func (p program) request(ctx context.Context, store anyStore, f dbFlags, rq pipewright.Request) error {
	now, err := p.nowOf(ctx, store)
	if err != nil {
		return err
	}
	rq.Who, rq.Surface, rq.At = p.who(), "cli", now
	if rq, err = store.AddRequest(ctx, rq); err != nil {
		return err
	}
	if running, err := store.LoopRuns(); err != nil || !running {
		fmt.Fprintf(p.out, "%s is kept, and done when a loop runs on %s again\n", rq.ID, store.Path())
		return err
	}
	return p.await(ctx, store, f, rq.ID)
}

// await polls for the loop's answer. The wait is on the wall clock: the loop is
// another process.
func (p program) await(ctx context.Context, store anyStore, f dbFlags, id string) error {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		rq, err := store.Request(ctx, id)
		if err != nil {
			return err
		}
		if rq.Result != "" {
			return p.printRequest(f, rq)
		}
		select {
		case <-ctx.Done():
			return pipewright.Errorf(pipewright.Unavailable, "%s is kept, but the loop has not answered in %s", id, answerWithin)
		case <-tick.C:
		}
	}
}

func (p program) printRequest(f dbFlags, rq pipewright.Request) error {
	if f.json {
		if err := json.NewEncoder(p.out).Encode(rq); err != nil {
			return err
		}
	} else if rq.OK {
		fmt.Fprintln(p.out, rq.Result)
	}
	if !rq.OK {
		return pipewright.Errorf(pipewright.Denied, "%s", rq.Result)
	}
	return nil
}

// who is the person at this terminal, as the operating system knows them.
func (p program) who() string {
	if u, err := user.Current(); err == nil && u.Username != "" {
		return u.Username
	}
	return "uid-unknown"
}

package heal

import (
	"context"
	"fmt"
	"slices"
	"time"

	pipewright "github.com/pipewright/pipewright"
)

// settled reads the approval a request speaks of and checks that this person
// may settle exactly this action now.
func (l *Loop) settled(ctx context.Context, rq pipewright.Request, now time.Time) (pipewright.Approval, pipewright.Incident, error) {
	ap, err := l.Recovery.Approval(ctx, rq.Approval)
	if err != nil {
		return ap, pipewright.Incident{}, err
	}
	if err := ap.Check(rq.ActionHash, rq.Who, now); err != nil {
		return ap, pipewright.Incident{}, err
	}
	inc := l.find(ap.Incident)
	if inc.State != pipewright.Waiting || inc.Approval != ap.ID || inc.Action.Hash() != ap.ActionHash {
		return ap, inc, pipewright.Errorf(pipewright.Denied, "%s no longer waits for %s", ap.Incident, ap.ID)
	}
	return ap, inc, nil
}

// approve adds a person's signature. With the last one that is needed the action
// runs, if the guards still agree at this moment.
func (l *Loop) approve(ctx context.Context, rq pipewright.Request, now time.Time) error {
	ap, inc, err := l.settled(ctx, rq, now)
	if err != nil {
		return err
	}
	need := max(ap.Needs, l.cfg.needs(ap.Action, l.env(ap.Action.Target)))
	if ap.Given, err = l.cfg.countersign(ap, inc, signature(rq, now), need); err != nil {
		return err
	}
	if len(ap.Given) < need {
		return l.keepSignature(ctx, ap, inc, rq, need)
	}
	if err := l.Fresh(ctx, now); err != nil {
		l.Log.Warn("sources could not all be read before acting", "incident", inc.ID, "err", err)
	}
	by := signers(ap.Given)
	ap.State, ap.By, ap.At, ap.Reason = pipewright.ApprovalUsed, rq.By(), now, rq.Reason
	c := l.caseOf(ctx, inc, now)
	c.Approved = &ap
	if v := l.guards.Judge(c); v.Ruling != pipewright.Allow {
		return pipewright.Errorf(pipewright.Denied, "not now (%s): %s", v.By, v.Why)
	}
	if need < 2 && ap.Given[0].As == "" {
		ap.Given = nil // By and At say it all
	}
	rq.OK, rq.Result = true, fmt.Sprintf("approved: %s on %s", ap.Action.Kind, ap.Action.Target)
	return l.act(ctx, inc, now, pipewright.Verdict{Ruling: pipewright.Allow, By: "approval", Why: fmt.Sprintf("approved by %s (%s)", by, ap.ID)},
		Entry{Approvals: []pipewright.Approval{ap}, Handled: []pipewright.Request{rq}})
}

// keepSignature stores an approval that is not the last one needed, for others to see.
func (l *Loop) keepSignature(ctx context.Context, ap pipewright.Approval, inc pipewright.Incident, rq pipewright.Request, need int) error {
	ap.Needs = need
	last := ap.Given[len(ap.Given)-1]
	say := fmt.Sprintf("approved by %s (%s), %d of %d: %s on %s waits for another person until %s",
		signers(ap.Given), ap.ID, len(ap.Given), need, ap.Action.Kind, ap.Action.Target, clock(ap.Expires))
	rq.OK, rq.Result = true, say
	e := pipewright.Event{At: last.At, Incident: inc.ID, Approval: ap.ID, Who: last.By, Note: say + because(rq.Reason)}
	return l.commit(ctx, Entry{Events: []pipewright.Event{e}, Approvals: []pipewright.Approval{ap}, Handled: []pipewright.Request{rq}})
}

func signature(rq pipewright.Request, now time.Time) pipewright.Signature {
	s := pipewright.Signature{By: rq.By(), At: now}
	if s.By != rq.Who {
		s.As = rq.Who
	}
	return s
}

// deny ends an approval, whoever has approved already.
func (l *Loop) deny(ctx context.Context, rq pipewright.Request, now time.Time) error {
	ap, inc, err := l.settled(ctx, rq, now)
	if err != nil {
		return err
	}
	ap.State, ap.By, ap.At, ap.Reason = pipewright.ApprovalDenied, rq.By(), now, rq.Reason
	rq.OK, rq.Result = true, fmt.Sprintf("denied: %s on %s", ap.Action.Kind, ap.Action.Target)
	say := "denied by " + rq.By() + because(rq.Reason)
	e := pipewright.Event{At: now, Incident: inc.ID, To: pipewright.Escalated, Who: rq.By(), Approval: ap.ID,
		Verdict: &pipewright.Verdict{By: "approval", Why: say}, Note: say}
	return l.commit(ctx, Entry{Events: []pipewright.Event{e}, Approvals: []pipewright.Approval{ap}, Handled: []pipewright.Request{rq}})
}

// entitled reports whether a signature is one of somebody who may approve.
func (cfg Config) entitled(s pipewright.Signature) bool {
	return slices.Contains(cfg.MayApprove, "*") || slices.Contains(cfg.MayApprove, s.By) || s.As != "" && slices.Contains(cfg.MayApprove, s.As)
}

// countersign adds a signature to those that still count. Where several people are
// needed, who asked for the action and who has signed already add nothing.
func (cfg Config) countersign(ap pipewright.Approval, inc pipewright.Incident, s pipewright.Signature, need int) ([]pipewright.Signature, error) {
	if need < 2 {
		return []pipewright.Signature{s}, nil
	}
	given := cfg.counting(ap.Given, inc)
	if requester(inc, s) {
		return nil, pipewright.Errorf(pipewright.Denied, "%s asked for it, so %s needs %d other people", s.By, ap.ID, need)
	}
	if slices.ContainsFunc(given, func(o pipewright.Signature) bool { return o.By == s.By }) {
		return nil, pipewright.Errorf(pipewright.Denied, "%s has approved %s already; it waits for another person", s.By, ap.ID)
	}
	return append(given, s), nil
}

// stillCounting are the signatures of an approval that hold at this moment.
func (cfg Config) stillCounting(ap pipewright.Approval, inc pipewright.Incident, need int) []pipewright.Signature {
	if need > 1 {
		return cfg.counting(ap.Signatures(), inc)
	}
	return slices.DeleteFunc(slices.Clone(ap.Signatures()), func(s pipewright.Signature) bool { return !cfg.entitled(s) })
}

// counting are the signatures that count towards several: of different people who may
// still approve and did not ask for the action themselves.
func (cfg Config) counting(given []pipewright.Signature, inc pipewright.Incident) (out []pipewright.Signature) {
	for _, s := range given {
		twice := slices.ContainsFunc(out, func(o pipewright.Signature) bool { return o.By == s.By })
		if cfg.entitled(s) && !twice && !requester(inc, s) {
			out = append(out, s)
		}
	}
	return out
}

func requester(inc pipewright.Incident, s pipewright.Signature) bool {
	return inc.Requester != "" && (inc.Requester == s.By || inc.Requester == s.As)
}

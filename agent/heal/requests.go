package heal

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	pipewright "github.com/pipewright/pipewright"
)

// answerRequests does what people asked for on any surface, in the order they
// asked. Each request is settled in the transaction of what it causes.
func (l *Loop) answerRequests(ctx context.Context, now time.Time) error {
	pending, err := l.Recovery.PendingRequests(ctx)
	if err != nil {
		return fmt.Errorf("read requests: %w", err)
	}
	for _, rq := range pending {
		if err := l.answer(ctx, rq, now); err != nil {
			if kind := pipewright.KindOf(err); kind == pipewright.Internal || kind == pipewright.Unavailable && errors.As(err, new(unkept)) {
				return fmt.Errorf("answer %s: %w", rq.ID, err)
			}
			if err := l.reply(ctx, rq, false, err.Error()); err != nil {
				return fmt.Errorf("answer %s: %w", rq.ID, err)
			}
		}
	}
	return nil
}

// reply settles a request that changes nothing else.
func (l *Loop) reply(ctx context.Context, rq pipewright.Request, ok bool, say string) error {
	rq.OK, rq.Result = ok, say
	return l.commit(ctx, Entry{Handled: []pipewright.Request{rq}})
}

func (l *Loop) answer(ctx context.Context, rq pipewright.Request, now time.Time) error {
	if rq.Kind == pipewright.RequestPolicy && rq.Surface == Learned {
		return l.movePolicy(ctx, rq, now)
	}
	if !slices.Contains(l.cfg.MayApprove, "*") && !slices.Contains(l.cfg.MayApprove, rq.Who) {
		return pipewright.Errorf(pipewright.Denied, "%s may not %s here: the configuration's may_approve does not name them", rq.Who, doing(rq.Kind))
	}
	switch rq.Kind {
	case pipewright.RequestApprove:
		return l.approve(ctx, rq, now)
	case pipewright.RequestDeny:
		return l.deny(ctx, rq, now)
	case pipewright.RequestAct:
		return l.requested(ctx, rq, now, rq.Action)
	case pipewright.RequestUndo:
		return l.undo(ctx, rq, now)
	case pipewright.RequestPause:
		return l.pause(ctx, rq, now)
	case pipewright.RequestResume:
		return l.resume(ctx, rq, now)
	case pipewright.RequestMode:
		return l.mode(ctx, rq, now)
	case pipewright.RequestFeedback:
		return l.feedback(ctx, rq)
	case pipewright.RequestPolicy:
		return l.movePolicy(ctx, rq, now)
	}
	return pipewright.Errorf(pipewright.Invalid, "nobody here knows how to %q", rq.Kind)
}

// doing says what a kind of request is, after "may not".
func doing(kind pipewright.RequestKind) string {
	switch kind {
	case pipewright.RequestAct:
		return "ask for actions"
	case pipewright.RequestMode:
		return "change modes"
	case pipewright.RequestFeedback:
		return "judge diagnoses"
	case pipewright.RequestPolicy:
		return "move policy versions"
	}
	return string(kind)
}

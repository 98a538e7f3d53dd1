package mcp

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	pipewright "github.com/pipewright/pipewright"
)

var (
	proposeInput = json.RawMessage(`{"type":"object","properties":{
"action":{"type":"string","maxLength":80,"description":"kind of the action, such as glue.retry"},
"target":{"type":"string","maxLength":240,"description":"resource id, such as glue:job/orders_etl"},
"reason":{"type":"string","minLength":1,"maxLength":300,"description":"why, for the journal"}},
"required":["action","target","reason"],"additionalProperties":false}`)
	proposedSchema = json.RawMessage(`{"type":"object","properties":{"filed":{"type":"boolean"},"request":{"type":"string"},"action":{"type":"string"},"target":{"type":"string"},
"risk":{"type":"string"},"ruling":{"type":"string"},"why":{"type":"string"},"next":{"type":"string"}},"required":["filed","ruling","why"]}`)
)

// proposed is what became of a proposal.
type proposed struct {
	Filed   bool                  `json:"filed"`
	Request string                `json:"request,omitempty"`
	Action  pipewright.ActionKind `json:"action"`
	Target  pipewright.ResourceID `json:"target"`
	Risk    pipewright.Risk       `json:"risk"`
	Ruling  pipewright.Ruling     `json:"ruling"`
	Why     string                `json:"why"`
	Next    string                `json:"next,omitempty"`
}

func (s *Server) addPropose() {
	s.add(offer{name: "propose_action", purpose: "file a proposal to act on one resource; nothing runs unless Pipewright's guards allow it, and where they ask, a person approves elsewhere", input: proposeInput, output: proposedSchema, files: true},
		func(ctx context.Context, args map[string]any) (reply, error) {
			p, err := s.propose(ctx, pipewright.ActionKind(text(args, "action")), text(args, "target"), s.clean(text(args, "reason")))
			if err != nil {
				return reply{}, err
			}
			tree, err := s.plain(p)
			if err != nil {
				return reply{}, err
			}
			obj, _ := tree.(map[string]any)
			return bounded(obj, "", "")
		})
}

// propose files a request to act, unless the guards deny the action now. Risk is
// the actuator's, and arguments are filled in by it when the loop prepares the
// action: a client gives neither.
func (s *Server) propose(ctx context.Context, kind pipewright.ActionKind, target, reason string) (proposed, error) {
	action, err := s.action(ctx, kind, target)
	if err != nil {
		return proposed{}, err
	}
	ruled, err := s.deps.Ask.Proposer.Rule(ctx, action)
	if err != nil {
		return proposed{}, err
	}
	p := proposed{Action: kind, Target: action.Target, Risk: action.Risk, Ruling: ruled.Ruling, Why: ruled.Why}
	if ruled.Ruling != pipewright.Ask && ruled.Ruling != pipewright.Allow {
		p.Next = "not filed: the guards deny it now"
		return p, nil
	}
	now, err := s.deps.Now(ctx)
	if err != nil {
		return proposed{}, err
	}
	if err := s.pace.take(s.deps.Ask.Clock()); err != nil {
		return proposed{}, err
	}
	rq, err := s.deps.Ask.Proposer.Propose(ctx, pipewright.Request{Kind: pipewright.RequestAct, Who: s.deps.Who, Surface: surface, At: now,
		Action: &action, ActionHash: action.Hash(), Resource: action.Target, Reason: reason})
	if err != nil {
		return proposed{}, err
	}
	p.Filed, p.Request, p.Next = true, rq.ID, "the loop checks it again before anything runs; list_approvals shows whether a person is asked"
	return p, nil
}

// action is the action meant, on a resource that Pipewright has observed itself.
func (s *Server) action(ctx context.Context, kind pipewright.ActionKind, target string) (pipewright.Action, error) {
	id, err := pipewright.ParseResourceID(target)
	if err != nil {
		return pipewright.Action{}, err
	}
	observed, err := s.deps.World.Resources(ctx)
	if err != nil {
		return pipewright.Action{}, err
	}
	if !slices.ContainsFunc(observed, func(r pipewright.Resource) bool { return r.ID == id }) {
		return pipewright.Action{}, pipewright.Errorf(pipewright.NotFound, "%s was never observed", id)
	}
	act, ok := s.deps.Ask.Tools.Actuator(kind, id)
	if !ok {
		return pipewright.Action{}, pipewright.Errorf(pipewright.Invalid, "%q cannot be done to %s%s", kind, id, s.instead(id))
	}
	return pipewright.Action{Kind: act.Kind, Target: id, Risk: act.Risk}, nil
}

func (s *Server) instead(id pipewright.ResourceID) string {
	var kinds []string
	for _, a := range s.deps.Ask.Tools.For(id) {
		kinds = append(kinds, string(a.Kind))
	}
	if len(kinds) == 0 {
		return "; nothing can"
	}
	return fmt.Sprintf("; %s can", strings.Join(kinds, ", "))
}

// A client that runs in circles must not fill the store: so many proposals in so
// long, by the wall clock, for the server as a whole.
const (
	mostProposals = 10
	paceWindow    = 10 * time.Minute
)

type pace struct {
	mu    sync.Mutex
	taken []time.Time
}

func (p *pace) take(now time.Time) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.taken = slices.DeleteFunc(p.taken, func(t time.Time) bool { return now.Sub(t) >= paceWindow })
	if len(p.taken) >= mostProposals {
		return pipewright.Errorf(pipewright.Denied, "%d proposals were filed in the last %s; wait, or look at what became of them", mostProposals, paceWindow)
	}
	p.taken = append(p.taken, now)
	return nil
}

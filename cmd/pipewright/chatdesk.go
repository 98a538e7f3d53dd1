package main

import (
	"context"
	"slices"
	"strings"
	"sync"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/internal/tui"
)

// desk is a store as the chat sees it. A look costs a few reads by key.
type desk struct {
	p     program
	store anyStore
	said  *murmur // what the loop in this process reports; may be nil
	plant bool    // a demo's: until its clock is in the store, its history is being read
}

// Look says what is new since the last look.
func (d *desk) Look(ctx context.Context, g tui.Glance) (s tui.Sight, err error) {
	if s.Now, err = d.p.nowOf(ctx, d.store); err != nil {
		return s, err
	}
	if d.plant {
		now, err := d.store.Meta(ctx, metaPlantNow)
		if err != nil {
			return s, err
		}
		if now == "" {
			s.Busy = "reading seven days of history…"
		}
	}
	if s.Running, err = d.store.LoopRuns(); err != nil {
		return s, err
	}
	if s.Pauses, err = d.store.Pauses(ctx); err != nil {
		return s, err
	}
	if err := d.journal(ctx, g, &s); err != nil {
		return s, err
	}
	if s.Waiting, err = d.store.Approvals(ctx, pipewright.ApprovalPending); err != nil {
		return s, err
	}
	s.Waiting = slices.DeleteFunc(s.Waiting, func(ap pipewright.Approval) bool { return !s.Now.Before(ap.Expires) })
	for _, id := range g.Requests {
		rq, err := d.store.Request(ctx, id)
		if err != nil {
			return s, err
		}
		if rq.Result != "" {
			s.Settled = append(s.Settled, rq)
		}
	}
	s.Said = d.said.take()
	return s, nil
}

// journal reads the incidents the first time, and afterwards what was journaled since.
func (d *desk) journal(ctx context.Context, g tui.Glance, s *tui.Sight) (err error) {
	if s.Seq = g.After; g.First {
		if s.Incidents, err = d.store.Incidents(ctx, pipewright.IncidentQuery{}); err != nil {
			return err
		}
		for _, inc := range s.Incidents {
			s.Seq = max(s.Seq, inc.Seq)
		}
	}
	if s.Events, err = d.store.Events(ctx, pipewright.EventQuery{AfterSeq: s.Seq}); err != nil {
		return err
	}
	if n := len(s.Events); n > 0 {
		s.Seq = s.Events[n-1].Seq
	}
	if !g.First && len(s.Events) == 0 {
		return nil
	}
	known, err := d.store.Resources(ctx)
	s.Known = []pipewright.ResourceID{}
	for _, r := range known {
		s.Known = append(s.Known, r.ID)
	}
	return err
}

// File keeps a request for the loop, in the name of who sits at the terminal.
func (d *desk) File(ctx context.Context, rq pipewright.Request) (pipewright.Request, error) {
	now, err := d.p.nowOf(ctx, d.store)
	if err != nil {
		return rq, err
	}
	rq.Who, rq.Surface, rq.At = d.p.who(), "chat", now
	return d.store.AddRequest(ctx, rq)
}

// murmur collects what a loop in this process would write to the error output, which the
// chat's screen covers.
type murmur struct {
	mu    sync.Mutex
	lines []string
}

// maxSaid bounds what waits to be shown; the oldest go first.
const maxSaid = 50

func (s *murmur) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lines = append(s.lines, strings.TrimSpace(string(b)))
	s.lines = s.lines[max(len(s.lines)-maxSaid, 0):]
	return len(b), nil
}

func (s *murmur) take() []string {
	if s == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	out := s.lines
	s.lines = nil
	return out
}

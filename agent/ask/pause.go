package ask

import (
	"fmt"
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/ask/when"
)

// pause answers "pause healing for X until 6pm".
func (t *turn) pause() error {
	until, ok := t.untilSaid()
	s, err := t.pickWhole()
	if err != nil || t.settle(s) {
		return err
	}
	r := pipewright.Request{Kind: pipewright.RequestPause, Until: until.UTC()}
	if !ok {
		r.Until = time.Time{}
	}
	t.ans.Window = pipewright.Window{}
	if ok {
		t.ans.Window = pipewright.Window{Start: t.now, End: until}
	}
	where, ok2, err := t.whole(s)
	if err != nil || !ok2 {
		return err
	}
	r.Resource = where
	if t.say("Pause healing %s %s.", place(where), lasting(t, until, ok)); where == "" {
		t.say("That stops everything: no action runs on any resource. Diagnosis goes on. Name a resource, as in \"pause healing for %s\", to pause only that and what is downstream of it; say \"resume everything\" to lift this.", t.example())
	}
	return t.request(r)
}

func (t *turn) untilSaid() (time.Time, bool) {
	at, _, ok := when.Until(t.r.text, t.now)
	return at, ok
}

// pickWhole picks one resource; a kind in the plural cannot be paused as one. A bare "stop"
// is about everything, whatever the thread speaks of.
func (t *turn) pickWhole() (scope, error) {
	if t.r.any("$halt", "$killswitch", "$switchoff") {
		return scope{}, nil
	}
	s, err := t.pick(t.trouble(pipewright.Window{Start: t.now.AddDate(0, 0, -1), End: t.now}))
	if err == nil && len(s.ids) > 1 {
		s.choices, s.ids = s.ids, nil
		t.ans.Resources = []pipewright.ResourceID{}
	}
	return s, err
}

// whole is the resource to pause or resume, or everything when everything was said.
func (t *turn) whole(s scope) (pipewright.ResourceID, bool, error) {
	switch {
	case len(s.ids) == 1:
		return s.ids[0], true, nil
	case len(s.kinds) > 0:
		return "", false, t.oneAtATime(s.kinds)
	case t.r.any("any", "healing", "you", "$handsoff", "$nomore", "$halt", "$killswitch", "$switchoff") || t.r.says("everything", "all"):
		return "", true, nil
	}
	t.ans.Verdict = pipewright.Clarify
	t.next.Pending = t.r.text
	t.say("For what? Name a resource, or say \"everything\".")
	return "", false, nil
}

// example is a resource to show what naming one looks like: one in trouble that the
// thread spoke of, or the first that was observed.
func (t *turn) example() string {
	if len(t.prev.Resources) > 0 {
		return string(t.prev.Resources[0])
	}
	if len(t.world.index.entries) > 0 {
		return string(t.world.index.entries[0].id)
	}
	return "orders_etl"
}

func place(id pipewright.ResourceID) string {
	if id == "" {
		return "everywhere"
	}
	return fmt.Sprintf("for %s and what is downstream of it", id)
}

func lasting(t *turn, until time.Time, said bool) string {
	if !said {
		return "until somebody resumes it"
	}
	return "until " + t.clock(until)
}

// resume lifts a pause.
func (t *turn) resume() error {
	s, err := t.pickWhole()
	if err != nil || t.settle(s) {
		return err
	}
	where, ok, err := t.whole(s)
	if err != nil || !ok {
		return err
	}
	t.say("Resume healing %s.", place(where))
	return t.request(pipewright.Request{Kind: pipewright.RequestResume, Resource: where})
}

package airflow

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/tools"
)

// Arguments of the actions on a DAG run, filled in by Prepare.
const (
	ArgRun  = "run_id"
	ArgTask = "task_id" // only when the target is a task
	// ArgScope is how much a retry clears: what failed, or the failed tasks with
	// all that is downstream of them.
	ArgScope        = "scope"
	scopeFailed     = "failed"
	scopeDownstream = "downstream"
)

// place is what an action on a run acts on.
type place struct{ dag, task, run, scope string }

// place takes an action's target and arguments apart. The target names the DAG
// and the task: a task argument that disagrees is refused.
func (c *Client) place(ctx context.Context, a pipewright.Action) (place, error) {
	scope := a.Args[ArgScope]
	if scope != "" && scope != scopeFailed && scope != scopeDownstream {
		return place{}, pipewright.Errorf(pipewright.Invalid, "%s of %s: scope must be %s or %s", a.Kind, a.Target, scopeFailed, scopeDownstream)
	}
	if a.Target.Kind() == "airflow:dag" {
		return place{dag: a.Target.Name(), run: a.Args[ArgRun], scope: scope}, nil
	}
	if a.Target.Kind() != "airflow:task" {
		return place{}, pipewright.Errorf(pipewright.Invalid, "%s acts on an airflow:dag or airflow:task, not on %s", a.Kind, a.Target)
	}
	if t := a.Args[ArgTask]; t != "" {
		dag, ok := strings.CutSuffix(a.Target.Name(), "."+t)
		if !ok || dag == "" {
			return place{}, pipewright.Errorf(pipewright.Invalid, "%s of %s: task_id %q is not that task", a.Kind, a.Target, t)
		}
		return place{dag: dag, task: t, run: a.Args[ArgRun], scope: scope}, nil
	}
	return c.split(ctx, a)
}

// split finds where the DAG's id ends and the task's begins: both may hold dots.
func (c *Client) split(ctx context.Context, a pipewright.Action) (place, error) {
	parts := strings.Split(a.Target.Name(), ".")
	for n := len(parts) - 1; n > 0; n-- {
		dag, task := strings.Join(parts[:n], "."), strings.Join(parts[n:], ".")
		_, err := c.do(ctx, get("dags", dag, "tasks", task), nil)
		if err == nil {
			return place{dag: dag, task: task, run: a.Args[ArgRun], scope: a.Args[ArgScope]}, nil
		}
		if pipewright.KindOf(err) != pipewright.NotFound {
			return place{}, err
		}
	}
	return place{}, pipewright.Errorf(pipewright.NotFound, "airflow %s: there is no task %s", c.cfg.Name, a.Target)
}

// filled is the action with its arguments: those of the place and no others.
func (p place) filled(a pipewright.Action, risk pipewright.Risk) pipewright.Action {
	a.Args = map[string]string{ArgRun: p.run}
	if p.task != "" {
		a.Args[ArgTask] = p.task
	}
	if p.scope != "" {
		a.Args[ArgScope] = p.scope
	}
	a.Risk = risk
	return a
}

// step is the one call that changes something, and what its answer says was done.
type step func(ctx context.Context, p place) (what string, touched int, err error)

// onRun runs a step under the action's key, which is kept in the note of the DAG
// run; see mark. A refusal voids the key; no answer leaves it asked.
func (c *Client) onRun(s step) func(context.Context, pipewright.Action) (pipewright.Receipt, error) {
	return func(ctx context.Context, a pipewright.Action) (pipewright.Receipt, error) {
		p, err := c.prepared(ctx, a)
		if err != nil {
			return pipewright.Receipt{}, err
		}
		m, err := c.ask(ctx, p, a)
		if err != nil || m.Word == markDone {
			return receipt(p, m), err
		}
		what, touched, err := s(ctx, p)
		switch k := pipewright.KindOf(err); {
		case err == nil && touched == 0:
			err = pipewright.Errorf(pipewright.Conflict, "%s of %s: there is nothing left to act on in run %s", a.Kind, a.Target, p.run)
			return pipewright.Receipt{}, c.settle(ctx, p, &m, markVoid, "nothing to act on", err)
		case k == pipewright.Unavailable || k == pipewright.Internal:
			return pipewright.Receipt{}, err // it may have run
		case err != nil:
			return pipewright.Receipt{}, c.settle(ctx, p, &m, markVoid, "refused", err)
		}
		// It ran, whatever becomes of the note: without the word, Find is unsure later.
		if err := c.settle(ctx, p, &m, markDone, what, nil); err != nil {
			m.Word, m.What = markDone, what
		}
		return receipt(p, m), nil
	}
}

func (c *Client) prepared(ctx context.Context, a pipewright.Action) (place, error) {
	if a.Key == "" || a.Args[ArgRun] == "" || strings.ContainsAny(a.Key, " \n") {
		return place{}, pipewright.Errorf(pipewright.Invalid, "%s of %s needs a key and the arguments that Prepare fills in", a.Kind, a.Target)
	}
	return c.place(ctx, a)
}

// ask writes the key into the note, and refuses a key that is there already
// without having been settled.
func (c *Client) ask(ctx context.Context, p place, a pipewright.Action) (mark, error) {
	run, err := c.run(ctx, p.dag, p.run)
	if err != nil {
		return mark{}, err
	}
	if m, ok := readMark(deref(run.Note), a.Key); ok {
		switch m.Word {
		case markDone:
			return m, nil
		case markVoid:
			return m, pipewright.Errorf(pipewright.Conflict, "%s of %s under %s was tried before and did nothing", a.Kind, a.Target, a.Key)
		}
		return m, pipewright.Errorf(pipewright.Conflict, "%s of %s under %s was asked before and nobody can tell whether it ran: look at run %s", a.Kind, a.Target, a.Key, p.run)
	}
	m := mark{Key: a.Key, Word: markAsked, At: c.cfg.Now(), What: string(a.Kind)}
	return m, c.note(ctx, p, deref(run.Note), m)
}

// settle writes the outcome into the note. It returns cause, or why the note
// could not be written when there is no cause.
func (c *Client) settle(ctx context.Context, p place, m *mark, word, what string, cause error) error {
	run, err := c.run(ctx, p.dag, p.run)
	if err == nil {
		m.Word, m.What = word, what
		err = c.note(ctx, p, deref(run.Note), *m)
	}
	if cause != nil {
		return cause
	}
	return err
}

func (c *Client) note(ctx context.Context, p place, old string, m mark) error {
	text, err := writeMark(old, m)
	if err != nil {
		return err
	}
	_, err = c.do(ctx, call{
		method: http.MethodPatch, path: []string{"dags", p.dag, "dagRuns", p.run},
		query: url.Values{"update_mask": {"note"}}, body: map[string]string{"note": text},
	}, nil)
	return err
}

// receipt is built from the note's line alone, so that it is the same whenever
// it is read.
func receipt(p place, m mark) pipewright.Receipt {
	id := p.run
	if p.task != "" {
		id += "/" + p.task
	}
	return pipewright.Receipt{
		Key: m.Key, ID: id, At: m.At.UTC().Truncate(1e9), Say: m.What + " in run " + p.run + " of " + p.dag,
		Undo: map[string]string{ArgRun: p.run},
	}
}

// findOnRun looks a key up in the note of the run.
func (c *Client) findOnRun(ctx context.Context, a pipewright.Action) (pipewright.Receipt, tools.Found, error) {
	p, err := c.prepared(ctx, a)
	if err != nil {
		return pipewright.Receipt{}, tools.FoundUnknown, err
	}
	run, err := c.run(ctx, p.dag, p.run)
	if pipewright.KindOf(err) == pipewright.NotFound {
		return pipewright.Receipt{}, tools.FoundUnknown, nil // the run was deleted, and the note with it
	}
	if err != nil {
		return pipewright.Receipt{}, tools.FoundUnknown, err
	}
	m, ok := readMark(deref(run.Note), a.Key)
	switch {
	case !ok, m.Word == markVoid:
		return pipewright.Receipt{}, tools.FoundNo, nil
	case m.Word == markDone:
		return receipt(p, m), tools.FoundYes, nil
	}
	return pipewright.Receipt{}, tools.FoundUnknown, nil
}

// exact writes a call as it would be sent.
func (c *Client) exact(q call) string {
	body, _ := json.Marshal(q.body) // maps and plain values always encode
	return fmt.Sprintf("%s://%s: %s %s", c.base.Scheme, c.base.Host+c.base.Path, q, body)
}

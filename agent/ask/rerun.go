package ask

import (
	"slices"
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/tools"
)

// Whether what failed may run again: from what its run left, not from the odds of a retry.

// deriveRerun recognises "is it safe to rerun X", "can I run X again", "does a retry write
// rows twice" and "is X idempotent".
func (r *reading) deriveRerun(set func(concept, bool)) {
	again := r.in("retry", base, past, ing) || r.again() || r.in("run", base, past, ing) && r.says("again", "twice") || r.says("backfill", "re-run", "second", "retries", "reruns")
	doubles := r.says("twice", "duplicate", "duplicates", "duplicated", "duplicating", "double", "doubled", "doubles")
	idempotent := r.says("idempotent", "idempotency", "idempotently", "rerunnable", "re-runnable", "replayable", "retryable")
	permitted := r.has("$asks") && r.seq("can|could|may|should i|we") && !r.has("$howmany")
	set("$rerun", again && (r.has("$safe") || doubles || permitted) && !r.any("why", "who", "if") || idempotent)
}

// judged is a verdict on running something again, and where it was reached.
type judged struct {
	rerun pipewright.Rerun
	inc   pipewright.Incident
	at    time.Time
}

// mayRunAgain answers with the newest verdict that the loop reached on a resource, and
// what it read for it.
func (t *turn) mayRunAgain() error {
	w := t.span0(7 * 24)
	all, err := t.call("list_incidents", within(map[string]any{}, w))
	if err != nil {
		return err
	}
	verdicts := judgements(as[[]pipewright.Incident](all.Data), t.r.incident)
	s, err := t.pick(t.judgedOrFailed(verdicts, w))
	if err != nil || t.settle(s) {
		return err
	}
	switch {
	case len(s.ids) > 0:
		verdicts = slices.DeleteFunc(verdicts, func(j judged) bool { return !j.on(s.ids[0]) })
	case len(s.kinds) > 0:
		return t.oneAtATime(s.kinds)
	}
	if len(verdicts) == 0 {
		return t.notJudged(s.ids, w)
	}
	return t.sayJudged(verdicts[len(verdicts)-1])
}

// judgements lists the verdicts that incidents hold, oldest first; of one incident when
// it is named.
func judgements(incidents []pipewright.Incident, only string) (out []judged) {
	for _, inc := range incidents {
		if only != "" && inc.ID != only {
			continue
		}
		for _, a := range inc.Attempts {
			out = add(out, inc, a.Decision, a.Action.Target, a.At)
		}
		if at := inc.LastAttempt(); at == nil || at.Decision != inc.Decision {
			target := inc.Resource
			if inc.Action != nil {
				target = inc.Action.Target
			}
			out = add(out, inc, inc.Decision, target, inc.UpdatedAt)
		}
	}
	slices.SortStableFunc(out, func(a, b judged) int { return a.at.Compare(b.at) })
	return out
}

func add(out []judged, inc pipewright.Incident, d *pipewright.Decision, target pipewright.ResourceID, at time.Time) []judged {
	if d == nil || d.Rerun == nil {
		return out
	}
	j := judged{rerun: *d.Rerun, inc: inc, at: at}
	if j.rerun.Target == "" {
		j.rerun.Target = target
	}
	return append(out, j)
}

func (j judged) on(id pipewright.ResourceID) bool { return j.rerun.Target == id }

// judgedOrFailed prefers a resource on which there is a verdict, then one that failed.
func (t *turn) judgedOrFailed(verdicts []judged, w pipewright.Window) prefer {
	trouble := t.trouble(w)
	return func(id pipewright.ResourceID) (float64, error) {
		more, err := trouble(id)
		if slices.ContainsFunc(verdicts, func(j judged) bool { return j.on(id) }) {
			more += 10
		}
		return more, err
	}
}

// sayJudged tells a verdict with its evidence, what has run since, and what the guards
// would say now.
func (t *turn) sayJudged(j judged) error {
	id := j.rerun.Target
	t.ans.Resources, t.next.Incident = uniqueIDs(append(t.ans.Resources, id)), j.inc.ID
	lead := map[pipewright.RerunVerdict]string{pipewright.RerunSafe: "It is safe to run %s again", pipewright.RerunUnsafe: "It is not safe to run %s again"}[j.rerun.Verdict]
	t.ans.Verdict = pipewright.NoAction
	if lead == "" {
		lead, t.ans.Verdict = "Whether it is safe to run %s again is not known", pipewright.InconclusiveV
	}
	evidence := j.rerun.Evidence
	if len(evidence) == 0 {
		evidence = citationOf(tools.Result{}, j.inc)
	}
	of := ""
	if j.rerun.Run != "" {
		of = " after run " + j.rerun.Run
	}
	t.claim(evidence, lead+": %s (%s, read %s%s)", id, j.rerun.Why, j.inc.ID, t.clock(j.at), of)
	for _, e := range j.rerun.Evidence {
		t.claim([]pipewright.Evidence{e}, "  %s", firstLine(e.Excerpt, 200))
	}
	if err := t.ranSince(id, j); err != nil {
		return err
	}
	if j.rerun.Verdict != pipewright.RerunSafe {
		t.say("Before it runs again, look at what that run wrote; a retry is asked of a person, and the card says this again.")
	}
	if action, ok := t.againOn(id); ok {
		return t.rule(action)
	}
	return nil
}

// ranSince warns that the verdict is about a run that is no longer the newest.
func (t *turn) ranSince(id pipewright.ResourceID, j judged) error {
	res, err := t.call("list_runs", within(map[string]any{"resource": id, "limit": 20}, pipewright.Window{Start: j.at, End: t.now}))
	if err != nil {
		return err
	}
	runs := slices.DeleteFunc(slices.Clone(as[[]pipewright.Run](res.Data)), func(r pipewright.Run) bool { return !r.Started.After(j.at) })
	if len(runs) == 0 {
		return nil
	}
	last := slices.MaxFunc(runs, func(a, b pipewright.Run) int { return a.Started.Compare(b.Started) })
	cited := slices.DeleteFunc(slices.Clone(res.Evidence), func(e pipewright.Evidence) bool { return !e.Start.Equal(last.Started) })
	t.claim(cited, "It has run since: run %s began %s and %s", last.ID, t.clock(last.Started), runWord(last.State))
	return nil
}

func runWord(s pipewright.RunState) string {
	if s == pipewright.RunRunning {
		return "is running"
	}
	return string(s)
}

// againOn is the action that runs a resource again: the one that was asked for, else a retry.
func (t *turn) againOn(id pipewright.ResourceID) (pipewright.Action, bool) {
	if a, ok := t.actionFor(id); ok {
		return a, true
	}
	for _, act := range t.a.deps.Tools.For(id) {
		if act.Kind.Verb() == "retry" {
			return pipewright.Action{Kind: act.Kind, Target: id, Risk: act.Risk}, true
		}
	}
	return pipewright.Action{}, false
}

// notJudged says that nobody read what a failed run left, and when that is done.
func (t *turn) notJudged(ids []pipewright.ResourceID, w pipewright.Window) error {
	t.ans.Verdict = pipewright.InconclusiveV
	if len(ids) == 0 {
		t.ans.Verdict, t.next.Pending = pipewright.Clarify, t.r.text
		t.say("Which one do you mean? Name it, such as \"is it safe to rerun %s\".", t.example())
		return nil
	}
	id := ids[0]
	failed, err := t.call("list_runs", within(map[string]any{"resource": id, "state": "failed"}, w))
	if err != nil {
		return err
	}
	t.say("Not known: no failed run of %s was read for what it left in the window.", id)
	if runs := as[[]pipewright.Run](failed.Data); len(runs) > 0 {
		last := slices.MaxFunc(runs, func(a, b pipewright.Run) int { return a.Started.Compare(b.Started) })
		cited := slices.DeleteFunc(slices.Clone(failed.Evidence), func(e pipewright.Evidence) bool { return !e.Start.Equal(last.Started) })
		t.claim(cited, "Its newest failed run is %s of %s: %s", last.ID, t.clock(last.Started), firstLine(last.Error, 160))
	} else {
		t.empty(failed)
	}
	t.say("Say \"retry %s\": before anything runs, what the failed run left is read, and what would write rows twice is asked of a person.", id)
	if action, ok := t.againOn(id); ok {
		return t.rule(action)
	}
	return nil
}

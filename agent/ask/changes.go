package ask

import (
	"slices"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/tools/telemetry"
)

// upstreamHops is how far upstream a change may lie and still matter.
const upstreamHops = 8

// changes answers "what changed since the last good run of X".
func (t *turn) changes() error {
	w := t.span0(24)
	sinceGood := t.r.any("good") && t.r.any("last", "since") && (t.r.has("run") || t.r.has("since"))
	s, err := t.pick(t.changing(sinceGood))
	if err != nil || t.settle(s) {
		return err
	}
	if len(s.ids) == 0 {
		if t.r.has("version") { // deployments as events, not as a kind
			s.kinds = nil
		}
		return t.changesOf("", s.kinds, w)
	}
	for _, id := range s.ids {
		if sinceGood || !t.r.timed {
			if w, err = t.sinceLastGood(id, w, sinceGood); err != nil {
				return err
			}
		}
		if err := t.changesOf(id, nil, w); err != nil {
			return err
		}
	}
	return nil
}

// changing prefers resources that changed; for "since the last good run" those that run.
func (t *turn) changing(sinceGood bool) prefer {
	return func(id pipewright.ResourceID) (float64, error) {
		if sinceGood {
			res, err := t.call("last_good_run", map[string]any{"resource": id, "end": t.now})
			if err != nil || res.Data == nil {
				return 0, err
			}
			return 1 + 0.01*float64(min(len(as[telemetry.LastGood](res.Data).Since), 20)), nil
		}
		res, err := t.call("recent_changes", within(map[string]any{"resource": id}, t.ans.Window))
		if err != nil || res.Hits == 0 {
			return 0, err
		}
		return 1, nil
	}
}

// sinceLastGood is the window since the last good run started. Without failures after
// it, "since the last good run" is meant from the last good run before the last failure.
func (t *turn) sinceLastGood(id pipewright.ResourceID, w pipewright.Window, said bool) (pipewright.Window, error) {
	res, err := t.call("last_good_run", map[string]any{"resource": id, "end": t.now})
	if err != nil {
		return w, err
	}
	good := as[telemetry.LastGood](res.Data)
	if good.Run == nil {
		if said {
			t.empty(res)
		}
		return w, nil
	}
	if !said && len(good.Since) == 0 {
		return w, nil
	}
	w = pipewright.Window{Start: good.Run.Started.In(t.q.Zone), End: t.now}
	t.ans.Window, t.next.Timed = w, true
	t.claim(res.Evidence[:1], "The last good run of %s is %s, started %s; %s since", id, good.Run.ID, t.clock(good.Run.Started), times(len(good.Since), "run"))
	return w, nil
}

func (t *turn) changesOf(id pipewright.ResourceID, kinds []string, w pipewright.Window) error {
	res, err := t.call("recent_changes", within(map[string]any{"resource": id, "hops": upstreamHops}, w))
	if err != nil {
		return err
	}
	changes := as[[]pipewright.Change](res.Data)
	if len(kinds) > 0 {
		changes = slices.DeleteFunc(slices.Clone(changes), func(c pipewright.Change) bool { return !slices.Contains(kinds, c.Resource.Kind()) })
	}
	if len(changes) == 0 {
		t.say("Nothing changed in the window%s.", upstreamOf(id))
		t.empty(res)
		return nil
	}
	t.say("%s%s:", times(len(changes), "change"), upstreamOf(id))
	for i, c := range slices.Backward(changes) {
		if len(changes)-i > t.most(8) {
			t.say("  and %d more; say \"more\".", i+1)
			break
		}
		by := ""
		if c.By != "" {
			by = " by " + c.By
		}
		t.claim(changeEvidence(c), "  %s %s on %s%s: %s", t.clock(c.At), c.Kind, c.Resource, by, firstLine(c.Summary, 200))
		if id == "" {
			t.ans.Resources = append(t.ans.Resources, c.Resource)
		}
	}
	t.ans.Resources = uniqueIDs(t.ans.Resources)
	return nil
}

func upstreamOf(id pipewright.ResourceID) string {
	if id == "" {
		return ""
	}
	return " on " + string(id) + " and what it depends on"
}

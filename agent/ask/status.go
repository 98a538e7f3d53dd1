package ask

import (
	"fmt"
	"slices"
	"strings"
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/tools"
	"github.com/pipewright/pipewright/tools/telemetry"
)

// status answers "what is wrong now" and "how is X doing".
func (t *turn) status() error {
	w := t.span0(24)
	if t.r.any("$paused", "$killswitch") && !t.r.observed() {
		t.ans.Window = pipewright.Window{}
		return t.held(true)
	}
	if t.r.has("exist") && !t.r.any("broken", "should") || t.r.any("upstream", "downstream") {
		return t.inventory()
	}
	s, err := t.pick(t.trouble(w))
	if err != nil || t.settle(s) {
		return err
	}
	switch {
	case len(s.ids) > 0:
		for _, id := range s.ids[:min(3, len(s.ids))] {
			if err := t.statusOf(id, w); err != nil {
				return err
			}
		}
		return nil
	case len(s.kinds) > 0:
		return t.statusOfKind(s.kinds, w)
	}
	if t.r.timed && w.End.Before(t.now.Add(-time.Minute)) { // what is open now is no answer about then
		return t.failuresIn(w, s)
	}
	return t.overall(w)
}

// overall lists what is live and what waits for a person.
func (t *turn) overall(w pipewright.Window) error {
	res, err := t.call("list_incidents", map[string]any{"live": true})
	if err != nil {
		return err
	}
	if err := t.held(false); err != nil {
		return err
	}
	live := as[[]pipewright.Incident](res.Data)
	if len(live) > 0 {
		t.say("%s", upper(fmt.Sprintf("%s%s open%s.", t.rest(live), times(len(live), "incident"), needPerson(live))))
		for i, inc := range slices.Backward(live) {
			if len(live)-i > t.most(8) {
				t.say("  and %d more.", i+1)
				break
			}
			t.incidentLine(inc, citationOf(res, inc))
			t.ans.Resources = append(t.ans.Resources, inc.Resource)
		}
		t.ans.Resources = uniqueIDs(t.ans.Resources)
		t.verdictOfLive(live)
		if len(live) == 1 {
			t.next.Incident = live[0].ID
		}
		if err := t.offerPending(live); err != nil || !t.r.timed {
			return err
		}
		return t.recap(w)
	}
	t.ans.Verdict = pipewright.NoAction
	t.say("%s", upper(t.rest(nil)+"nothing is wrong now: no incident is open."))
	return t.recap(w)
}

// rest answers "can I go back to sleep" before the state itself: "no: ", "yes: ", or
// nothing when it was not asked.
func (t *turn) rest(live []pipewright.Incident) string {
	switch {
	case !t.r.has("$calm") || t.r.says("worry", "worried", "panic", "concerned", "up", "wake", "needed", "required"):
		return ""
	case len(live) > 0 && needPerson(live) != "":
		return "no: "
	case len(live) > 0:
		return "yes, nothing waits for a person: "
	}
	return "yes: "
}

// needPerson says how many of the incidents wait for a person.
func needPerson(live []pipewright.Incident) string {
	n := 0
	for _, inc := range live {
		if inc.State == pipewright.Waiting || inc.State == pipewright.Escalated {
			n++
		}
	}
	switch {
	case n == 0:
		return ""
	case n == len(live) && n > 1:
		return ", all for a person"
	case n == len(live):
		return ", for a person"
	}
	return fmt.Sprintf(", %d of them for a person", n)
}

// citationOf is the evidence of one incident within a listing.
func citationOf(res tools.Result, inc pipewright.Incident) []pipewright.Evidence {
	for _, e := range res.Evidence {
		if strings.HasPrefix(e.Excerpt, inc.ID+" ") {
			return []pipewright.Evidence{e}
		}
	}
	return []pipewright.Evidence{{Source: inc.Resource, Kind: pipewright.IncidentEvidence, Query: "get_incident incident=" + inc.ID, Start: inc.OpenedAt, End: inc.UpdatedAt, Excerpt: telemetry.SayIncident(inc)}}
}

// incidentLine is one incident in one sentence.
func (t *turn) incidentLine(inc pipewright.Incident, e []pipewright.Evidence) {
	belief := firstLine(inc.Title, 120)
	if h, ok := topOf(inc); ok {
		belief = fmt.Sprintf("%s on %s (%.2f)", h.Cause, h.Resource, h.Confidence)
	}
	t.claim(e, "  %s %s on %s since %s: %s", inc.ID, inc.State, inc.Resource, t.clock(inc.OpenedAt), belief)
}

func (t *turn) verdictOfLive(live []pipewright.Incident) {
	t.ans.Verdict = pipewright.ActionSuggested
	for _, inc := range live {
		if inc.State == pipewright.Waiting || inc.State == pipewright.Escalated {
			t.ans.Verdict = pipewright.ActionRequired
		}
	}
}

// recap counts the runs of the window.
func (t *turn) recap(w pipewright.Window) error {
	all, err := t.call("list_runs", within(map[string]any{"limit": 1000}, w))
	if err != nil {
		return err
	}
	runs := as[[]pipewright.Run](all.Data)
	failed := slices.DeleteFunc(slices.Clone(runs), func(r pipewright.Run) bool { return r.State != pipewright.RunFailed })
	if all.Hits == 0 {
		t.empty(all)
		return nil
	}
	t.claim(all.Evidence[:1], "In the window %s were seen, %d of them failed", times(len(runs), "run"), len(failed))
	recent, err := t.call("list_incidents", within(map[string]any{}, w))
	if err != nil {
		return err
	}
	opened := as[[]pipewright.Incident](recent.Data)
	over := slices.DeleteFunc(slices.Clone(opened), func(i pipewright.Incident) bool {
		return i.State != pipewright.Closed && i.State != pipewright.Resolved
	})
	if len(over) == 0 {
		return nil
	}
	t.claim(recent.Evidence[:1], "%s in the window, %d of them over", times(len(opened), "incident"), len(over))
	for _, inc := range slices.Backward(over[max(0, len(over)-t.most(4)):]) {
		if t.r.timed {
			t.incidentLine(inc, citationOf(recent, inc))
		}
	}
	return nil
}

package ask

import (
	"fmt"
	"slices"
	"strings"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/tools/telemetry"
)

// approvals tells who settled what was asked in the incident.
func (t *turn) approvals(inc pipewright.Incident) error {
	if inc.Approval == "" && !t.r.any("who", "approve", "approval") {
		return nil
	}
	res, err := t.call("list_approvals", map[string]any{"incident": inc.ID})
	if err != nil {
		return err
	}
	if res.Hits == 0 {
		if t.r.any("who", "approve", "approval") {
			t.empty(res)
		}
		return nil
	}
	for _, a := range as[[]pipewright.Approval](res.Data) {
		t.claim(approvalEvidence(a), "%s", t.settledWords(a))
	}
	return nil
}

// approvalEvidence cites one approval.
func approvalEvidence(a pipewright.Approval) []pipewright.Evidence {
	return []pipewright.Evidence{{Source: a.Action.Target, Kind: pipewright.IncidentEvidence, Query: "list_approvals incident=" + a.Incident, Start: a.AskedAt, End: latest(a.AskedAt, a.At), Excerpt: telemetry.SayApproval(a)}}
}

// incident answers "show incident 3" and "list the incidents".
func (t *turn) incident() error {
	if t.r.incident != "" {
		inc, ok, err := t.readIncident(t.r.incident)
		if err != nil || !ok {
			return err
		}
		return t.showIncident(inc)
	}
	w := t.span0(24)
	s, err := t.pick(t.trouble(w))
	if err != nil || t.settle(s) {
		return err
	}
	args := map[string]any{}
	if len(s.ids) > 0 {
		args["resource"] = s.ids[0]
	}
	if t.r.says("open", "live", "active", "ongoing", "unresolved", "current") {
		args["live"] = true
	}
	res, err := t.call("list_incidents", within(args, w))
	if err != nil {
		return err
	}
	all := as[[]pipewright.Incident](res.Data)
	if len(all) == 0 {
		t.empty(res)
		return nil
	}
	if t.r.says("last", "latest", "newest") && !t.r.says("incidents") {
		t.next.Incident = all[len(all)-1].ID
		return t.showIncident(all[len(all)-1])
	}
	t.say("%s in the window: %s. Newest first:", times(len(all), "incident"), states(all))
	for i, inc := range slices.Backward(all) {
		if len(all)-i > t.most(10) {
			t.say("  and %d more; say \"more\".", i+1)
			break
		}
		t.incidentLine(inc, citationOf(res, inc))
		t.ans.Resources = append(t.ans.Resources, inc.Resource)
	}
	t.ans.Resources = uniqueIDs(t.ans.Resources)
	return nil
}

// states counts the incidents by state: "3 escalated, 24 closed".
func states(incidents []pipewright.Incident) string {
	count := map[string]int{}
	for _, inc := range incidents {
		count[string(inc.State)]++
	}
	var parts []string
	for _, s := range sortedKeys(count) {
		parts = append(parts, fmt.Sprintf("%d %s", count[s], s))
	}
	return strings.Join(parts, ", ")
}

func (t *turn) showIncident(inc pipewright.Incident) error {
	t.next.Incident = inc.ID
	t.ans.Window = pipewright.Window{Start: inc.OpenedAt, End: latest(inc.UpdatedAt, inc.OpenedAt)}
	t.ans.Resources = inc.Resources()
	if err := t.tell(inc, nil); err != nil {
		return err
	}
	res, err := t.call("list_events", map[string]any{"incident": inc.ID})
	if err != nil {
		return err
	}
	for _, s := range steps(as[[]pipewright.Event](res.Data), inc.Resource) {
		t.claim([]pipewright.Evidence{s.evidence}, "  %s %s", t.clock(s.evidence.Start), s.text)
	}
	return t.approvals(inc)
}

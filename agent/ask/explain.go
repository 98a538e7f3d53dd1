package ask

import (
	"fmt"
	"slices"
	"strings"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/tools"
	"github.com/pipewright/pipewright/tools/telemetry"
)

// explain answers "what did you do and why", "why was X restarted", "who approved that".
func (t *turn) explain() error {
	w := t.span0(24)
	incidents, ok, err := t.subject(w)
	if err != nil || !ok {
		return err
	}
	verb := t.verbSaid()
	slices.Reverse(incidents)
	slices.SortStableFunc(incidents, func(a, b pipewright.Incident) int { // what was acted on first
		return min(len(b.Attempts), 1) - min(len(a.Attempts), 1)
	})
	told := 0
	for _, inc := range incidents {
		if told == 5 {
			t.say("There is more; ask about one incident, such as %q.", "explain "+inc.ID)
			break
		}
		done, err := t.explainOne(inc, verb)
		if err != nil {
			return err
		}
		if done {
			told++
			t.next.Incident = inc.ID
			t.ans.Resources = append(t.ans.Resources, inc.Resource)
		}
	}
	t.ans.Resources = uniqueIDs(t.ans.Resources)
	if told == 0 {
		t.nothingDone(verb, len(incidents))
	}
	return nil
}

// subject lists the incidents that the question is about, oldest first.
func (t *turn) subject(w pipewright.Window) ([]pipewright.Incident, bool, error) {
	if t.r.incident != "" {
		inc, ok, err := t.readIncident(t.r.incident)
		return []pipewright.Incident{inc}, ok, err
	}
	if t.r.approval != "" {
		return t.subjectOfApproval()
	}
	s, err := t.pick(t.acted(w))
	if err != nil || t.settle(s) {
		return nil, false, err
	}
	res, err := t.call("list_incidents", within(map[string]any{}, w))
	if err != nil {
		return nil, false, err
	}
	all := as[[]pipewright.Incident](res.Data)
	if len(s.ids)+len(s.kinds) > 0 {
		all = slices.DeleteFunc(slices.Clone(all), func(inc pipewright.Incident) bool { return !touches(inc, s) })
		t.ans.Resources = []pipewright.ResourceID{}
		t.ans.Resources = append(t.ans.Resources, s.ids...)
	}
	return slices.Clone(all), true, nil
}

// subjectOfApproval is the incident that an approval was asked for.
func (t *turn) subjectOfApproval() ([]pipewright.Incident, bool, error) {
	a, err := t.stored(t.r.approval)
	if err != nil {
		return nil, false, err
	}
	if a.Incident == "" {
		t.ans.Verdict = pipewright.Clarify
		t.say("There is no approval %s.", t.r.approval)
		return nil, false, nil
	}
	inc, ok, err := t.readIncident(a.Incident)
	return []pipewright.Incident{inc}, ok, err
}

// touches reports whether the incident shows on, or acted on, what was named.
func touches(inc pipewright.Incident, s scope) bool {
	ids := inc.Resources()
	for _, a := range inc.Attempts {
		ids = append(ids, a.Action.Target)
	}
	if inc.Action != nil {
		ids = append(ids, inc.Action.Target)
	}
	return slices.ContainsFunc(ids, func(id pipewright.ResourceID) bool {
		return slices.Contains(s.ids, id) || slices.Contains(s.kinds, id.Kind())
	})
}

// acted prefers resources that something was done to.
func (t *turn) acted(w pipewright.Window) prefer {
	return func(id pipewright.ResourceID) (float64, error) {
		res, err := t.call("list_incidents", within(map[string]any{}, w))
		if err != nil {
			return 0, err
		}
		score := 0.0
		for _, inc := range as[[]pipewright.Incident](res.Data) {
			if touches(inc, scope{ids: []pipewright.ResourceID{id}}) {
				score = max(score, 1)
			}
			if slices.ContainsFunc(inc.Attempts, func(a pipewright.Attempt) bool { return a.Action.Target == id }) {
				score = 2
			}
		}
		return score, nil
	}
}

// verbSaid is the verb of the action that was asked about, "" for any.
func (t *turn) verbSaid() []pipewright.Verb {
	for _, c := range actVerbs {
		if t.r.in(c, base, third, past, ing) && (c != "scale" && c != "shrink" || t.r.scaling(c)) && !(c == "cancel" && !t.r.has("$acts")) {
			return verbsOf(c)
		}
	}
	if t.r.rolling() {
		return verbsOf("rollback")
	}
	return nil
}

// explainOne tells the steps of one incident that did something, or that wait.
func (t *turn) explainOne(inc pipewright.Incident, verbs []pipewright.Verb) (bool, error) {
	res, err := t.call("list_events", map[string]any{"incident": inc.ID})
	if err != nil {
		return false, err
	}
	steps := steps(as[[]pipewright.Event](res.Data), inc.Resource)
	var lines []step
	for _, s := range steps {
		if len(verbs) == 0 || s.action == "" || slices.Contains(verbs, s.action.Verb()) {
			lines = append(lines, s)
		}
	}
	if t.r.has("who") && t.r.any("approve", "approval", "deny") && t.r.incident == "" && inc.Approval == "" {
		return false, nil
	}
	if wide := len(t.r.mentions) == 0 && len(t.r.kinds) == 0 && t.r.incident == "" && t.r.approval == ""; wide {
		lines = slices.DeleteFunc(lines, func(s step) bool { return s.minor && !s.settled })
	}
	acted := slices.ContainsFunc(lines, func(s step) bool { return s.acted })
	settled := slices.ContainsFunc(lines, func(s step) bool { return s.settled })
	decided := len(verbs) > 0 && slices.ContainsFunc(lines, func(s step) bool { return s.action != "" && slices.Contains(verbs, s.action.Verb()) })
	if !acted && !settled && !decided && t.r.incident == "" && !(len(verbs) == 0 && inc.State.Live() && inc.State != pipewright.Resolved) {
		return false, nil
	}
	h, sure := topOf(inc)
	why := "no cause is known"
	if sure {
		why = fmt.Sprintf("%s on %s, confidence %.2f", t.causeWords(h), h.Resource, h.Confidence)
	}
	t.claim(citationOf(tools.Result{}, inc), "%s on %s (%s): %s", inc.ID, inc.Resource, inc.State, why)
	for _, s := range lines {
		t.claim([]pipewright.Evidence{s.evidence}, "  %s %s", t.clock(s.evidence.Start), s.text)
	}
	return true, t.approvals(inc)
}

// step is one journaled event worth telling.
type step struct {
	text     string
	action   pipewright.ActionKind
	acted    bool
	settled  bool
	minor    bool // left out of an answer about everything
	evidence pipewright.Evidence
}

// steps turns events into sentences: decisions with their odds, verdicts, actions,
// verifications and people's words.
func steps(events []pipewright.Event, source pipewright.ResourceID) []step {
	var out []step
	action := pipewright.ActionKind("")
	for _, e := range events {
		if e.Action != nil {
			action = e.Action.Kind
		}
		s := step{action: action, evidence: pipewright.Evidence{Source: source, Kind: pipewright.IncidentEvidence,
			Query: fmt.Sprintf("list_events incident=%s", e.Incident), Start: e.At, End: e.At, Excerpt: telemetry.SayEvent(e)}}
		if s.text = sayStep(e); s.text == "" {
			continue
		}
		s.acted = e.To == pipewright.Acting || e.To == pipewright.Acted
		s.settled = e.Who != ""
		s.minor = slices.Contains([]pipewright.State{pipewright.Allowed, pipewright.Acted, pipewright.Closed}, e.To)
		out = append(out, s)
	}
	return out
}

func sayStep(e pipewright.Event) string {
	by := ""
	if e.Who != "" {
		by = " by " + e.Who
	}
	switch e.To {
	case pipewright.Decided:
		if e.Action == nil {
			return ""
		}
		return fmt.Sprintf("decided on %s for %s%s", e.Action.Kind, e.Action.Target, oddsOf(e.Decision)+reasonOf(e.Decision))
	case pipewright.Waiting:
		return "asked for approval" + because(e.Verdict) + idOf(e.Approval)
	case pipewright.Allowed:
		if e.Who != "" {
			return "approved" + by + idOf(e.Approval)
		}
		return "allowed" + because(e.Verdict)
	case pipewright.Acting:
		if e.Action == nil {
			return "started the action"
		}
		return fmt.Sprintf("ran %s on %s%s", e.Action.Kind, e.Action.Target, by)
	case pipewright.Acted:
		if e.Receipt == nil {
			return ""
		}
		return "receipt: " + firstLine(e.Receipt.Say, 160)
	case pipewright.Resolved, pipewright.Escalated, pipewright.Closed:
		return string(e.To) + by + after(string(e.Verification)) + after(firstLine(e.Note, 160)) + because(e.Verdict)
	case pipewright.Diagnosed:
		if e.Verification != "" {
			return "seen afterwards: " + string(e.Verification)
		}
	case "":
		if e.Who != "" {
			return firstLine(e.Note, 160) + by
		}
	}
	return ""
}

func after(s string) string {
	if s == "" {
		return ""
	}
	return ": " + strings.TrimSuffix(s, ".")
}

func idOf(approval string) string {
	if approval == "" {
		return ""
	}
	return " (" + approval + ")"
}

func because(v *pipewright.Verdict) string {
	if v == nil || v.Why == "" {
		return ""
	}
	return fmt.Sprintf(", %s: %s", v.By, strings.TrimSuffix(firstLine(v.Why, 200), "."))
}

// oddsOf writes the odds of a decision, with their interval.
func oddsOf(d *pipewright.Decision) string {
	if d == nil || d.Recovery == nil {
		return ""
	}
	s := fmt.Sprintf(", predicted %.2f", *d.Recovery)
	if d.Low != nil && d.High != nil {
		s += fmt.Sprintf(" (%.2f to %.2f)", *d.Low, *d.High)
	}
	return s
}

// reasonOf is the first reason of a decision.
func reasonOf(d *pipewright.Decision) string {
	if d == nil || len(d.Reasons) == 0 {
		return ""
	}
	return ", because " + strings.TrimSuffix(firstLine(d.Reasons[0], 200), ".")
}

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
	for i, a := range as[[]pipewright.Approval](res.Data) {
		switch {
		case a.By != "":
			t.claim(evidenceAt(res.Evidence, i), "  %s was %s by %s at %s", a.ID, a.State, a.By, t.clock(a.At))
		default:
			t.claim(evidenceAt(res.Evidence, i), "  %s for %s on %s is %s", a.ID, a.Action.Kind, a.Action.Target, a.State)
		}
	}
	return nil
}

func evidenceAt(e []pipewright.Evidence, i int) []pipewright.Evidence {
	if i >= len(e) {
		return nil
	}
	return e[i : i+1]
}

func (t *turn) nothingDone(verbs []pipewright.Verb, incidents int) {
	t.ans.Verdict = pipewright.NoAction
	what := "did nothing"
	if len(verbs) > 0 {
		what = fmt.Sprintf("did no %s", verbs[0])
	}
	on := ""
	if len(t.ans.Resources) > 0 {
		on = " on " + some(t.ans.Resources, 3)
	}
	t.say("Pipewright %s%s in the window; %s in it were searched.", what, on, times(incidents, "incident"))
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
	t.say("%s in the window.", times(len(all), "incident"))
	for _, inc := range slices.Backward(all[max(0, len(all)-12):]) {
		t.incidentLine(inc, citationOf(res, inc))
		t.ans.Resources = append(t.ans.Resources, inc.Resource)
	}
	t.ans.Resources = uniqueIDs(t.ans.Resources)
	return nil
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

// alternatives answers "what else could you have done".
func (t *turn) alternatives() error {
	w := t.span0(24)
	inc, ok, err := t.oneIncident(w)
	if err != nil || !ok {
		return err
	}
	t.ans.Resources = uniqueIDs(append(t.ans.Resources, inc.Resource))
	return t.sayAlternatives(inc)
}

// oneIncident is the incident that was named, else the newest one of the resource.
func (t *turn) oneIncident(w pipewright.Window) (pipewright.Incident, bool, error) {
	incidents, ok, err := t.subject(w)
	if err != nil || !ok {
		return pipewright.Incident{}, false, err
	}
	inc, found := newest(incidents)
	if !found {
		t.ans.Verdict = pipewright.NoAction
		t.say("There is no incident%s in the window, so nothing was decided.", onThese(t.ans.Resources))
		return inc, false, nil
	}
	t.next.Incident = inc.ID
	return inc, true, nil
}

func onThese(ids []pipewright.ResourceID) string {
	if len(ids) == 0 {
		return ""
	}
	return " on " + some(ids, 3)
}

// sayAlternatives lists what was decided and what was weighed against it, with odds.
func (t *turn) sayAlternatives(inc pipewright.Incident) error {
	res, err := t.call("list_events", map[string]any{"incident": inc.ID})
	if err != nil {
		return err
	}
	var last *pipewright.Event
	for _, e := range as[[]pipewright.Event](res.Data) {
		if e.Decision != nil {
			last = &e
		}
	}
	if last == nil {
		t.claim(citationOf(tools.Result{}, inc), "No decision was made in %s yet", inc.ID)
		return nil
	}
	e := steps([]pipewright.Event{*last}, inc.Resource)
	evidence := res.Evidence
	if len(e) > 0 {
		evidence = []pipewright.Evidence{e[0].evidence}
		t.claim(evidence, "In %s Pipewright %s", inc.ID, e[0].text)
	}
	if len(last.Decision.Alternatives) == 0 {
		t.claim(evidence, "No other action was weighed")
	}
	for _, alt := range last.Decision.Alternatives {
		odds := ""
		if alt.Odds != nil {
			odds = fmt.Sprintf(", predicted %.2f (%.2f to %.2f)", alt.Odds.Recovery, alt.Odds.Low, alt.Odds.High)
		}
		t.claim(evidence, "  instead: %s on %s%s%s", alt.Action.Kind, alt.Action.Target, odds, after(alt.Why))
	}
	return nil
}

// whatIf gives what is known of an action that was not taken: its odds as they were
// weighed, and what the guards would say now.
func (t *turn) whatIf() error {
	w := t.span0(24)
	inc, found, err := t.oneIncident(w)
	if err != nil {
		return err
	}
	t.say("I do not simulate yet; this is what is known.")
	if found {
		t.ans.Resources = uniqueIDs(append(t.ans.Resources, inc.Resource))
		if err := t.sayAlternatives(inc); err != nil {
			return err
		}
	}
	if len(t.ans.Choices) > 0 || len(t.ans.Resources) == 0 {
		return nil
	}
	action, ok := t.actionFor(t.ans.Resources[0])
	if !ok {
		return nil
	}
	return t.rule(action)
}

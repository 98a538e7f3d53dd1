package ask

import (
	"fmt"
	"slices"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/tools"
)

// explain answers "what did you do and why", "why was X restarted", "who approved that".
func (t *turn) explain() error {
	if t.r.has("$ruledout") {
		return t.ruledOut()
	}
	w := t.span0(24)
	incidents, ok, err := t.subject(w)
	if err != nil || !ok {
		return err
	}
	verb := t.verbSaid()
	wide := len(t.r.mentions) == 0 && t.r.incident == "" && t.r.approval == ""
	switch {
	case t.asksWho():
		return t.consent(incidents, verb)
	case wide && (len(t.r.kinds) == 0 || acts(incidents, verb) > 1):
		t.deeds(incidents, verb)
		return nil
	}
	return t.explainEach(incidents, verb)
}

// explainEach tells the steps of the incidents of what was named, newest first, those
// that something was done in before the others.
func (t *turn) explainEach(incidents []pipewright.Incident, verb []pipewright.Verb) error {
	slices.Reverse(incidents)
	slices.SortStableFunc(incidents, func(a, b pipewright.Incident) int {
		return min(len(b.Attempts), 1) - min(len(a.Attempts), 1)
	})
	told := 0
	for _, inc := range incidents {
		if told == t.most(2) {
			t.say("There is more; ask about one incident, such as %q, or say \"more\".", "explain "+inc.ID)
			break
		}
		done, err := t.explainOne(inc, verb)
		if err != nil {
			return err
		}
		if done {
			told++
			if told == 1 {
				t.next.Incident = inc.ID
			}
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
	events := as[[]pipewright.Event](res.Data)
	steps := steps(events, inc.Resource)
	var lines []step
	for _, s := range steps {
		if len(verbs) == 0 || s.action == "" || slices.Contains(verbs, s.action.Verb()) {
			lines = append(lines, s)
		}
	}
	acted := slices.ContainsFunc(lines, func(s step) bool { return s.acted })
	settled := slices.ContainsFunc(lines, func(s step) bool { return s.settled })
	decided := len(verbs) > 0 && slices.ContainsFunc(lines, func(s step) bool { return s.action != "" && slices.Contains(verbs, s.action.Verb()) })
	if !acted && !settled && !decided && t.r.incident == "" && !(len(verbs) == 0 && inc.State.Live() && inc.State != pipewright.Resolved) {
		return false, nil
	}
	t.headline(inc, verbs)
	for _, s := range lines {
		t.claim([]pipewright.Evidence{s.evidence}, "  %s %s", t.clock(s.evidence.Start), s.text)
	}
	if e := lastDecision(events); e != nil {
		t.reasoned(inc, e.Decision)
	}
	return true, t.approvals(inc)
}

// headline says first what was done, then why.
func (t *turn) headline(inc pipewright.Incident, verbs []pipewright.Verb) {
	why := "no cause is known"
	if h, sure := topOf(inc); sure {
		why = fmt.Sprintf("%s on %s, confidence %.2f", t.causeWords(h), h.Resource, h.Confidence)
	}
	e := citationOf(tools.Result{}, inc)
	for _, a := range slices.Backward(inc.Attempts) {
		if len(verbs) == 0 || slices.Contains(verbs, a.Action.Kind.Verb()) {
			t.claim(e, "Pipewright ran %s on %s at %s: %s", a.Action.Kind, a.Action.Target, t.clock(a.At), outcome(a))
			break
		}
	}
	t.claim(e, "%s on %s (%s), because of %s", inc.ID, inc.Resource, inc.State, why)
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

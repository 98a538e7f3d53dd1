package ask

import (
	"fmt"
	"slices"
	"strings"
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/tools/telemetry"
)

// Questions about what was before, and about what the team wrote down.

// recall answers "has this happened before", "when did it last look like this", "how often
// does X log Y" and "what does the runbook say about Z". false when none was asked.
func (t *turn) recall() (bool, error) {
	r := t.r
	logs := r.follows([]string{"log|logs|logged|print|prints|printed|write|writes|say|says|report|reports"}, 0)
	switch {
	case slices.Contains(wishes, t.intent) || t.task != nil:
		return false, nil
	case r.says("runbook", "runbooks", "playbook", "playbooks"):
		return true, t.runbook()
	case r.seq("last|before|ever look|looked|looks like|this|that", "look|looked like this|that before") && !r.has("why"):
		return true, t.lookedLike()
	case r.seq("happen|happened|seen|occur|occurred|had before|previously", "seen|had this|that|it before", "similar|like incidents|incident", "first time this|that|it happened|happens"):
		return true, t.happenedBefore()
	case logs > 0 && r.beside("how often|frequently", "how many times") && t.saidOf(logs) != "":
		return true, t.howOften(logs)
	}
	return false, nil
}

// runbook quotes the sections of the runbooks that the question is about.
func (t *turn) runbook() error {
	t.ans.Intent = "policy"
	res, err := t.call("read_runbook", map[string]any{"text": t.r.text})
	if err != nil {
		return err
	}
	if res.Hits == 0 {
		t.empty(res)
		return t.policy() // what is done alone is written down too
	}
	for i, s := range as[[]telemetry.Section](res.Data) {
		t.claim(res.Evidence[i:i+1], "%s, lines %d to %d, says:\n%s\n", s.File, s.Lines[0], s.Lines[1], s.Text)
	}
	return nil
}

// meantBy is the incident that "this" is: of the resource that was named or is in sight, of
// the thread, or the newest one that is not over.
func (t *turn) meantBy(s scope, w pipewright.Window) (pipewright.Incident, bool, error) {
	if id := t.r.incident; id != "" {
		return t.readIncident(id)
	}
	if len(s.ids) > 0 {
		found, err := t.incidentsOf(s.ids[0], w)
		inc, ok := newest(found)
		return inc, ok, err
	}
	if t.prev.Incident != "" {
		return t.readIncident(t.prev.Incident)
	}
	res, err := t.call("list_incidents", map[string]any{"live": true})
	inc, ok := newest(as[[]pipewright.Incident](res.Data))
	return inc, ok, err
}

// happenedBefore compares an incident with the past ones.
func (t *turn) happenedBefore() error {
	t.ans.Intent = "incident"
	w := t.span0(24)
	s, err := t.pick(t.trouble(w))
	if err != nil || t.settle(s) {
		return err
	}
	inc, ok, err := t.meantBy(s, w)
	if err != nil {
		return err
	}
	if !ok {
		t.ans.Verdict = pipewright.Clarify
		t.say("There is no incident to compare with in the window; name one, or a resource.")
		return nil
	}
	t.next.Incident = inc.ID
	t.ans.Resources = uniqueIDs(append(t.ans.Resources, inc.Resource))
	res, err := t.call("similar_incidents", map[string]any{"incident": inc.ID})
	if err != nil {
		return err
	}
	if res.Hits == 0 {
		t.empty(res)
		return nil
	}
	past := as[[]telemetry.Past](res.Data)
	same := slices.DeleteFunc(slices.Clone(past), func(p telemetry.Past) bool {
		return p.Incident.Resource != inc.Resource || p.Incident.Class != inc.Class
	})
	if len(same) > 0 {
		t.say("Yes: %s is like %s among the incidents most alike, on the same resource and of the same class.", inc.ID, times(len(same), "earlier one"))
	} else {
		t.say("Not on the same resource with the same class as %s; the most alike are:", inc.ID)
	}
	for i, p := range past {
		t.claim(res.Evidence[i:i+1], "  %s at %s, %s on %s: %s", p.Incident.ID, t.clock(p.Incident.OpenedAt), p.Incident.Class, p.Incident.Resource, strings.TrimSuffix(p.Outcome, "."))
	}
	return nil
}

// lookedLike finds when the metric last looked as it does now, or did in the window.
func (t *turn) lookedLike() error {
	t.ans.Intent = "metric"
	w := t.span0(1)
	s, err := t.pick(t.measured())
	if err != nil || t.settle(s) {
		return err
	}
	if len(s.ids) == 0 {
		inc, ok, err := t.meantBy(s, pipewright.Window{Start: t.now.Add(-hour(24)), End: t.now})
		if err != nil {
			return err
		}
		if !ok {
			t.ans.Verdict = pipewright.Clarify
			t.say("Say of what: a resource, and a metric when it has several.")
			return nil
		}
		s.ids = []pipewright.ResourceID{inc.Resource}
		if !t.r.timed {
			w = pipewright.Window{Start: latest(inc.OpenedAt, t.now.Add(-hour(24))).Add(-30 * time.Minute), End: t.now}
			t.ans.Window = w
		}
		t.ans.Resources = append(t.ans.Resources, inc.Resource)
	}
	metrics := t.metricsOf(s.ids[0])
	if name := t.metricOf(s.ids[0]); name != "" {
		metrics = []string{name}
	}
	if len(metrics) == 0 {
		t.noSeries(s.ids[0])
		return nil
	}
	for _, m := range metrics[:min(3, len(metrics))] {
		if err := t.alikeOf(s.ids[0], m, w); err != nil {
			return err
		}
	}
	return nil
}

// alikeOf tells of one metric.
func (t *turn) alikeOf(id pipewright.ResourceID, metric string, w pipewright.Window) error {
	t.next.Metric = metric
	res, err := t.call("similar_windows", within(map[string]any{"resource": id, "metric": metric}, w))
	if err != nil {
		return err
	}
	if res.Hits == 0 {
		t.empty(res)
		return nil
	}
	found := as[[]telemetry.SimilarWindow](res.Data)
	last := slices.MaxFunc(found, func(a, b telemetry.SimilarWindow) int { return a.Window.End.Compare(b.Window.End) })
	for i, f := range found {
		when := ""
		if len(found) > 1 && f.Window == last.Window {
			when = ", the last time"
		}
		t.claim([]pipewright.Evidence{res.Evidence[0], res.Evidence[i+1]}, "%s of %s looked like this from %s to %s%s (mean %s%s, distance %.2f)%s",
			metric, id, t.clock(f.Window.Start), t.clock(f.Window.End), when, telemetry.Number(f.Mean), unitOf(metric), f.Distance, during(f.Incidents))
	}
	return nil
}

func during(incidents []string) string {
	if len(incidents) == 0 {
		return "; no incident was open there then"
	}
	return "; open there then: " + strings.Join(incidents[:min(len(incidents), 4)], ", ")
}

// saidOf is the message that the question asks about: what it quotes, or what follows the
// verb.
func (t *turn) saidOf(verb int) string {
	var quoted, after []string
	for i, k := range t.r.toks {
		word := t.r.text[k.start:k.end]
		switch {
		case k.quoted:
			quoted = append(quoted, word)
		case i > verb && k.use != asTime && !slices.Contains([]string{"that", "about", "of", "for", "in", "the", "error", "errors", "warning", "warnings", "message", "messages"}, k.word):
			after = append(after, word)
		}
	}
	if len(quoted) > 0 {
		return strings.Join(quoted, " ")
	}
	return strings.Join(after, " ")
}

// howOften counts the records of the message, whatever its values.
func (t *turn) howOften(verb int) error {
	t.ans.Intent = "count"
	text := t.saidOf(verb)
	t.r.mentions = slices.DeleteFunc(t.r.mentions, func(m mention) bool { return len(m.at) > 0 && m.at[0] > verb })
	t.r.kinds = slices.DeleteFunc(t.r.kinds, func(k kindMention) bool { return k.at > verb })
	w := t.span0(24)
	s, err := t.pick(t.talkative())
	if err != nil || t.settle(s) {
		return err
	}
	args := map[string]any{"text": text}
	if len(s.ids) > 0 {
		args["resource"] = s.ids[0]
	}
	res, err := t.call("get_template", within(args, w))
	if err != nil {
		return err
	}
	if res.Hits == 0 {
		t.empty(res)
		return nil
	}
	m := as[telemetry.Template](res.Data)
	t.ans.Resources = uniqueIDs(append(t.ans.Resources, m.Resource))
	t.claim(res.Evidence, "%s logged %s like %q, from %s to %s%s", m.Resource, times(m.Count, "record"), firstLine(m.Text, 160), t.clock(m.First), t.clock(m.Last), every(m))
	return nil
}

// every is how often, when that means something.
func every(m telemetry.Template) string {
	if m.Count < 3 || !m.Last.After(m.First) {
		return ""
	}
	return fmt.Sprintf(": every %s on average", (m.Last.Sub(m.First) / time.Duration(m.Count-1)).Round(time.Second))
}

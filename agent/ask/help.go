package ask

import (
	"strings"

	"time"

	pipewright "github.com/pipewright/pipewright"
)

// policy answers "what is the policy for schema drift".
func (t *turn) policy() error {
	if t.a.deps.Policy == nil {
		t.ans.Verdict = pipewright.InconclusiveV
		t.say("No policy is configured here; without one nothing runs without a person.")
		return nil
	}
	kind, ok := figureAsked(t.r.text)
	if !ok && t.r.has("calibration") {
		kind, ok = pipewright.FigureReliability, true
	}
	if ok && t.a.deps.Counsel != nil {
		return t.figure(kind)
	}
	classes := []pipewright.FaultClass{t.r.class}
	if t.r.class == "" {
		classes = nil
		s, err := t.pick(t.trouble(pipewright.Window{Start: t.now.AddDate(0, 0, -1), End: t.now}))
		if err != nil || t.settle(s) {
			return err
		}
		if len(s.ids) > 0 {
			incidents, err := t.incidentsOf(s.ids[0], pipewright.Window{Start: t.now.AddDate(0, 0, -1), End: t.now})
			if err != nil {
				return err
			}
			if inc, ok := newest(incidents); ok {
				classes = []pipewright.FaultClass{inc.Class}
			}
		}
		if len(classes) == 0 {
			classes = pipewright.FaultClasses
		}
	}
	if len(classes) > 1 {
		t.say("What may be done alone, by fault class (auto: without asking; ask: a person agrees first):")
	}
	return t.sayPolicies(classes)
}

// sayPolicies tells the rules of fault classes, those that have the same rules together.
func (t *turn) sayPolicies(classes []pipewright.FaultClass) error {
	of := map[string][]string{}
	var order []string
	for _, class := range classes {
		list, err := t.a.deps.Policy.Explain(t.ctx, class)
		if err != nil {
			return err
		}
		rules := strings.Join(list, "\n  ")
		if rules == "" {
			continue
		}
		if of[rules] == nil {
			order = append(order, rules)
		}
		of[rules] = append(of[rules], string(class))
	}
	for _, rules := range order {
		t.say("%s:\n  %s", strings.Join(of[rules], ", "), rules)
	}
	return nil
}

// skills is what the planner can do, with questions that work as they stand.
var skills = []string{
	"what is wrong now", "why did the glue job fail", "how many errors has X logged in the past 3 hours",
	"what was the CPU of X between 02:00 and 04:00", "which jobs failed last night", "what changed since the last good run of X",
	"what did you do and why", "who approved that", "show incident 3", "was it safe to rerun X", "what else could we do",
	"what if nobody does anything", "restart X", "approve, deny, undo",
	"pause healing for X until 6pm", "what is the policy for schema drift", "how sure are you usually",
}

// help says what can be asked.
func (t *turn) help() error {
	t.ans.Verdict = pipewright.NoAction
	if strings.TrimSpace(t.q.Text) != "" && strings.TrimSpace(ownWords(t.q.Text)) == "" {
		t.say("These are only quoted or crossed-out words, which wish nothing: say what you want in your own.")
		return nil
	}
	if t.r.has("thanks") && !t.r.has("help") {
		t.say("You are welcome.")
		return nil
	}
	t.say("I watch this platform's pipelines, say why they broke, and propose what to do; nothing runs without passing the guards. Ask, for example:")
	for _, s := range skills {
		t.say("  %s", s)
	}
	return nil
}

// unknown says that the question is outside the trade, and what is inside.
func (t *turn) unknown() error {
	if s := t.nameless(); s != "" {
		t.notThere(scope{missing: s, near: t.world.index.nearest(s)})
		return nil
	}
	t.ans.Intent = "unknown"
	t.ans.Verdict = pipewright.Unsupported
	t.say("I cannot answer that: I know the data and ML pipelines that are watched here, their failures, metrics, changes and repairs. I can answer, for example:")
	for _, s := range skills[:6] {
		t.say("  %s", s)
	}
	t.say("Say \"help\" for more.")
	return nil
}

// nameless is a message that is nothing but a name of something never observed.
func (t *turn) nameless() string {
	if len(t.r.mentions) != 1 || len(t.r.mentions[0].candidates) > 0 || !identifier(t.r.mentions[0].text) || !t.bareName() {
		return ""
	}
	return t.r.mentions[0].text
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

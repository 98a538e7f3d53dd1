package heal

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/catalogue"
	"github.com/pipewright/pipewright/rl"
)

// decider is the policy that made a decision, rebuilt from the journal. It reads
// nothing that the loop changes, so that a chat may ask while the loop runs.
func (l *Loop) decider(ctx context.Context, d pipewright.Decision) (Policy, rl.Record, Log, error) {
	rec, ok := readRecord(d)
	if !ok {
		return Policy{}, rec, Log{}, pipewright.Errorf(pipewright.NotFound, "the decision has no record that can be read: it was asked for by a person, or made by another version of this program")
	}
	log, err := ReadLog(ctx, l.Recovery)
	if err != nil {
		return Policy{}, rec, log, err
	}
	p := l.untaught
	if rec.Model != p.Name {
		moves, err := l.Recovery.PolicyMoves(ctx)
		if err != nil {
			return Policy{}, rec, log, fmt.Errorf("read policy moves: %w", err)
		}
		m := Newest(moves, rec.Model)
		if m == nil {
			return Policy{}, rec, log, pipewright.Errorf(pipewright.NotFound, "the decision was made with the model %.14s, which this fault catalogue and journal do not lead to", rec.Model)
		}
		if p, err = Train(l.Catalogue, l.cfg, log.Upto(Mark{m.Seq, m.Feedback})); err != nil {
			return Policy{}, rec, log, err
		}
	}
	p.Chooser, err = l.chooser(ctx, p.Chooser, rec.Choice.Policy)
	return p, rec, log, err
}

// chooser is the planner or the rules of a name: those at hand, or as they were saved.
func (l *Loop) chooser(ctx context.Context, at Chooser, id string) (Chooser, error) {
	for _, c := range []Chooser{at, rl.NewRules(rl.Runbook)} {
		if c.ID() == id {
			return c, nil
		}
	}
	content, err := l.Recovery.Policy(ctx, id)
	if err != nil {
		return nil, err
	}
	planner, err := rl.ReadPlanner(content)
	if err != nil {
		return nil, pipewright.Errorf(pipewright.Invalid, "policy %.14s: %w", id, err)
	}
	return planner, nil
}

// Replay makes a journaled decision again, with the policy that made it, and reports
// any difference.
func (l *Loop) Replay(ctx context.Context, d pipewright.Decision) error {
	p, _, _, err := l.decider(ctx, d)
	if err != nil {
		return err
	}
	return p.Replay(d)
}

// Why says in one paragraph, from the numbers of its record only, why a decision was
// made, and which past cases are nearest.
func (l *Loop) Why(ctx context.Context, d pipewright.Decision) (string, error) {
	p, rec, log, err := l.decider(ctx, d)
	if err != nil {
		return "", err
	}
	planner, ok := p.Chooser.(*rl.Planner)
	if !ok {
		return strings.Join(d.Reasons, " "), nil
	}
	e, err := rec.Explain(p.Model, planner, suppositions(l.Catalogue, rec)...)
	if err != nil {
		return "", fmt.Errorf("explain the decision: %w", err)
	}
	return strings.TrimSpace(e.Paragraph() + " " + sayNearest(log, rec)), nil
}

// changes that a decision may turn on, and how they are said.
var suppose = []struct {
	kind    pipewright.ChangeKind
	yes, no string
}{
	{pipewright.ChangeVersion, "a new version had been deployed", "no new version had been deployed"},
	{pipewright.ChangeConfig, "a setting had changed", "no setting had changed"},
	{pipewright.ChangeSchema, "a schema had changed", "no schema had changed"},
}

// suppositions are the case with one kind of change added or taken away.
func suppositions(cat *catalogue.Catalogue, rec rl.Record) (out []rl.WhatIf) {
	for _, s := range suppose {
		seen := saw(rec.Case, changeLook(s.kind))
		say := s.yes
		if seen {
			say = s.no
		}
		out = append(out, rl.WhatIf{Say: say, Case: supposed(cat, rec.Case, s.kind, !seen)})
	}
	return out
}

func saw(c rl.Case, feature string) bool {
	return slices.Contains(c.Seen, rl.Seen{Feature: feature, Value: yes})
}

// supposed is the case with a kind of change seen or not seen: the belief is weighed
// again by how often each cause comes with it, as the catalogue has it.
func supposed(cat *catalogue.Catalogue, c rl.Case, kind pipewright.ChangeKind, is bool) rl.Case {
	feature, value := changeLook(kind), no
	if is {
		value = yes
	}
	was := saw(c, feature)
	c.Seen = slices.Clone(c.Seen)
	for i := range c.Seen {
		if c.Seen[i].Feature == feature {
			c.Seen[i].Value = value
		}
	}
	c.Hypotheses = slices.Clone(c.Hypotheses)
	sum := 0.0
	for i, h := range c.Hypotheses {
		if p := changeLevel(causeOf(cat, h.Cause), kind); was != is {
			ratio := p / (1 - p)
			if !is {
				ratio = 1 / ratio
			}
			c.Hypotheses[i].Belief *= ratio
		}
		sum += c.Hypotheses[i].Belief
	}
	for i := range c.Hypotheses {
		c.Hypotheses[i].Belief /= max(sum, 1e-300)
	}
	return c
}

func causeOf(cat *catalogue.Catalogue, name string) catalogue.Cause {
	c, _ := cat.Cause(name)
	return c
}

// WhatIf says what would be decided in the same case if something were different, or
// what is to be expected of another action first. Nothing is done.
func (l *Loop) WhatIf(ctx context.Context, d pipewright.Decision, s pipewright.Supposition) (string, error) {
	p, rec, _, err := l.decider(ctx, d)
	if err != nil {
		return "", err
	}
	if s.Verb != "" {
		return whatIfDone(p, rec, s), nil
	}
	again, err := p.Decide(supposed(l.Catalogue, rec.Case, s.Change, s.Happened))
	if err != nil {
		return "", fmt.Errorf("decide the case that was supposed: %w", err)
	}
	i := slices.IndexFunc(suppose, func(x struct {
		kind    pipewright.ChangeKind
		yes, no string
	}) bool {
		return x.kind == s.Change
	})
	if i < 0 {
		return "", pipewright.Errorf(pipewright.Invalid, "what if what changed? Say a deploy, a setting or a schema")
	}
	say := suppose[i].no
	if s.Happened {
		say = suppose[i].yes
	}
	return fmt.Sprintf("If %s, %s; as it is, %s", say, sayChoice(again), sayChoice(rec)), nil
}

// whatIfDone says the odds of a verb as the first action.
func whatIfDone(p Policy, rec rl.Record, s pipewright.Supposition) string {
	again, err := p.Decide(rec.Case)
	if err != nil {
		return err.Error()
	}
	var best *rl.Ranked
	for i, r := range again.Choice.Ranked {
		c := rec.Case.Candidates[r.Arm]
		if c.Verb == string(s.Verb) && (s.Target == "" || c.Target == string(s.Target)) && (best == nil || r.Value > best.Value) {
			best = &again.Choice.Ranked[i]
		}
	}
	if best == nil {
		return fmt.Sprintf("%s was not weighed in this case: nothing here can do it, or the catalogue knows no cause here that it helps", spell(string(s.Verb)))
	}
	c := rec.Case.Candidates[best.Arm]
	say := fmt.Sprintf("%s on %s first would recover it with chance %.2f (%.2f to %.2f) and make it worse with %.3f", spell(c.Verb), c.Target, best.Recovery, best.Low, best.High, best.Harm)
	if less := again.Choice.Value - best.Value; again.Choice.Ruling != "" && best.Arm != again.Choice.Arm && less > 0 {
		say += fmt.Sprintf("; going on from there as well as possible is worth %.2f less than what was decided, %s", less, sayChoice(rec))
	}
	return say
}

// sayChoice says what a record chose, with its odds.
func sayChoice(rec rl.Record) string {
	c := rec.Choice
	if c.Arm < 0 {
		return "a person is called"
	}
	var steps []string
	for _, a := range c.Plan {
		steps = append(steps, spell(rec.Case.Candidates[a].Verb)+" on "+rec.Case.Candidates[a].Target)
	}
	how := map[rl.Ruling]string{rl.RunAlone: ", alone", rl.AskFirst: ", asked first"}[c.Ruling]
	return fmt.Sprintf("%s%s, predicted %.2f (%.2f to %.2f)", strings.Join(steps, ", then "), how, c.Odds.Recovery, c.Odds.Low, c.Odds.High)
}

func spell(verb string) string { return strings.ReplaceAll(verb, "_", " ") }

// Near is a past case with how much its belief overlaps.
type Near struct {
	Incident string
	Overlap  float64 // sum over causes of the smaller belief, 0 to 1
	Action   string
	Result   rl.Result
}

// mostNear is how many past cases are told.
const mostNear = 2

// Nearest lists the past cases of the same class whose belief overlaps most; of equals
// the newer. Cases that closed after the decision are no past cases: the record's own
// incident is left out by its beliefs being the same at the same seed.
func Nearest(log Log, rec rl.Record) (out []Near) {
	for _, t := range slices.Backward(log.told()) {
		first, last := t.steps[0], t.steps[len(t.steps)-1]
		if first.record.Case.Context.Error != rec.Case.Context.Error || first.record.Case.Seed == rec.Case.Seed {
			continue
		}
		out = append(out, Near{t.id, overlapping(first.record.Case, rec.Case), string(last.action.Kind), last.result})
	}
	slices.SortStableFunc(out, func(a, b Near) int { return cmp.Compare(b.Overlap, a.Overlap) })
	return out[:min(mostNear, len(out))]
}

func overlapping(a, b rl.Case) (sum float64) {
	for _, x := range a.Hypotheses {
		for _, y := range b.Hypotheses {
			if x.Cause == y.Cause {
				sum += math.Min(x.Belief, y.Belief)
			}
		}
	}
	return sum
}

func sayNearest(log Log, rec rl.Record) string {
	var out []string
	for _, n := range Nearest(log, rec) {
		out = append(out, fmt.Sprintf("%s (%.0f %% alike): %s, %s", n.Incident, 100*n.Overlap, n.Action, n.Result))
	}
	if len(out) == 0 {
		return ""
	}
	return "Nearest past cases: " + strings.Join(out, "; ") + "."
}
